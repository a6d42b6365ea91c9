import { byWhom } from "../words/author.ts";
import { barrierWays, type BarrierWay } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { needs } from "./right.ts";
import { classMap } from "lit/directives/class-map.js";
import type { SiteView } from "../../../src/api/view.ts";
import type { BarrierView } from "../../../src/api/wish-view.ts";
import type { App } from "../context/app-context.ts";
import {
  barrierOf,
  barrierStanding,
  machineName,
  metWords,
  wayPortWords,
  wayWords,
  whyWayStays,
} from "../words/barrier.ts";
import { sentence } from "../words/host.ts";
import { joined } from "../words/list.ts";
import { momentTag } from "./time.ts";
import { msg, plural, rich, words } from "../language/message.ts";

/** The ways it could spread: each open, counted, or shut for everybody, and for single areas where somebody asked. */
export function barrierPanel(app: App, site: SiteView): TemplateResult {
  const isTold = (way: BarrierWay): boolean =>
    site.barriers.some((barrier) => barrier.way === way) ||
    site.hosts.some(({ verdict, vector }) => verdict !== "clear" && vector === way);
  const told = barrierWays.filter(isTold);
  const quiet = barrierWays.filter((way) => !isTold(way));
  const rows = (ways: readonly BarrierWay[]): TemplateResult =>
    html`<ul>
      ${ways.map(
        (way) =>
          html`${wayRow(app, site, way, null)}
          ${site.areas
            .filter(({ id }) => barrierOf(site, way, id) !== null)
            .map(({ id }) => wayRow(app, site, way, id))}`,
      )}
    </ul>`;
  const titles = joined(quiet.map((way) => wayWords[way].title));
  return html`<section class="ways" aria-labelledby="ways-heading">
    <div class="head">
      <h2 id="ways-heading">${msg`Ways it could spread`}</h2>
      <span class="r">${msg`to the Internet`}</span>
    </div>
    ${told.length === 0 ? nothing : rows(told)}
    ${
      quiet.length === 0
        ? nothing
        : html`<details class="quiet-ways">
            <summary>
              <b
                >${told.length === 0 ? msg`Nobody strange uses any of them` : plural(quiet.length, "{n} more way", "{n} more ways")}</b
              >
              <span>${titles}</span>
            </summary>
            ${rows(quiet)}
          </details>`
    }
  </section>`;
}

const steps = words({ off: "Dry run…", dry: "Stop…", enforce: "Lift…" });

function wayRow(app: App, site: SiteView, way: BarrierWay, area: string | null): TemplateResult {
  const barrier = barrierOf(site, way, area);
  const { tag, isOn, text } = barrierStanding(barrier, site.sensor);
  const name = site.areas.find(({ id }) => id === area)?.name;
  const title = name === undefined ? wayWords[way].title : `${wayWords[way].title}, ${name}`;
  const why = barrier === null && area === null ? whyWayStays(way, site.sensor) : null;
  const button = steps[barrier === null || barrier.releasing ? "off" : barrier.mode];
  return html`<li class=${classMap({ way: true, on: isOn, of: area !== null })}>
    <div>
      <h3>${title}${tag === "" ? nothing : html` <span class="tag">${tag}</span>`}</h3>
      <p class="cap">${wayPortWords(way)}</p>
    </div>
    <div>
      <p>${why ?? text}</p>
      ${barrier === null ? nothing : held(app, site, barrier)}
    </div>
    ${
      why === null
        ? html`<button
            class="btn sm col"
            aria-label=${`${title}: ${button}`}
            ${needs(app, "act")}
            @click=${() => app.actions.open({ kind: "barrier", way, area })}
          >
            ${button}
          </button>`
        : nothing
    }
  </li>`;
}

function held(app: App, site: SiteView, barrier: BarrierView): TemplateResult {
  const { now, time } = app.state;
  const met = metWords(site, barrier);
  const end = barrier.expiresAt === null ? msg`until released` : msg`until ${time.until(barrier.expiresAt, now)}`;
  return html`${
      barrier.level === "unconfirmed" || barrier.level === "none"
        ? nothing
        : html`<p class="met-of">${met ?? msg`It has met nobody.`}</p>`
    }
    ${barrier.exceptions.length === 0 ? nothing : html`<p>${msg`Excepted: ${joined(barrier.exceptions.map((mac) => machineName(site, mac)))}.`}</p>`}
    ${barrier.refusedExceptions.map(
      ({ host, reason }) =>
        html`<p class="refusal">${msg`${machineName(site, host)} is not excepted. ${sentence(reason)}`}</p>`,
    )}
    <p class="cap">
      ${rich`${byWhom(barrier.author)}, since ${momentTag(barrier.inForceSince ?? barrier.askedAt, now, time)}, ${end}. ${sentence(barrier.reason)}`}
    </p>`;
}
