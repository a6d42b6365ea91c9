import { isLocallyAdministered } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import { capital, hostName, makerWords, nameSourceWords, roleWords, sentence } from "../words/host.ts";
import { count } from "../words/number.ts";
import type { TimeWords } from "../words/time.ts";
import { momentTag } from "./time.ts";
import { msg, rich } from "../language/message.ts";

interface IdentityOptions {
  readonly site: SiteView;
  readonly host: HostView;
  readonly now: number;
  readonly time: TimeWords;
}

type AddressTime = NonNullable<HostView["addressTimes"]>[number];

/** Who a machine is: what its role rests on, what it calls itself, and which addresses it had when. */
export function identityPanel(options: IdentityOptions): TemplateResult {
  const { host } = options;
  const times = host.addressTimes ?? [];
  const names = host.names ?? [];
  const role = roleWords(host.role);
  return html`<section class="identity">
    <div class="head"><h2>${msg`Who it is`}</h2></div>
    <p>
      ${role === "" ? msg`Its role is not known. ` : html`<b>${capital(role)}.</b> `}${sentence(host.role.reason)}${host.role.guessed === true ? msg` A guess: nothing is decided by it.` : ""}
    </p>
    ${host.mac !== null && isLocallyAdministered(host.mac) ? html`<p>${msg`Its MAC is a private one, made up by the machine itself: it may come back under another, and would then be a new machine here.`}</p>` : nothing}
    ${seenFacts(options)}
    ${
      names.length === 0
        ? nothing
        : html`<h3>${msg`Calls itself`}</h3>
            <ul>
              ${names.map((heard) => nameLine(heard, options))}
            </ul>`
    }
    ${
      times.length === 0
        ? nothing
        : html`<h3>${msg`Addresses`}</h3>
            <ul>
              ${times.map((had) => addressLine(had, options))}
            </ul>`
    }
  </section>`;
}

/** Since when it is known here, and what it has done since. */
function seenFacts({ host, now, time }: IdentityOptions): TemplateResult {
  return html`<dl class="facts seen">
    ${
      host.mac === null
        ? nothing
        : html`<div>
            <dt>${msg`Card by`}</dt>
            <dd>${makerWords(host.mac, host.vendor)}</dd>
          </div>`
    }
    <div>
      <dt>${msg`First seen`}</dt>
      <dd>${momentTag(host.firstSeenAt, now, time)}</dd>
    </div>
    <div>
      <dt>${msg`Last seen`}</dt>
      <dd>${momentTag(host.lastSeenAt, now, time)}</dd>
    </div>
    <div>
      <dt>${msg`New contacts`}</dt>
      <dd>${count(host.contacts)}</dd>
    </div>
  </dl>`;
}

/** Why a cut would take others with it; nothing where no sign says so. */
export function severalNote(host: HostView): TemplateResult | typeof nothing {
  if (host.several === undefined) return nothing;
  return html`<p class="several">${msg`${sentence(host.several)} Whatever stops this one stops all of them.`}</p>`;
}

function nameLine({ name, source, at }: NonNullable<HostView["names"]>[number], { now, time }: IdentityOptions) {
  return html`<li>
    <bdi>${name}</bdi> <span class="cap">${nameSourceWords(source)}, ${momentTag(at, now, time)}</span>
  </li>`;
}

function addressLine(had: AddressTime, { site, host, now, time }: IdentityOptions): TemplateResult {
  const to = site.hosts.find(
    (other) =>
      other.host !== host.host &&
      other.addressTimes?.some(
        (each) => each.address === had.address && each.from === host.host && each.lastAt >= had.lastAt,
      ),
  );
  return html`<li>
    <span class="mono">${had.address}</span>
    <span class="cap"
      >${rich`${momentTag(had.firstAt, now, time)} to ${momentTag(had.lastAt, now, time)}`}${
        had.from === undefined ? nothing : rich`; before that ${machineLink(site, had.from)}’s`
      }${to === undefined ? nothing : rich`; now ${machineLink(site, to.host)}’s`}</span
    >
  </li>`;
}

function machineLink(site: SiteView, key: string): TemplateResult {
  const host = site.hosts.find((each) => each.host === key);
  return host === undefined
    ? html`<span class="mono">${key}</span>`
    : html`<a class="link" href=${hostPath(site.id, key)}>${hostName(host)}</a>`;
}
