import { html, nothing, type TemplateResult } from "lit";
import type { ContainmentView, HostView, SensorView } from "../../../src/api/view.ts";
import { containmentOf, standingOf } from "../words/containment.ts";
import { count } from "../words/number.ts";
import { ago, iso, type TimeWords } from "../words/time.ts";
import { momentTag } from "./time.ts";
import { msg, plural, rich } from "../language/message.ts";

/** The kernel's own counter of the strongest containment in force: the only boxed part of a page. */
export function proof(host: HostView, box: SensorView, now: number, time: TimeWords): TemplateResult | typeof nothing {
  const cut = containmentOf(host, "quarantine");
  const shown = [cut, ...host.containments].find(
    (c): c is ContainmentView => c !== null && c.inForceSince !== null && holds(c, box),
  );
  if (shown === undefined || shown.inForceSince === null) return nothing;
  const isStale = box.state !== "online";
  const since = momentTag(shown.inForceSince, now, time);
  const last =
    shown.lastStoppedAt === null
      ? msg`none tried yet: silence is not proof.`
      : rich`the last one ${html`<time
          datetime=${iso(shown.lastStoppedAt)}
          title=${time.clockWithZone(shown.lastStoppedAt)}
          >${ago(shown.lastStoppedAt, now)}</time
        >`}.`;
  return html`<section class=${isStale ? "proof old" : "proof"} aria-label=${msg`Proof`}>
    <div class="big">
      <b>${count(shown.packetsStopped)}</b
      ><span>${shown.packetsStopped === 1 ? msg`packet stopped` : msg`packets stopped`}</span>
    </div>
    <p class="cap">
      ${rich`since ${since}; ${last}`}${hiddenWords(shown)}${pastWords(box)}${isStale && shown.reportedAt !== null ? html` ${rich`As of ${momentTag(shown.reportedAt, now, time)}.`}` : nothing}
    </p>
  </section>`;
}

/** Stopped as well, whichever way they were on. */
function hiddenWords({ hiddenStopped }: ContainmentView): string {
  if (hiddenStopped === null || hiddenStopped === 0) return "";
  return plural(hiddenStopped, " Besides, {n} frame that hid its port.", " Besides, {n} frames that hid their port.");
}

/** What the kernel counts behind all rules, where nothing of what is held is ever to come. */
function pastWords({ state, pastRules }: SensorView): string {
  if (state !== "online" || pastRules === null) return "";
  return pastRules === 0
    ? msg` 0 have come past the rules to the outside port.`
    : plural(
        pastRules,
        " {n} packet of what is held here came past the rules, and was stopped at the outside port.",
        " {n} packets of what is held here came past the rules, and were stopped at the outside port.",
      );
}

function holds(containment: ContainmentView, box: SensorView): boolean {
  const standing = standingOf(containment, box);
  return standing === "in-force" || standing === "releasing" || standing === "stale";
}
