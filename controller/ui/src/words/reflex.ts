import { reflexBudgets, reflexHoldMs, reflexTcpPorts, reflexUdpPorts, type ReflexWish } from "@cordon/contract";
import type { ReflexView, SensorView } from "../../../src/api/view.ts";
import type { ReflexChange } from "../context/app-context.ts";
import { sentence } from "./host.ts";
import { count } from "./number.ts";
import { msg, plural, words } from "../language/message.ts";

/** Where the reflex stands, as far as the box has said. */
interface ReflexWords {
  /** A word beside the heading. */
  readonly tag: string;
  /** Whether the box stands behind it (accent). */
  readonly isOn: boolean;
  readonly text: string;
}

const modeWords = words({
  dry: { tag: "dry run", text: "It counts what goes beyond the budget, and stops nothing." },
  enforce: {
    tag: "stops // the reflex",
    text: "It stops what goes beyond the budget, with every program of the box dead as well.",
  },
});

/** The standing of the reflex: what the box does, and what was asked where that differs. */
export function reflexWords({ wish, reported }: ReflexView, box: Pick<SensorView, "state">): ReflexWords {
  if (reported === null || reported.mode === null) {
    const text = reported?.refusal ?? msg`The box has not said that it has one.`;
    return { tag: msg`not in force`, isOn: false, text: sentence(text) };
  }
  const { tag, text } = modeWords[reported.mode];
  if (box.state !== "online") return { tag: msg`${tag} when last heard`, isOn: false, text };
  if (reported.refusal !== null) return { tag, isOn: false, text: `${text} ${sentence(reported.refusal)}` };
  if (reported.mode !== wish.mode) {
    return { tag: msg`asked`, isOn: false, text: msg`${text} Something else is asked; the box has not confirmed.` };
  }
  return { tag, isOn: reported.mode === "enforce", text };
}

/** What a machine may do, and what becomes of it beyond that. */
export function budgetWords({ budget }: Pick<ReflexWish, "budget">): string {
  const { burst, perSecond, misses } = reflexBudgets[budget];
  const has =
    misses === null
      ? msg`Each machine has ${burst} new targets at once and ${perSecond} a second on the ways worms spread.`
      : msg`Each machine has ${burst} new targets at once and ${perSecond} a second on the ways worms spread, of which ${misses} may be unanswered.`;
  const beyond = plural(
    reflexHoldMs / 60_000,
    "Beyond that it has none until it has left off for {n} minute.",
    "Beyond that it has none until it has left off for {n} minutes.",
  );
  return `${has} ${beyond}`;
}

/** "tcp 23, 25, …, udp 1434 and pings" */
export function reflexPortWords(): string {
  return msg`tcp ${reflexTcpPorts.join(", ")}, udp ${reflexUdpPorts.join(", ")} and pings`;
}

/** Packets of one machine beyond the budget, in words; null where there were none, or nobody knows. */
export function beyondWords({ reported }: ReflexView, host: string): string | null {
  const own = reported?.hosts.find((each) => each.host === host);
  if (own === undefined || own.passed + own.stopped === 0) return null;
  const stopped = own.stopped > 0 ? [plural(own.stopped, "{n} packet stopped", "{n} packets stopped")] : [];
  const passed =
    own.passed === 0
      ? []
      : [
          own.stopped > 0
            ? msg`${count(own.passed)} let pass`
            : plural(own.passed, "{n} packet let pass", "{n} packets let pass"),
        ];
  return [...stopped, ...passed].join(", ");
}

/** Whether nothing of the reflex holds for a machine. */
export function isExempt(wish: ReflexWish, host: string): boolean {
  return wish.hosts.some((each) => each.host === host && each.budget === "unlimited");
}

/** The wish with a change. */
export function changedWish(wish: ReflexWish, change: ReflexChange): ReflexWish {
  if (change.kind === "mode") return { ...wish, mode: change.mode };
  const others = wish.hosts.filter(({ host }) => host !== change.host);
  return {
    ...wish,
    hosts: change.isExempt ? [...others, { host: change.host, mode: "dry", budget: "unlimited" }] : others,
  };
}
