import { html, nothing, type TemplateResult } from "lit";
import { centreLine, needs } from "./right.ts";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import { hostName, sentence } from "../words/host.ts";
import { count } from "../words/number.ts";
import { keepsWords, openFor } from "../words/remedies.ts";
import { momentTag } from "./time.ts";
import { msg, plural, rich } from "../language/message.ts";

/** What every cut-off machine still reaches, and the page for its user. */
export function remediesPanel(app: App, site: SiteView): TemplateResult {
  const { remedies, keeps } = site;
  const { portal } = keeps;
  return html`<section class="reflex" aria-labelledby="keeps-heading">
    <div class="head">
      <h2 id="keeps-heading">${msg`What a cut-off machine still reaches`}</h2>
      <span class="r"
        >${remedies === null ? msg`the box has not said` : plural(remedies.open.length, "{n} way open", "{n} ways open")}</span
      >
    </div>
    <p>${keepsWords(site)}</p>
    <p>
      ${
        portal.isOn
          ? portal.contact === undefined || portal.contact === ""
            ? msg`Its user is shown a page, with nobody to call.`
            : msg`Its user is shown a page: call ${portal.contact}.`
          : msg`Its user is shown no page.`
      }
      ${remedies === null || remedies.pages === 0 ? nothing : plural(remedies.pages, "{n} page shown.", "{n} pages shown.")}
    </p>
    ${[...keeps.refused, ...(remedies?.refusal == null ? [] : [remedies.refusal])].map((why) => html`<p class="refusal">${sentence(why)}</p>`)}
    <button class="btn sm" ${needs(app, "set")} @click=${() => app.actions.open({ kind: "remedies" })}>
      ${msg`Change what it reaches…`}
    </button>
    ${centreLine(app)}
  </section>`;
}

/** What one cut-off machine reaches now, with what else is reached by the same addresses. */
export function hostRemedies(app: App, site: SiteView, host: HostView): TemplateResult | typeof nothing {
  const open = openFor(site, host);
  if (open.length === 0) return nothing;
  const { now, time } = app.state;
  return html`<section class="reflex" aria-labelledby="open-heading">
    <div class="head">
      <h2 id="open-heading">${msg`Still open for it`}</h2>
      <span class="r">${msg`on purpose, to be cleaned`}</span>
    </div>
    <ul class="met open">
      ${open.map(
        ({ name, address, ports, packets, until, alsoServes, resolver, contradictedBy = [] }) =>
          html`<li>
            <b>${name ?? address}</b>
            <span>${name === null ? "" : `${address}, `}${msg`tcp ${ports.join(", ")}`}</span>
            <span>${plural(packets, "{n} packet; closes {0}", "{n} packets; closes {0}", time.until(until, now))}</span>
            ${
              alsoServes.length === 0
                ? nothing
                : html`<span class="cap"
                    >${msg`The same address serves ${alsoServes.join(", ")}: reached as well.`}</span
                  >`
            }
            ${
              resolver === undefined || contradictedBy.length === 0
                ? nothing
                : html`<span class="cap"
                    >${contradictedBy.length === 1 ? msg`${resolver} said so; ${contradictedBy[0] ?? ""} names other addresses. Usual for a name that is served from many places; else one of them lies.` : msg`${resolver} said so; ${contradictedBy.join(", ")} name other addresses. Usual for a name that is served from many places; else one of them lies.`}</span
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
      <h2 id="probation-heading">${msg`On probation`}</h2>
      <span class="r">${msg`until ${time.until(probation.until, now)}`}</span>
    </div>
    <p>
      ${rich`An incident is open since ${momentTag(probation.since, now, time)}. Machines that were never seen before have the tightest budget until they have shown that nothing is wrong with them. ${count(probation.known)} were known before.`}
    </p>
    ${
      probation.newcomers.length === 0
        ? html`<p class="none">${msg`No new machine has come.`}</p>`
        : html`<ul class="met">
            ${probation.newcomers.map(({ host, since }) => {
              const known = site.hosts.find(({ mac }) => mac === host);
              const name =
                known === undefined
                  ? html`<span class="mono">${host}</span>`
                  : html`<a href=${hostPath(site.id, known.host)}>${hostName(known)}</a>`;
              return html`<li>${name} <span>${rich`since ${momentTag(since, now, time)}`}</span></li>`;
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
      <h2 id="probation-heading">${msg`On probation`}</h2>
      <span class="r">${rich`since ${momentTag(own.since, now, time)}`}</span>
    </div>
    <p>
      ${rich`It was never seen before, and came while an incident is open since ${momentTag(site.probation.since, now, time)}: new contacts are limited, and the reflex stops it at the tightest budget. It ends when the machine has shown that nothing is wrong with it, or ${time.until(site.probation.until, now)} if nothing more happens.`}
    </p>
    ${
      host.pardon === null
        ? html`<button
              class="btn sm"
              ${needs(app, "set")}
              @click=${() => app.actions.open({ kind: "pardon", host: host.host })}
            >
              ${msg`Let it be…`}
            </button>
            ${centreLine(app)}`
        : html`<p class="cap">${msg`Somebody said to let it be; the box has not confirmed.`}</p>`
    }
  </section>`;
}
