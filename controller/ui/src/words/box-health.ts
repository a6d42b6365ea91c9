import type { SensorView } from "../../../src/api/view.ts";
import { msg, wording, words } from "../language/message.ts";
import { delay } from "./time.ts";

type Health = SensorView["health"][number];

interface HealthWords {
  readonly title: string;
  /** Who does what about it, in the UI or at the box. */
  readonly next: string;
}

const card = wording(
  "Next: whoever runs the controller looks there which box is the right one, and makes a new card for it.",
);

/** About who the box is: said before all else, for a box that is not let in tells nothing more. The worst first. */
const identity = words<Readonly<Record<string, HealthWords>>>({
  "identity-in-two-places": { title: "Two boxes speak with the key of this one.", next: card },
  "token-used-twice": { title: "A second box has this one’s token.", next: card },
  "enrolment-refused": { title: "The controller does not let this box in.", next: card },
  "identity-refused": { title: "The controller does not take this box for what it is.", next: card },
  "key-unknown": { title: "The controller does not know this box’s key.", next: card },
  "sensor-revoked": { title: "The identity of this box was taken back.", next: card },
  "identity-unreadable": { title: "The box cannot read its own key.", next: "Next: write its card anew." },
  "not-enrolled": {
    title: "This box has no certificate of its controller yet.",
    next: "Next: look whether the management port has a link, and whether the network lets it out to the address on the label. It asks again by itself.",
  },
});

const severities: readonly Health["severity"][] = ["error", "warning", "info"];

function rank({ code, severity }: Health): number {
  const at = Object.keys(identity).indexOf(code);
  return severities.indexOf(severity) * 100 + (at === -1 ? 50 : at);
}

/** All troubles, the worst first. */
export function worstHealth(health: readonly Health[]): Health[] {
  return health.toSorted((a, b) => rank(a) - rank(b) || b.since - a.since);
}

/** What the controller itself has seen of the box’s identity: the likeliest reason why the right box is silent. */
export function doubtsOf(health: readonly Health[]): Health[] {
  const own = ["identity-in-two-places", "token-used-twice", "key-unknown", "sensor-revoked"];
  return worstHealth(health).filter(({ code, severity }) => own.includes(code) && severity !== "info");
}

/** What a trouble is called, and the next step; empty where its own text says that. @param isCardMade one that was not used yet */
export function healthWords({ code, severity }: Health, isCardMade = false): HealthWords {
  const known = Object.hasOwn(identity, code) ? identity[code] : undefined;
  // Another card would void the one that is on its way.
  if (known !== undefined && isCardMade && code === "sensor-revoked") {
    return { ...known, next: msg`Next: start the box with its new card.` };
  }
  if (known !== undefined) return severity === "info" ? { ...known, next: "" } : known;
  if (code.startsWith("boot-")) return { title: msg`Noted while the box started.`, next: "" };
  if (severity === "error") return { title: msg`The box is in trouble.`, next: "" };
  return { title: severity === "warning" ? msg`The box reports a fault.` : msg`Good to know.`, next: "" };
}

/** How long the start of the box took, by the only clock that it has then. */
export function bootWords(boot: NonNullable<SensorView["boot"]>): string {
  return [carriedWords(boot), msg`What the firmware took before that, it cannot know.`].join(" ");
}

function carriedWords({ forwardingMs, listeningMs, judgingMs }: NonNullable<SensorView["boot"]>): string {
  const judging = judgingMs === undefined ? null : delay(judgingMs);
  if (forwardingMs !== undefined) {
    const forwarding = delay(forwardingMs);
    return judging === null
      ? msg`At its last start it was forwarding ${forwarding} after its kernel began; judging is not noted yet.`
      : msg`At its last start it was forwarding ${forwarding} after its kernel began, judging after ${judging}.`;
  }
  if (listeningMs !== undefined) {
    const listening = delay(listeningMs);
    return judging === null
      ? msg`At its last start it was listening ${listening} after its kernel began; judging is not noted yet.`
      : msg`At its last start it was listening ${listening} after its kernel began, judging after ${judging}.`;
  }
  return msg`At its last start it was judging ${judging ?? ""} after its kernel began.`;
}
