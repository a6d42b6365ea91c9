import { throttleLimit, vectorPorts, type LoggedFlow, type PortalWish } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { msg, plural } from "../language/message.ts";
import { portWords } from "../words/containment.ts";
import { kindsOf } from "../words/flows.ts";
import { vectorWords } from "../words/host.ts";
import { dialOf } from "../words/particulars.ts";
import { icon, type Glyph } from "./glyphs.ts";

/** What stands at the moment of asking: not looked at yet, not to be had, or the connections. */
export type Live = "asked" | "unknown" | { readonly flows: readonly LoggedFlow[]; readonly isWhole: boolean };

interface ConsequencesOf {
  readonly site: SiteView;
  readonly host: HostView;
  readonly wish: Pick<ContainmentView, "kind" | "vector">;
  readonly live: Live;
}

/** What ends, what still works, who is told and what is left to do by hand: shown before a person asks for it. */
export function consequences(of: ConsequencesOf): TemplateResult {
  const { kind, vector } = of.wish;
  if (kind === "quarantine") return cutConsequences(of);
  return kind === "throttle" ? throttleConsequences(of) : vectorConsequences(of, vector ?? "other");
}

interface Consequence {
  readonly glyph: Glyph;
  readonly head: string;
  readonly text: string;
  /** Whom to call about it. */
  readonly call?: HostView;
}

function list(of: readonly (Consequence | null)[]): TemplateResult {
  return html`<ul class="cons">
    ${of.map((each) =>
      each === null
        ? nothing
        : html`<li>
            ${icon(each.glyph, "s")}<span
              ><b>${each.head}</b> ${each.text}${each.call === undefined ? nothing : call(each.call)}</span
            >
          </li>`,
    )}
  </ul>`;
}

function cutConsequences(of: ConsequencesOf): TemplateResult {
  return list([
    ends(of.live, () => true) ?? {
      ...{ glyph: "i-unplug", head: msg`Ends:` },
      text: msg`every connection to the Internet, web and mail alike. Unsent work in a browser may be lost.`,
    },
    {
      ...{ glyph: "i-check", head: msg`Still works:` },
      text: msg`what stays on the switch, such as printing and shared files; updates and virus scanners, where they are open to it.`,
    },
    told(of),
    {
      ...{ glyph: "i-hand", head: msg`By hand:` },
      text: msg`unplug it as well, and its neighbours are safe too.`,
    },
  ]);
}

function vectorConsequences(of: ConsequencesOf, vector: NonNullable<ContainmentView["vector"]>): TemplateResult {
  const what = vectorWords[vector];
  const ports: readonly number[] = vector === "arp" || vector === "ping" ? [] : vectorPorts[vector];
  return list([
    vector === "arp"
      ? { glyph: "i-unplug", head: msg`Limits:`, text: msg`its ${what} beyond the switch: ${portWords(vector)}.` }
      : { glyph: "i-unplug", head: msg`Ends:`, text: msg`its ${what} to the Internet, ${portWords(vector)}.` },
    ports.length === 0 ? null : ends(of.live, ({ remotePort }) => ports.includes(remotePort ?? -1)),
    { glyph: "i-check", head: msg`Still works:`, text: msg`everything else, inside and outside.` },
    nobody(of.host),
  ]);
}

function throttleConsequences({ host, wish }: ConsequencesOf): TemplateResult {
  const { burst, perSecond } = throttleLimit;
  return list([
    {
      ...{ glyph: "i-unplug", head: msg`Limited:` },
      text:
        wish.vector === null
          ? msg`new contacts beyond the switch: ${burst} at once, then ${perSecond} a second. What comes too soon is dropped, and may come again.`
          : msg`new contacts by ${vectorWords[wish.vector]} beyond the switch: ${burst} at once, then ${perSecond} a second. What comes too soon is dropped, and may come again.`,
    },
    {
      ...{ glyph: "i-check", head: msg`Still works:` },
      text: msg`every connection that stands, and what it has reached once, again. Pages with many sources open slowly.`,
    },
    nobody(host),
  ]);
}

/** Which connections die, as the box's own log has them; null where that is not known. */
function ends(live: Live, dies: (flow: LoggedFlow) => boolean): Consequence | null {
  if (live === "asked" || live === "unknown") return null;
  const flows = live.flows.filter(dies);
  if (flows.length === 0) {
    if (!live.isWhole) return null;
    return {
      ...{ glyph: "i-unplug", head: msg`No live connection ends:` },
      text: msg`none to the Internet stands now that would. Nothing new passes.`,
    };
  }
  const head = live.isWhole
    ? plural(flows.length, "{n} live connection ends:", "{n} live connections end:")
    : plural(flows.length, "At least {n} live connection ends:", "At least {n} live connections end:");
  return { glyph: "i-unplug", head, text: msg`${kindsOf(flows)}. Unsent work in a browser may be lost.` };
}

/** Whether its user sees a page, and what to do where there is none. */
function told({ site, host }: ConsequencesOf): Consequence {
  const { portal } = site.keeps;
  if (!portal.isOn) return nobody(host);
  const owner = host.particulars?.owner ?? "";
  return {
    ...{ glyph: "i-user", head: owner === "" ? msg`Its user` : owner, call: host },
    text: pageWords(portal),
  };
}

function pageWords({ contact = "" }: PortalWish): string {
  return contact === ""
    ? msg`sees a page in the browser that says what happened, and names nobody to call.`
    : msg`sees a page in the browser that says what happened, and to call ${contact}.`;
}

function nobody(host: HostView): Consequence {
  return { glyph: "i-user", head: msg`Nobody is told`, text: msg`by Cordon: call whoever works at it.`, call: host };
}

function call(host: HostView): TemplateResult | typeof nothing {
  const { phone = "" } = host.particulars ?? {};
  const dial = dialOf(phone);
  return dial === null ? nothing : html` <a class="link" href=${dial}>${msg`Call ${phone}`}</a>`;
}
