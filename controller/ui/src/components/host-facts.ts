import { mainAddress } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { timelinePath } from "../app/timeline-filter.ts";
import type { App } from "../context/app-context.ts";
import { msg, plural } from "../language/message.ts";
import { hostName, roleWords, sentence } from "../words/host.ts";
import { areasOf, dialOf, photoPath } from "../words/particulars.ts";
import { byWhom } from "../words/author.ts";
import { icon } from "./glyphs.ts";
import { needs, whyNot, whyNotLine } from "./right.ts";
import { momentTag } from "./time.ts";

/** Whose it is, where it stands and how it is told on the wire: a line of facts, the note and the photo under it. */
export function hostFacts(app: App, site: SiteView, host: HostView): TemplateResult {
  const { owner = "", phone = "", place = "", note = "" } = host.particulars ?? {};
  const areas = areasOf(site, host);
  const role = roleWords(host.role);
  const dial = dialOf(phone);
  const main = mainAddress(host);
  const others = host.addresses.length - 1;
  const fact = (name: string, value: unknown): TemplateResult =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const given = (name: string, value: unknown): TemplateResult | typeof nothing =>
    value === "" ? nothing : fact(name, value);
  const edit = html`<button
    class="link"
    ${needs(app, "set")}
    @click=${() => app.actions.open({ kind: "particulars", host: host.host })}
  >
    ${host.particulars === null ? msg`Say whose it is…` : msg`Change…`}
  </button>`;
  const packets =
    host.mac === null
      ? nothing
      : html`<button
          class="link"
          ${needs(app, "record")}
          @click=${() => app.actions.open({ kind: "packets", host: host.host })}
        >
          ${msg`Packets for Wireshark…`}
        </button>`;
  return html`<dl class="facts">
      ${given(msg`Owner`, owner)}
      ${given(msg`Phone`, dial === null ? phone : html`<a class="link" href=${dial}>${phone}</a>`)}
      ${given(msg`Place`, place)} ${given(areas.length > 1 ? msg`Areas` : msg`Area`, areas.join(", "))}
      ${fact(
        msg`Address`,
        main === null
          ? msg`none yet`
          : html`<span class="mono">${main}</span
              >${others === 0 ? nothing : ` ${plural(others, "and {n} more", "and {n} more")}`}`,
      )}
      ${fact(msg`MAC`, host.mac === null ? msg`not seen from here` : html`<span class="mono">${host.mac}</span>`)}
      ${fact(msg`Role`, html`<span title=${sentence(host.role.reason)}>${role === "" ? msg`not known` : host.role.guessed === true ? msg`${role}, it seems` : role}</span>`)}
      <div class="edit">
        <dt class="sr">${msg`Particulars`}</dt>
        <dd>
          ${edit} ${packets}
          <a class="link" href=${timelinePath(site.id, { host: host.host })}>${msg`Time line of this machine`}</a>
        </dd>
      </div>
    </dl>
    ${whyNotLine(app, whyNot(app, "set") === null && host.mac !== null ? "record" : "set")}
    ${noteAndPhoto(app, site, host, note)}`;
}

function noteAndPhoto(app: App, site: SiteView, host: HostView, note: string): TemplateResult | typeof nothing {
  const photo = photoPath(site.id, host);
  if (host.particulars === null || (note === "" && photo === null)) return nothing;
  const { now, time } = app.state;
  const { author, at } = host.particulars;
  return html`<section class="note-of" aria-label=${msg`Note and photo`}>
    ${photo === null ? nothing : html`<img class="photo" src=${photo} alt=${msg`Photo of ${hostName(host)}`} />`}
    ${
      note === ""
        ? nothing
        : html`<div>
            <p class="written">${note}</p>
            <p class="cap">${byWhom(author)}, ${momentTag(at, now, time)}</p>
          </div>`
    }
  </section>`;
}

/** On a phone beside the next step: the owner is called from where one stands. */
export function callButton(host: HostView): TemplateResult | typeof nothing {
  const { phone = "", owner = "" } = host.particulars ?? {};
  const dial = dialOf(phone);
  if (dial === null) return nothing;
  const label = owner === "" ? msg`Call ${phone}` : msg`Call ${owner}, ${phone}`;
  return html`<a class="btn big act2" href=${dial} aria-label=${label}>${icon("i-phone")}</a>`;
}
