import { html, nothing, type TemplateResult } from "lit";
import type { RefusalView } from "../../../src/api/view.ts";
import { sitePath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import { refusalWords } from "../words/refusal.ts";
import { momentTag } from "./time.ts";
import { msg, plural, rich } from "../language/message.ts";

/**
 * What was not let in, a row for each kind and sender.
 *
 * @param saysFrom whether the sender is said: on the page of one site there is but one
 */
export function refusalRows(app: App, rows: readonly RefusalView[], saysFrom: boolean): TemplateResult {
  return html`<ul class="refusals">
    ${rows.map((row) => {
      const { what, means } = refusalWords(row.reason);
      return html`<li>
        <p class="what"><b>${what}</b> <span class="often">${oftenWords(app, row)}</span></p>
        ${saysFrom ? html`<p class="from">${fromWords(app, row)}</p>` : nothing}
        <p>${means}</p>
        <p class="last">${rich`The last one: ${html`<code>${row.lastError}</code>`}`}</p>
      </li>`;
    })}
  </ul>`;
}

function oftenWords(app: App, { count, firstAt, lastAt }: RefusalView): TemplateResult {
  const { now, time } = app.state;
  const last = momentTag(lastAt, now, time);
  if (count === 1) return html`${rich`once, ${last}`}`;
  const times = plural(count, "{n} time", "{n} times");
  return html`${rich`${times} since ${momentTag(firstAt, now, time)}, last ${last}`}`;
}

function fromWords(app: App, { sensorId, siteId }: RefusalView): TemplateResult {
  if (sensorId === "") return html`${msg`From somebody who has shown no certificate of a box`}`;
  const name = app.state.sites?.find(({ id }) => id === siteId)?.name;
  if (siteId === null) return html`${msg`From ${sensorId}, which is no box of ours`}`;
  return html`${rich`From the box of ${html`<a href=${sitePath(siteId)}>${name ?? siteId}</a>`}`}`;
}
