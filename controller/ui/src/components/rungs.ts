import { byWhom } from "../words/author.ts";
import { sweeps, throttleLimit, type Sweep, type Vector } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { needs, whyNotLine } from "./right.ts";
import { classMap } from "lit/directives/class-map.js";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { walkPath } from "../app/route.ts";
import type { App } from "../context/app-context.ts";
import {
  canCut,
  containmentOf,
  deedOf,
  expectedLevel,
  portWords,
  standingOf,
  stoppedWord,
  type Standing,
} from "../words/containment.ts";
import { hostName, sentence, uncapital, vectorWords } from "../words/host.ts";
import { weight } from "../words/number.ts";
import { lineGlyph } from "./glyphs.ts";
import { momentTag } from "./time.ts";
import { msg, rich, words } from "../language/message.ts";

interface RungOptions {
  readonly app: App;
  readonly site: SiteView;
  readonly host: HostView;
}

/** What can be done to one machine, least harm first. `isNext` marks the page's next step. */
export function rungs(options: RungOptions, next: "cut" | "hand" | null): TemplateResult {
  const { host, site } = options;
  const vector = host.vector === null || host.vector === "other" ? null : host.vector;
  const offersVector = vector !== null && canCut(site.sensor);
  const offered = canCut(site.sensor) && host.mac !== null ? sweeps.filter((sweep) => hasSwept(host, sweep)) : [];
  const shown: readonly (Vector | Sweep | null)[] = [offersVector ? vector : null, ...offered];
  const others = host.containments.filter((c) => c.kind === "vector" && c.vector !== null && !shown.includes(c.vector));
  const slowed = host.containments.filter((c) => c.kind === "throttle" && c.vector !== null);
  const offersThrottle = containmentOf(host, "throttle") !== null || (canCut(site.sensor) && host.mac !== null);
  return html`<div class="head">
      <h2>${msg`What you can do`}</h2>
      <span class="r">${msg`least harm first`}</span>
    </div>
    ${whyNotLine(options.app, "act")}
    <ol class="rungs">
      ${offersThrottle ? throttleRung(options, null) : nothing} ${slowed.map((c) => throttleRung(options, c.vector))}
      ${others.map((c) => vectorRung(options, c.vector ?? "other"))}
      ${offered.map((sweep) => vectorRung(options, sweep))} ${offersVector ? vectorRung(options, vector) : nothing}
      ${cutRung(options, next === "cut")} ${handRung(site, next === "hand")}
    </ol>`;
}

/** Whether its case says that it looks for machines so. */
function hasSwept(host: HostView, sweep: Sweep): boolean {
  return host.evidence.some((line) => line.for && line.kind === `${sweep}-sweep`);
}

const tags = words<Readonly<Record<Standing, string>>>({
  asked: "asked",
  "in-force": "in force",
  releasing: "release asked",
  refused: "refused",
  "not-stopped": "not in force",
  simulated: "simulated",
  stale: "when last heard",
});

/** All new contacts, or those of one vector where somebody has asked for that. */
function throttleRung(options: RungOptions, vector: Vector | Sweep | null): TemplateResult {
  const { host, app } = options;
  const held = containmentOf(host, "throttle", vector);
  const { burst, perSecond } = throttleLimit;
  return rung(options, {
    held,
    glyph: "slow",
    title: vector === null ? msg`Slow down` : msg`Slow down its ${vectorWords[vector]}`,
    offer: msg`At most ${burst} new contacts, then ${perSecond} a second. Nothing ends.`,
    button: msg`Slow…`,
    label: msg`Slow down ${hostName(host)}…`,
    isNext: false,
    ask: () => app.actions.open({ kind: "cut", host: host.host, wish: { kind: "throttle", vector } }),
  });
}

function vectorRung(options: RungOptions, vector: Vector | Sweep): TemplateResult {
  const { host, app } = options;
  const held = containmentOf(host, "vector", vector);
  const name = vectorWords[vector];
  const isLimit = stoppedWord(vector) === "limited";
  return rung(options, {
    held,
    glyph: "vec",
    title: isLimit ? msg`Limit its ${name}` : msg`Stop its ${name}`,
    offer:
      vector === "arp"
        ? msg`Limits its search beyond the switch (${portWords(vector)}). Nothing ends.`
        : msg`Stops its ${name} to the Internet (${portWords(vector)}). Everything else still works.`,
    button: isLimit ? msg`Limit…` : msg`Stop…`,
    label: isLimit ? msg`Limit ${name} of ${hostName(host)}…` : msg`Stop ${name} of ${hostName(host)}…`,
    isNext: false,
    ask: () => app.actions.open({ kind: "cut", host: host.host, wish: { kind: "vector", vector } }),
  });
}

