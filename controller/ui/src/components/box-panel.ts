import { html, nothing, type TemplateResult } from "lit";
import type { SiteView } from "../../../src/api/view.ts";
import type { App } from "../context/app-context.ts";
import { msg, rich } from "../language/message.ts";
import { bootWords, healthWords, worstHealth } from "../words/box-health.ts";
import { sentence } from "../words/host.ts";
import { momentTag } from "./time.ts";

// A refusal's own name, which is in no language.
const codeAtEnd = / \([a-z-]+\)$/;

/** Whether somebody must know of the box before all else. */
export function isBoxInTrouble({ sensor }: SiteView): boolean {
  return sensor.health.some(({ severity }) => severity === "error");
}

/** Where the box stands and why it thinks so, and all its troubles, with what it noted while it started. */
export function boxPanel(
  { state: { now, time } }: App,
  { sensor }: SiteView,
  { isFirst = false }: { readonly isFirst?: boolean } = {},
): TemplateResult {
  const troubles = worstHealth(sensor.health);
  const isCardMade = sensor.identity.state === "revoked" && (sensor.identity.until ?? 0) > now;
  const reasons = sensor.placementReasons.map(sentence).join(" ");
  return html`<section class=${isFirst ? "reflex first" : "reflex"} id="box" aria-labelledby="box-heading">
    <div class="head">
      <h2 id="box-heading">${msg`State of the box`}</h2>
      <span class="r">${sensor.software === null ? nothing : msg`program ${sensor.software}`}</span>
    </div>
    <p>${sensor.placement === null ? nothing : msg`Placement: ${sensor.placement}. ${reasons}`}</p>
    ${
      troubles.length === 0
        ? html`<p class="none">${msg`It has no trouble to tell of, neither now nor from its start.`}</p>`
        : html`<ul class="refusals" aria-label=${msg`Troubles of the box`}>
            ${troubles.map((each) => {
              const { title, next } = healthWords(each, isCardMade);
              return html`<li class=${each.severity}>
                <p class="what">
                  <b>${title}</b>
                  <span class="often">${rich`since ${momentTag(each.since, now, time)}`}</span>
                </p>
                <p>${sentence(each.text.replace(codeAtEnd, ""))}</p>
                ${next === "" ? nothing : html`<p class="next">${next}</p>`}
                <p class="last"><code>${each.code}</code></p>
              </li>`;
            })}
          </ul>`
    }
    ${sensor.boot === null ? nothing : html`<p class="cap">${bootWords(sensor.boot)}</p>`}
  </section>`;
}
