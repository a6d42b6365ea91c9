import type { Evidence } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { mayLookUp, needs } from "../components/right.ts";
import { customElement } from "lit/decorators.js";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import type { Command } from "../app/keys.ts";
import { sitePath, walkPath } from "../app/route.ts";
import { balance } from "../components/balance.ts";
import { bannerBar, bannerOf } from "../components/banner.ts";
import { hostDuty } from "../components/duty-panel.ts";
import { identityPanel, severalNote } from "../components/identity-panel.ts";
import { callButton, hostFacts } from "../components/host-facts.ts";
import { ledger } from "../components/ledger.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { hostPardon } from "../components/policy-panel.ts";
import { proof } from "../components/proof.ts";
import { hostReflex } from "../components/reflex-panel.ts";
import { hostProbation, hostRemedies } from "../components/remedies-panel.ts";
import { rungs } from "../components/rungs.ts";
import { foot, topBar } from "../components/top-bar.ts";
import { canCut, containmentOf, cutFailed, needsCut, standingOf } from "../words/containment.ts";
import { msg } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { hostSentence } from "../words/sentence.ts";
import { missing } from "./empty.ts";
import { PageElement } from "./page-element.ts";
import { isStale } from "./site-page.ts";
import { waiting } from "./waiting.ts";

/** One machine: verdict, proof, the case for and against, and what can be done. */
@customElement("host-page")
class HostPage extends PageElement {
  override onCommand(command: Command): void {
    const { site } = this.app.state;
    const host = this._host(site);
    if (site === null || host === null) return;
    const held = containmentOf(host, "quarantine") ?? host.containments[0] ?? null;
    const cutIsOpen = canCut(site.sensor) && host.mac !== null && needsCut(host);
    if (command === "cut" && cutIsOpen) this._cut(host);
    const next = nextStep(site, host);
    if (command === "step" && cutIsOpen && next === "cut") this._cut(host);
    if (command === "step" && isWalked(site, next)) this.app.actions.go(walkPath(site.id));
    if (command === "release" && held !== null && !held.releasing) {
      this.app.actions.open({ kind: "release", host: host.host, containmentId: held.id });
    }
  }

  protected override render(): TemplateResult {
    const { state } = this.app;
    const { site, sites } = state;
    if (site === null) return waiting(this.app);
    const host = this._host(site);
    if (host === null) return missing(this.app, msg`This machine is not known here.`, sitePath(site.id), site.name);
    // The rest of it is on its way.
    if (host.isShort === true) return waiting(this.app);
    const isAlone = sites !== null && sites.length === 1;
    const crumbs = [
      ...(isAlone ? [] : [{ text: msg`Fleet`, path: "/" }]),
      { text: site.name, path: sitePath(site.id) },
      { text: hostName(host), path: "" },
    ];
    const next = nextStep(site, host);
    const step = (classes: string): TemplateResult | typeof nothing => {
      if (next === "cut")
        return html`<button class="btn pri ${classes}" ${needs(this.app, "act")} @click=${() => this._cut(host)}>
          ${msg`Cut off ${hostName(host)}…`}
        </button>`;
      if (!isWalked(site, next)) return nothing;
      return html`<a class="btn pri ${classes}" href=${walkPath(site.id)}>${msg`Walk to it`}</a>`;
    };
    const hasStep = step("") !== nothing;
    return html`${topBar(this.app, crumbs, site.sensor)} ${bannerBar(bannerOf(state, site.sensor))}
      <main class=${isStale(state.live, site) ? "stale" : ""}>
        ${pageSentence(hostSentence(host, site.sensor, state.now, state.time), {
          step: step(""),
          isDocked: hasStep,
        })}
        ${hostFacts(this.app, site, host)} ${severalNote(host)}
        <div class="host">
          <div>
            ${balance(host.score, host.verdict)}${ledger({ host, now: state.now, time: state.time, onFlows: this._onFlows(site, host) })}
            ${identityPanel({ site, host, now: state.now, time: state.time })} ${hostDuty(this.app, host)}
          </div>
          <aside>
            ${proof(host, site.sensor, state.now, state.time)}
            <section>${rungs({ app: this.app, site, host }, next)}</section>
            ${hostPardon(this.app, host)} ${hostReflex(this.app, site, host)} ${hostProbation(this.app, site, host)}
            ${hostRemedies(this.app, site, host)}
          </aside>
        </div>
        ${foot(this.app)}
      </main>
      ${hasStep ? html`<aside class="dock act only-p" aria-label=${msg`Next step`}>${step("big act1")}${callButton(host)}</aside>` : nothing}`;
  }

  private _onFlows(site: SiteView, host: HostView): ((behind: Evidence) => void) | null {
    if (!mayLookUp(this.app, site)) return null;
    return (behind) => this.app.actions.open({ kind: "flows", host: host.host, behind });
  }

  private _host(site: SiteView | null): HostView | null {
    const { route } = this.app.state;
    if (route.page !== "host" || site === null) return null;
    return site.hosts.find((host) => host.host === route.host) ?? null;
  }

  private _cut(host: HostView): void {
    this.app.actions.open({ kind: "cut", host: host.host, wish: { kind: "quarantine", vector: null } });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "host-page": HostPage;
  }
}

/** What a person should do next: cut an infected machine, then unplug it; nothing for the others. */
function nextStep(site: SiteView, host: HostView): "cut" | "hand" | null {
  if (host.verdict !== "infected") return null;
  if (!canCut(site.sensor) || host.mac === null) return "hand";
  if (needsCut(host)) return "cut";
  if (cutFailed(host, site.sensor)) return "hand";
  const cut = containmentOf(host, "quarantine");
  return cut !== null && standingOf(cut, site.sensor) === "in-force" ? "hand" : null;
}

/** Whether the box can say whose cable is in one's hand when a machine is to be unplugged. */
function isWalked({ sensor }: SiteView, next: ReturnType<typeof nextStep>): boolean {
  return next === "hand" && sensor.state === "online" && canCut(sensor);
}