function cutRung(options: RungOptions, isNext: boolean): TemplateResult {
  const { host, site, app } = options;
  const held = containmentOf(host, "quarantine");
  const placement = site.sensor.placement;
  const level =
    placement === null ? "" : expectedLevel({ kind: "quarantine", vector: null }, placement, site.sensor.canContain);
  if (held === null && (!canCut(site.sensor) || host.mac === null)) {
    const reason = host.mac === null ? msg`It is known by its address only, and cannot be cut by it.` : level;
    return html`<li class="rung refused">
      ${lineGlyph("cut")}
      <div>
        <h3>${msg`Cut off`} <span class="tag">${msg`not from here`}</span></h3>
        <p>${reason === "" ? msg`The box has not said where it stands.` : reason}</p>
      </div>
    </li>`;
  }
  return rung(options, {
    held,
    glyph: "cut",
    title: msg`Cut off`,
    offer: msg`Ends its connections to the Internet. Will reach: ${uncapital(level)}`,
    button: msg`Cut off…`,
    label: msg`Cut off ${hostName(host)}…`,
    isNext,
    ask: () => app.actions.open({ kind: "cut", host: host.host, wish: { kind: "quarantine", vector: null } }),
  });
}

interface Rung {
  readonly held: ContainmentView | null;
  readonly glyph: "slow" | "vec" | "cut";
  /** What is asked for. */
  readonly title: string;
  /** What it does, while it is only offered. */
  readonly offer: string;
  readonly button: string;
  /** The button's name where the rung's title is out of sight. */
  readonly label: string;
  readonly isNext: boolean;
  readonly ask: () => void;
}

function rung({ app, site, host }: RungOptions, part: Rung): TemplateResult {
  const { held } = part;
  const standing = held === null ? null : standingOf(held, site.sensor);
  const isOn = standing === "in-force" || standing === "releasing";
  const tag = standing === null ? (part.isNext ? msg`next step` : "") : tags[standing];
  const canAskAgain = standing === "refused" || standing === "not-stopped";
  // Until the box has said that it holds, a rung is called what was asked for, and not what it would be.
  const title = held !== null && (isOn || standing === "stale") ? deedOf(held) : part.title;
  return html`<li class=${classMap({ rung: true, on: isOn, asked: standing !== null && !isOn, refused: canAskAgain })}>
    ${lineGlyph(standing === null || isOn || standing === "stale" ? part.glyph : "asked")}
    <div>
      <h3>${title}${tag === "" ? nothing : html` <span class="tag">${tag}</span>`}</h3>
      ${held === null ? html`<p>${part.offer}</p>` : heldWords(held, standing, app)}
    </div>
    ${
      held === null
        ? html`<button class="btn sm col" aria-label=${part.label} ${needs(app, "act")} @click=${part.ask}>
            ${part.button}
          </button>`
        : held.releasing
          ? nothing
          : html`<button
              class="btn sm col"
              aria-label=${msg`Release ${hostName(host)}: ${title}…`}
              ${needs(app, "act")}
              @click=${() => app.actions.open({ kind: "release", host: host.host, containmentId: held.id })}
            >
              ${isOn || standing === "stale" ? msg`Release…` : msg`Take back…`}
            </button>`
    }
  </li>`;
}

function heldWords(held: ContainmentView, standing: Standing | null, { state }: App): TemplateResult {
  const { now, time } = state;
  const expiry = held.expiresAt === null ? msg`until released` : msg`until ${time.until(held.expiresAt, now)}`;
  // The box goes on with it for as long as the verdict stands.
  const end = held.automatic ? msg`${expiry} at least` : expiry;
  const level = sentence(held.refusal ?? held.levelText);
  switch (standing) {
    case "in-force":
      return html`<p>${level}</p>
        <p class="cap">
          ${rich`${byWhom(held.author)}, since ${momentTag(held.inForceSince ?? held.askedAt, now, time)}, ${end}.`}
          ${held.automatic ? nothing : sentence(held.reason)}
        </p>
        ${held.automatic ? ledgerThen(held) : nothing}`;
    case "releasing":
      return html`<p>${msg`${level} Its release is asked for; the box has not confirmed.`}</p>`;
    case "asked":
      return html`<p>${rich`Asked ${momentTag(held.askedAt, now, time)}; the box has not confirmed.`}</p>
        <p class="cap">${byWhom(held.author)}, ${end}.</p>`;
    default:
      return html`<p>${level}</p>
        <p class="cap">${rich`${byWhom(held.author)}, asked ${momentTag(held.askedAt, now, time)}, ${end}.`}</p>`;
  }
}

/** What spoke for and against the machine when the policy took it. */
function ledgerThen({ evidence }: ContainmentView): TemplateResult {
  return html`<p class="cap">${msg`The case when it was taken:`}</p>
    <ul class="then">
      ${evidence.map((line) => html`<li><b>${weight(line.weight)}</b> <span>${sentence(line.text)}</span></li>`)}
      ${evidence.some((line) => !line.for) ? nothing : html`<li><b>0</b> <span>${msg`Nothing spoke against it.`}</span></li>`}
    </ul>`;
}

function handRung(site: SiteView, isNext: boolean): TemplateResult {
  return html`<li class="rung">
    ${lineGlyph("hand")}
    <div>
      <h3>${msg`Unplug by hand`}${isNext ? html` <span class="tag">${msg`next step`}</span>` : nothing}</h3>
      <p>${msg`The only step that also protects its neighbours on the switch.`}</p>
      <p>${msg`Pull a cable, and the box says whose it was.`}</p>
    </div>
    <a class="btn sm col" href=${walkPath(site.id)}>${msg`Walk`}</a>
  </li>`;
}
