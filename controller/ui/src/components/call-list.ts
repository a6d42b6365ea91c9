import type { Contact } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { SiteView } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";
import { dialOf } from "../words/particulars.ts";
import { icon } from "./glyphs.ts";

/** Whom to call about the box and its line; nothing where nobody was named. */
export function callPanel({ contacts }: Pick<SiteView, "contacts">): TemplateResult | typeof nothing {
  if (contacts.length === 0) return nothing;
  return html`<section class="call" id="call" aria-labelledby="call-heading">
    <div class="head">
      <h2 id="call-heading">${msg`Whom to call`}</h2>
      <span class="r">${msg`as on the label`}</span>
    </div>
    ${callList(contacts)}
  </section>`;
}

/** A row for each: who it is, what for, and what a finger calls or writes to. */
export function callList(contacts: readonly Contact[]): TemplateResult | typeof nothing {
  if (contacts.length === 0) return nothing;
  return html`<ul class="calls" aria-label=${msg`Whom to call`}>
    ${contacts.map(({ name, phone = "", email = "", for: purpose = "" }) => {
      const dial = dialOf(phone);
      return html`<li>
        <p><b>${name}</b>${purpose === "" ? nothing : html`<span>${purpose}</span>`}</p>
        ${
          phone === ""
            ? nothing
            : dial === null
              ? html`<span class="way-to">${phone}</span>`
              : html`<a class="way-to" href=${dial}>${icon("i-phone", "s")}${phone}</a>`
        }
        ${email === "" ? nothing : html`<a class="way-to mail" href=${mailOf(email)}>${email}</a>`}
      </li>`;
    })}
  </ul>`;
}

/** What stands in it is an address, and no subject or further receiver. */
function mailOf(email: string): string {
  return `mailto:${encodeURIComponent(email).replace("%40", "@")}`;
}
