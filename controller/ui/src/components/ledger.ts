import type { Evidence } from "@cordon/contract";
import { html, type TemplateResult } from "lit";
import type { HostView } from "../../../src/api/view.ts";
import { sentence } from "../words/host.ts";
import { count, weight } from "../words/number.ts";
import type { TimeWords } from "../words/time.ts";
import { msg, plural, rich } from "../language/message.ts";
import { momentTag } from "./time.ts";

interface LedgerOptions {
  readonly host: HostView;
  readonly now: number;
  readonly time: TimeWords;
  /** Shows the connections behind a line; null where nobody may see them, or there is no log to ask. */
  readonly onFlows: ((line: Evidence) => void) | null;
}

/** The case for and the case against, equally wide, heaviest first. */
export function ledger({ host, now, time, onFlows }: LedgerOptions): TemplateResult {
  const cases = { for: host.evidence.filter((e) => e.for), against: host.evidence.filter((e) => !e.for) };
  const sum = (lines: readonly Evidence[]): number => lines.reduce((total, e) => total + e.weight, 0);
  const column = (title: string, empty: string, lines: readonly Evidence[], extra: readonly TemplateResult[]) =>
    html` <section class="case">
      <div class="head">
        <h2>${title}</h2>
        <b>${weight(sum(lines))}</b>
      </div>
      ${
        lines.length + extra.length === 0
          ? html`<p class="none">${empty}</p>`
          : html`<ol>
              ${lines
                .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
                .map((line) => evidence(line, now, time, onFlows))}${extra}
            </ol>`
      }
    </section>`;
  return html`<div class="cases">
    ${column(msg`The case for`, msg`Nothing speaks for it.`, cases.for, [])}
    ${column(msg`The case against`, msg`Nothing speaks against it.`, cases.against, notCounted(host, now, time))}
  </div>`;
}

function evidence(line: Evidence, now: number, time: TimeWords, onFlows: LedgerOptions["onFlows"]): TemplateResult {
  const often =
    line.count <= 1
      ? html`<span>${rich`once, ${momentTag(line.firstAt, now, time)}`}</span>`
      : html`<span>${rich`×${count(line.count)}, since ${momentTag(line.firstAt, now, time)}`}</span
          ><span>${rich`last ${momentTag(line.lastAt, now, time)}`}</span>`;
  return html`<li class="ev">
    <span class="w">${weight(line.weight)}</span>
    <div>
      <p>${sentence(line.text)}</p>
      <span class="cap"
        >${often}${
          onFlows === null
            ? ""
            : html`<button
                class="link"
                aria-label=${msg`Flows behind: ${sentence(line.text)}`}
                @click=${() => onFlows(line)}
              >
                ${msg`Flows`}
              </button>`
        }</span
      >
    </div>
  </li>`;
}

/** What our own rules stopped is no evidence; it is listed so that nobody wonders where it went. */
function notCounted(host: HostView, now: number, time: TimeWords): TemplateResult[] {
  return host.containments.flatMap((c) =>
    c.packetsStopped === 0 || c.inForceSince === null
      ? []
      : [
          html`<li class="ev">
            <span class="w">0</span>
            <div>
              <p>
                ${plural(
                  c.packetsStopped,
                  "Not counted: {n} packet that our own rule stopped.",
                  "Not counted: {n} packets that our own rule stopped.",
                )}
              </p>
              <span class="cap"><span>${rich`since ${momentTag(c.inForceSince, now, time)}`}</span></span>
            </div>
          </li>`,
        ],
  );
}
