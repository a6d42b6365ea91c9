import { html, nothing, type TemplateResult } from "lit";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import { hostName, sentence } from "../words/host.ts";
import { count, counted } from "../words/number.ts";
import { keepsWords, openFor } from "../words/remedies.ts";
import { momentTag } from "./time.ts";

/** What every cut-off machine still reaches, and the page for its user. */
export function remediesPanel(app: App, site: SiteView): TemplateResult {
  const { remedies, keeps } = site;
  const { portal } = keeps;
  return html`<section class="reflex" aria-labelledby="keeps-heading">
    <div class="head">
      <h2 id="keeps-heading">What a cut-off machine still reaches</h2>
      <span class="r"
        >${remedies === null ? "the box has not said" : counted(remedies.open.length, "way open", "ways open")}</span
      >
    </div>
    <p>${keepsWords(site)}</p>
    <p>
      ${
        portal.isOn
          ? `Its user is shown a page${portal.contact === undefined || portal.contact === "" ? ", with nobody to call" : `: call ${portal.contact}`}.`
          : "Its user is shown no page."
      }
      ${remedies === null || remedies.pages === 0 ? nothing : html`${counted(remedies.pages, "page")} shown.`}
    </p>
    ${[...keeps.refused, ...(remedies?.refusal == null ? [] : [remedies.refusal])].map((why) => html`<p class="refusal">${sentence(why)}</p>`)}
    <button class="btn sm" @click=${() => app.actions.open({ kind: "remedies" })}>Change what it reaches…</button>
  </section>`;
}

/** What one cut-off machine reaches now, with what else is reached by the same addresses. */
export function hostRemedies(app: App, site: SiteView, host: HostView): TemplateResult | typeof nothing {
  const open = openFor(site, host);
  if (open.length === 0) return nothing;
  const { now, time } = app.state;
  return html`<section class="reflex" aria-labelledby="open-heading">
    <div class="head">
      <h2 id="open-heading">Still open for it</h2>
      <span class="r">on purpose, to be cleaned</span>
    </div>
    <ul class="met open">
      ${open.map(
        ({ name, address, ports, packets, until, alsoServes, resolver, contradictedBy = [] }) =>
          html`<li>
            <b>${name ?? address}</b>
            <span>${name === null ? "" : `${address}, `}tcp ${ports.join(", ")}</span>
            <span>${counted(packets, "packet")}; closes ${time.until(until, now)}</span>
            ${
              alsoServes.length === 0
                ? nothing
                : html`<span class="cap">The same address serves ${alsoServes.join(", ")}: reached as well.</span>`
            }
            ${
              resolver === undefined || contradictedBy.length === 0
                ? nothing
                : html`<span class="cap"
                    >${resolver} said so; ${contradictedBy.join(", ")} ${contradictedBy.length === 1 ? "names" : "name"}
                    other addresses. Usual for a name that is served from many places; else one of them lies.</span
                  >`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}

/** Machines never seen before an incident, which have to show first that nothing is wrong with them. */
export function probationPanel(app: App, site: SiteView): TemplateResult | typeof nothing {
  const { probation } = site;
  if (probation === null) return nothing;
  const { now, time } = app.state;
  return html`<section class="reflex" aria-labelledby="probation-heading">
    <div class="head">
      <h2 id="probation-heading">On probation</h2>
      <span class="r">until ${time.until(probation.until, now)}</span>
    </div>
    <p>
      An incident is open since ${momentTag(probation.since, now, time)}. Machines that were never seen before have the
      tightest budget until they have shown that nothing is wrong with them. ${count(probation.known)} were known
      before.
    </p>
    ${
      probation.newcomers.length === 0
        ? html`<p class="none">No new machine has come.</p>`
        : html`<ul class="met">
            ${probation.newcomers.map(({ host, since }) => {
              const known = site.hosts.find(({ mac }) => mac === host);
              const name =
                known === undefined
                  ? html`<span class="mono">${host}</span>`
                  : html`<a href=${hostPath(site.id, known.host)}>${hostName(known)}</a>`;
              return html`<li>${name} <span>since ${momentTag(since, now, time)}</span></li>`;
            })}
          </ul>`
    }
  </section>`;
}

/** Why one machine is on probation, and what ends it. */
export function hostProbation(app: App, site: SiteView, host: HostView): TemplateResult | typeof nothing {
  const own = site.probation?.newcomers.find((each) => each.host === host.mac);
  if (own === undefined || site.probation === null) return nothing;
  const { now, time } = app.state;
  return html`<section class="reflex" aria-labelledby="probation-heading">
    <div class="head">
      <h2 id="probation-heading">On probation</h2>
      <span class="r">since ${momentTag(own.since, now, time)}</span>
    </div>
    <p>
      It was never seen before, and came while an incident is open since ${momentTag(site.probation.since, now, time)}:
      new contacts are limited, and the reflex stops it at the tightest budget. It ends when the machine has shown that
      nothing is wrong with it, or ${time.until(site.probation.until, now)} if nothing more happens.
    </p>
    ${
      host.pardon === null
        ? html`<button class="btn sm" @click=${() => app.actions.open({ kind: "pardon", host: host.host })}>
            Let it be…
          </button>`
        : html`<p class="cap">Somebody said to let it be; the box has not confirmed.</p>`
    }
  </section>`;
}
