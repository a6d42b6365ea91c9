import { html, nothing, type TemplateResult } from "lit";
import type { TwoWordsView } from "../../../src/api/at-box-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";
import { aboutWords, deedWords, twoWordsText } from "../words/at-box.ts";
import { byWhom } from "../words/author.ts";
import { momentTag } from "./time.ts";

/** Who did what at the box itself, and where that and the centre differ. Nothing where nobody was there. */
export function atBoxPanel(app: App, site: SiteView): TemplateResult | typeof nothing {
  const { deeds, twoWords, isWithheld } = site.atBox;
  if (deeds.length === 0 && twoWords.length === 0 && !isWithheld) return nothing;
  const { now, time } = app.state;
  return html`<section class="reflex" id="at-box" aria-labelledby="at-box-heading">
    <div class="head">
      <h2 id="at-box-heading">${msg`At the box itself`}</h2>
      <span class="r">${isWithheld ? msg`it may do nothing by itself` : msg`who did what`}</span>
    </div>
    ${
      twoWords.length === 0
        ? nothing
        : html`<ul class="met differ">
            ${twoWords.map((words) => wordsRow(app, site, words))}
          </ul>`
    }
    <ul class="met">
      ${deeds.map(
        (deed) =>
          html`<li>
            ${momentTag(deed.at, now, time)}
            ${
              deed.host === null
                ? html`<b>${deedWords(deed, site)}</b>`
                : html`<a href=${hostPath(site.id, deed.host)}>${deedWords(deed, site)}</a>`
            }
            <span>${byWhom(deed.author)}</span>
          </li>`,
      )}
    </ul>
  </section>`;
}

function wordsRow(app: App, site: SiteView, words: TwoWordsView): TemplateResult {
  const { now, time, place } = app.state;
  const about = aboutWords(words, site);
  const settle = (): void => {
    void app.actions.ask(site.id, (api) => api.settleWords(words.id)).catch(() => undefined);
  };
  return html`<li>
    ${momentTag(words.at, now, time)}
    ${words.host === null ? html`<b>${about}</b>` : html`<a href=${hostPath(site.id, words.host)}>${about}</a>`}
    <span>${twoWordsText(words)}</span>
    ${
      // At the box nobody decides about what was said elsewhere.
      place?.kind === "box"
        ? nothing
        : html`<button class="btn sm" aria-label=${msg`Leave ${about} as it is`} @click=${settle}>
            ${msg`Leave it so`}
          </button>`
    }
  </li>`;
}
