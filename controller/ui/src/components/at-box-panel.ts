import { html, nothing, type TemplateResult } from "lit";
import type { TwoWordsView } from "../../../src/api/at-box-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";
import { aboutWords, deedWords, twoWordsText } from "../words/at-box.ts";
import { byWhom } from "../words/author.ts";
import { needs, whyNotLine } from "./right.ts";
import { momentTag } from "./time.ts";

/** Who did what at the box itself, and where that and the centre differ. Nothing where nobody was there. */
export function atBoxPanel(app: App, site: SiteView): TemplateResult | typeof nothing {
  const { deeds, twoWords, isWithheld, delegatedUntil } = site.atBox;
  const { now, time, place } = app.state;
  // At the box nobody gives or takes what the centre has given it.
  const isCentre = place?.kind !== "box";
  const hasWord = isCentre && (isWithheld || delegatedUntil !== null);
  if (deeds.length === 0 && twoWords.length === 0 && !hasWord) return nothing;
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
    ${hasWord ? delegationRow(app, site) : nothing}
  </section>`;
}

/** What the box may do while its line is dead, and what changes that. */
function delegationRow(app: App, { atBox: { isWithheld, delegatedUntil } }: SiteView): TemplateResult {
  const { now, time } = app.state;
  return html`<p class="cap">
      ${
        isWithheld || delegatedUntil === null
          ? msg`While the line is dead nobody can cut or release anything at the box: a person has taken that back.`
          : msg`While the line is dead whoever knows the PIN of its label may cut and release at the box, until ${time.until(delegatedUntil, now)} at the latest. What is cut there ends by then; what is let go there stays so until this centre has answered.`
      }
    </p>
    <button
      class="btn sm"
      ${needs(app, "withdraw")}
      @click=${() => app.actions.open({ kind: "delegation", isAllowed: isWithheld })}
    >
      ${isWithheld ? msg`Let it again …` : msg`Let it do nothing by itself …`}
    </button>
    ${whyNotLine(app, "withdraw")}`;
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
    <span>${twoWordsText(words, site)}</span>
    ${
      // At the box nobody decides about what was said elsewhere.
      place?.kind === "box"
        ? nothing
        : html`<button class="btn sm" aria-label=${msg`Leave it so: ${about}`} ${needs(app, "act")} @click=${settle}>
            ${msg`Leave it so`}
          </button>`
    }
  </li>`;
}
