import { byWhom } from "../words/author.ts";
import { html, nothing, type TemplateResult } from "lit";
import { centreLine, needs } from "./right.ts";
import { classMap } from "lit/directives/class-map.js";
import type { SiteView } from "../../../src/api/view.ts";
import type { AreaCutView } from "../../../src/api/wish-view.ts";
import type { App } from "../context/app-context.ts";
import { cutStanding, handProgress, lineCutHits, machinesWords } from "../words/area.ts";
import { sentence } from "../words/host.ts";
import { lineGlyph } from "./glyphs.ts";
import { momentTag } from "./time.ts";
import { msg, plural, rich } from "../language/message.ts";

/** The parts of a site, and how far each is cut off. */
export function areaPanel(app: App, site: SiteView): TemplateResult {
  return html`<section class="ways areas" aria-labelledby="areas-heading">
    <div class="head">
      <h2 id="areas-heading">${msg`Areas`}</h2>
      <span class="r">${msg`parts of the site, as you know them`}</span>
    </div>
    ${
      site.areas.length === 0
        ? html`<p class="none">${msg`None is named. A plain switch tells nobody what hangs where: you do.`}</p>`
        : html`<ul>
            ${site.areas.map((area) => areaRow(app, site, area))}
          </ul>`
    }
    <button class="btn sm" ${needs(app, "set")} @click=${() => app.actions.open({ kind: "area", areaId: null })}>
      ${msg`Name an area…`}
    </button>
    ${centreLine(app)}
  </section>`;
}

function areaRow(app: App, site: SiteView, area: SiteView["areas"][number]): TemplateResult {
  const cuts = site.areaCuts
    .filter((cut) => cut.area === area.id)
    .toSorted((a, b) => a.from.localeCompare(b.from) || a.askedAt - b.askedAt);
  const isAsked = cuts.length > 0 || site.barriers.some((barrier) => barrier.area === area.id);
  const isOn = cuts.some((cut) => cutStanding(cut, site.sensor).isOn);
  const own = new Set(cuts.filter(({ releasing }) => !releasing).map(({ from }) => from));
  return html`<li class=${classMap({ way: true, on: isOn })}>
    <div>
      <h3>${area.name}</h3>
      <p class="cap">
        ${plural(area.hosts.length, "{n} machine", "{n} machines")}${area.hosts.length === 0 ? "" : `: ${machinesWords(site, area.hosts)}`}
      </p>
    </div>
    <div>
      ${cuts.length === 0 ? html`<p>${msg`In service.`}</p>` : cuts.map((cut) => areaCut(app, site, cut, area.name))}
    </div>
    <div class="btns">
      ${
        own.size === 2 || area.hosts.length === 0
          ? nothing
          : html`<button
              class="btn sm col"
              aria-label=${msg`Cut off ${area.name}…`}
              ${needs(app, "act")}
              @click=${() => app.actions.open({ kind: "area-cut", areaId: area.id })}
            >
              ${msg`Cut off…`}
            </button>`
      }
      <button
        class="btn sm col"
        aria-label=${msg`Change ${area.name}…`}
        ${needs(app, "set")}
        @click=${() => app.actions.open({ kind: "area", areaId: area.id })}
      >
        ${msg`Change…`}
      </button>
      ${
        isAsked
          ? nothing
          : html`<button
              class="btn sm col"
              aria-label=${msg`Forget ${area.name}…`}
              ${needs(app, "set")}
              @click=${() => app.actions.open({ kind: "area-end", areaId: area.id, cutId: null })}
            >
              ${msg`Forget…`}
            </button>`
      }
    </div>
  </li>`;
}

function areaCut(app: App, site: SiteView, cut: AreaCutView, name: string): TemplateResult {
  const { now, time } = app.state;
  const { tag, text } = cutStanding(cut, site.sensor);
  const end = cut.expiresAt === null ? msg`until released` : msg`until ${time.until(cut.expiresAt, now)}`;
  const progress = handProgress(site, cut);
  return html`<p class="cut-of">
      ${text.toLowerCase().startsWith(tag) ? nothing : html`<b class="tag">${tag}</b>`} ${text}
    </p>
    ${progress === null ? nothing : html`<p>${progress}</p>`}
    ${cut.from === "internet" && cut.reportedAt !== null ? html`<p>${plural(cut.packetsStopped, "{n} packet stopped.", "{n} packets stopped.")}</p>` : nothing}
    <p class="cap">
      ${rich`${byWhom(cut.author)}, since ${momentTag(cut.inForceSince ?? cut.askedAt, now, time)}, ${end}. ${sentence(cut.reason)}`}
    </p>
    ${
      cut.releasing
        ? nothing
        : html`<button
            class="link"
            aria-label=${msg`Release ${name}: ${tag}…`}
            ${needs(app, "act")}
            @click=${() => app.actions.open({ kind: "area-end", areaId: cut.area, cutId: cut.id })}
          >
            ${msg`Release…`}
          </button>`
    }`;
}

/** The line for everybody, and what cuts it. */
export function linePanel(app: App, site: SiteView): TemplateResult {
  const { lineCut: cut, sensor } = site;
  const { now, time } = app.state;
  const standing = cut === null ? null : cutStanding(cut, sensor);
  return html`<section class="ways the-line" aria-labelledby="line-heading">
    <div class="head">
      <h2 id="line-heading">${msg`Cut the line`}</h2>
      <span class=${standing?.isOn === true ? "r on" : "r"}>${standing?.tag ?? msg`in service`}</span>
    </div>
    <div class=${classMap({ way: true, on: standing?.isOn === true })}>
      ${lineGlyph(standing === null ? "carry" : standing.isOn ? "cut" : "asked")}
      <div>
        ${
          cut === null || standing === null
            ? html`<p>
                ${msg`The last step, when nobody knows who is infected: nothing passes to the Internet for ${lineCutHits(site)}. The box keeps its way to the controller.`}
              </p>`
            : html`<p>${standing.text}</p>
                ${cut.reportedAt === null ? nothing : html`<p>${plural(cut.packetsStopped, "{n} packet stopped, both ways.", "{n} packets stopped, both ways.")}</p>`}
                <p class="cap">
                  ${rich`${byWhom(cut.author)}, since ${momentTag(cut.inForceSince ?? cut.askedAt, now, time)}, ${cut.expiresAt === null ? msg`until released` : msg`until ${time.until(cut.expiresAt, now)}`}. ${sentence(cut.reason)}`}
                </p>`
        }
      </div>
      ${
        cut?.releasing === true
          ? nothing
          : sensor.placement === "mirror" && cut === null
            ? html`<p>${msg`Cannot be cut from here. By hand: pull the line’s plug.`}</p>`
            : html`<button class="btn sm col" ${needs(app, "act")} @click=${() => app.actions.open({ kind: "line" })}>
                ${cut === null ? msg`Cut the line…` : msg`Put it back…`}
              </button>`
      }
    </div>
  </section>`;
}
