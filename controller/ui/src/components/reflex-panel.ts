import { html, nothing, type TemplateResult } from "lit";
import { centreLine, needs } from "./right.ts";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import { hostName } from "../words/host.ts";
import { count } from "../words/number.ts";
import { beyondWords, budgetWords, isExempt, reflexPortWords, reflexWords } from "../words/reflex.ts";
import { msg, plural } from "../language/message.ts";

// Who went beyond is mostly one or two; a longer list is for the machines' own pages.
const shownHosts = 5;

/** The reflex of a site: what it does, whom it met, and the switch. */
export function reflexPanel(app: App, site: SiteView): TemplateResult {
  const { reflex, sensor } = site;
  const { wish, reported } = reflex;
  const words = reflexWords(reflex, sensor);
  const met = (reported?.hosts ?? []).filter(({ passed, stopped }) => passed + stopped > 0);
  const exempt = wish.hosts.filter(({ budget }) => budget === "unlimited").length;
  const total = (reported?.passed ?? 0) + (reported?.stopped ?? 0);
  const isWished = wish.mode === "enforce";
  return html`<section class="reflex" aria-labelledby="reflex-heading">
    <div class="head">
      <h2 id="reflex-heading">${msg`Reflex`}</h2>
      <span class=${words.isOn ? "r on" : "r"}>${words.tag}</span>
    </div>
    <p>${words.text}</p>
    <p class="cap">${msg`${budgetWords(wish)} Counted: ${reflexPortWords()}.`}</p>
    ${
      met.length === 0
        ? html`<p class="none">${msg`No machine has gone beyond it.`}</p>`
        : html`<p>${beyondTotal(total, met.length)}</p>
            <ul class="met">
              ${met.slice(0, shownHosts).map(({ host }) => metRow(site, host))}
            </ul>`
    }
    ${met.length > shownHosts ? html`<p class="cap">${msg`${count(met.length - shownHosts)} more.`}</p>` : nothing}
    ${exempt === 0 ? nothing : html`<p class="cap">${plural(exempt, "{n} machine exempt.", "{n} machines exempt.")}</p>`}
    ${
      // Where all machines have one address, the box would refuse.
      reported?.mode == null || (sensor.placement === "wan" && !isWished)
        ? nothing
        : html`<button
              class="btn sm"
              ${needs(app, "set")}
              @click=${() => app.actions.open({ kind: "reflex", change: { kind: "mode", mode: isWished ? "dry" : "enforce" } })}
            >
              ${isWished ? msg`Only count again…` : msg`Stop what goes beyond…`}
            </button>
            ${centreLine(app)}`
    }
  </section>`;
}

function beyondTotal(packets: number, machines: number): string {
  return plural(
    packets,
    "{n} packet of {0} went beyond it:",
    "{n} packets of {0} went beyond it:",
    plural(machines, "{n} machine // of whom", "{n} machines // of whom"),
  );
}

function metRow(site: SiteView, host: string): TemplateResult {
  const known = site.hosts.find(({ mac }) => mac === host);
  const name = known === undefined ? html`<span class="mono">${host}</span>` : nameLink(site, known);
  const note = isExempt(site.reflex.wish, host) ? msg`; now exempt` : "";
  return html`<li>${name} <span>${beyondWords(site.reflex, host)}${note}</span></li>`;
}

function nameLink(site: SiteView, host: HostView): TemplateResult {
  return html`<a href=${hostPath(site.id, host.host)}>${hostName(host)}</a>`;
}

/** What the reflex means for one machine, and its exemption. */
export function hostReflex(app: App, site: SiteView, host: HostView): TemplateResult | typeof nothing {
  const { reflex, sensor } = site;
  const { mac } = host;
  if (mac === null || reflex.reported === null || reflex.reported.mode === null) return nothing;
  const words = reflexWords(reflex, sensor);
  const isOut = isExempt(reflex.wish, mac);
  const beyond = beyondWords(reflex, mac);
  return html`<section class="reflex" aria-labelledby="reflex-heading">
    <div class="head">
      <h2 id="reflex-heading">${msg`Reflex`}</h2>
      <span class=${words.isOn && !isOut ? "r on" : "r"}>${isOut ? msg`exempt` : words.tag}</span>
    </div>
    <p>
      ${isOut ? msg`This machine is asked to be exempt: nothing of it is counted or stopped by the reflex.` : words.text}
      ${beyond === null ? msg`It has not gone beyond its budget.` : msg`Beyond its budget: ${beyond}.`}
    </p>
    <button
      class="btn sm"
      ${needs(app, "set")}
      @click=${() => app.actions.open({ kind: "reflex", change: { kind: "exemption", host: mac, isExempt: !isOut } })}
    >
      ${isOut ? msg`End its exemption…` : msg`Exempt it…`}
    </button>
    ${centreLine(app)}
  </section>`;
}
