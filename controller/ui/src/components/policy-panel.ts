import { byWhom } from "../words/author.ts";
import { html, nothing, type TemplateResult } from "lit";
import { centreLine, needs } from "./right.ts";
import { classMap } from "lit/directives/class-map.js";
import type { HostView, PolicyEffect, SiteView } from "../../../src/api/view.ts";
import type { App } from "../context/app-context.ts";
import { hostName, sentence } from "../words/host.ts";
import { effectWords, policyTag, policyWords, sparedWords } from "../words/policy.ts";
import { lineGlyph } from "./glyphs.ts";
import { momentTag } from "./time.ts";
import { msg } from "../language/message.ts";

const glyphs = { observe: "carry", guard: "vec", contain: "cut" } as const;

/** What the box may do by itself: each policy with what it would do now. */
export function policyPanel(app: App, site: SiteView): TemplateResult | typeof nothing {
  if (site.policyEffects.length === 0) return nothing;
  return html`<section class="policy" aria-labelledby="policy-heading">
    <div class="head">
      <h2 id="policy-heading">${msg`What Cordon does by itself`}</h2>
      <span class="r">${msg`least harm first`}</span>
    </div>
    <ol class="rungs">
      ${site.policyEffects.map((effect) => policyRung(app, site, effect))}
    </ol>
    <p class="cap">${sparedWords()}</p>
    ${centreLine(app)}
  </section>`;
}

function policyRung(app: App, site: SiteView, effect: PolicyEffect): TemplateResult {
  const { policy } = effect;
  const { title, text } = policyWords[policy];
  const isCurrent = site.policy === policy;
  const tag = isCurrent ? policyTag(site) : null;
  return html`<li class=${classMap({ rung: true, on: tag?.isOn === true, asked: tag?.isOn === false })}>
    ${lineGlyph(tag?.isOn === false ? "asked" : glyphs[policy])}
    <div>
      <h3>${title}${tag === null ? nothing : html` <span class="tag">${tag.text}</span>`}</h3>
      <p>${text}</p>
      ${policy === "observe" && isCurrent ? nothing : html`<p class="effect">${effectWords(effect, isCurrent)}</p>`}
    </div>
    ${
      isCurrent
        ? nothing
        : html`<button
            class="btn sm col"
            aria-label=${msg`Choose the policy ${title}…`}
            ${needs(app, "set")}
            @click=${() => app.actions.open({ kind: "policy", change: { kind: "policy", policy } })}
          >
            ${msg`Choose…`}
          </button>`
    }
  </li>`;
}

/** A person's word that the policy leaves a machine alone, and what takes it back. */
export function hostPardon(app: App, host: HostView): TemplateResult | typeof nothing {
  const { pardon } = host;
  if (pardon === null) return nothing;
  const { now, time } = app.state;
  const end = pardon.until === null ? msg`until somebody takes that back` : msg`until ${time.until(pardon.until, now)}`;
  return html`<section class="policy" aria-labelledby="pardon-heading">
    <div class="head">
      <h2 id="pardon-heading">${msg`Released`}</h2>
      <span class="r">${msg`left alone`}</span>
    </div>
    <p>${msg`Cordon does nothing to ${hostName(host)} by itself ${end}, whatever it does.`}</p>
    <p class="cap">${byWhom(pardon.author)}, ${momentTag(pardon.at, now, time)}. ${sentence(pardon.reason)}</p>
    <button
      class="btn sm"
      ${needs(app, "set")}
      @click=${() => app.actions.open({ kind: "policy", change: { kind: "withdrawal", host: host.host } })}
    >
      ${msg`Take that back…`}
    </button>
    ${centreLine(app)}
  </section>`;
}
