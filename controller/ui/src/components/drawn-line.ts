import type { Placement } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { canCut, expectedLevel, lineOf } from "../words/containment.ts";
import { uncapital } from "../words/host.ts";
import { checkOf, checkWords } from "../words/line-check.ts";
import { hostState } from "../words/sentence.ts";
import type { TimeWords } from "../words/time.ts";
import { foldedDrops } from "./folded-drops.ts";
import { icon, stateGlyph, type Glyph } from "./glyphs.ts";
import { said } from "../language/said.ts";
import { msg, plural, words } from "../language/message.ts";

/** A station of the drawn line, from the provider inwards. */
interface Station {
  readonly glyph: Glyph;
  /** Null is the box. */
  readonly name: keyof typeof names | null;
  readonly isBox?: boolean;
  /** On the provider's side of the router: dead when the line is. */
  readonly isBeyond?: boolean;
}

const names = words({ provider: "Provider", modem: "Modem", router: "Router", lanSwitch: "Switch" });

const provider: Station = { glyph: "n-provider", name: "provider", isBeyond: true };
const modem: Station = { glyph: "n-modem", name: "modem", isBeyond: true };
const router: Station = { glyph: "n-router", name: "router" };
const box: Station = { glyph: "n-box", name: null, isBox: true };
const lanSwitch: Station = { glyph: "n-switch", name: "lanSwitch" };

const stations: Readonly<Record<Placement, readonly Station[]>> = {
  lan: [provider, modem, router, box, lanSwitch],
  gateway: [provider, modem, box, lanSwitch],
  wan: [provider, modem, box, router],
  mirror: [provider, modem, router, lanSwitch, box],
};

interface Reach {
  readonly sees: string;
  readonly canCut: boolean;
  /** What the switch keeps from the box, in case the box did not say. */
  readonly inside: string;
}

const reach = words<Readonly<Record<Placement, Reach>>>({
  lan: {
    sees: "Every packet between a machine and the Internet, each machine by name.",
    canCut: true,
    inside: "What machines on this switch send each other.",
  },
  gateway: {
    sees: "Every packet that leaves a machine’s own switch, each machine by name.",
    canCut: true,
    inside: "What machines on this switch send each other.",
  },
  wan: {
    sees: "Every packet between the router and the Internet, under the router’s one address.",
    canCut: false,
    inside: "Which machine sent it: the router hides them.",
  },
  mirror: {
    sees: "A copy of what the switch was told to show.",
    canCut: false,
    inside: "Nothing can be stopped from here: each cut is done by hand.",
  },
});

/** The site as a line with its machines hanging from the switch, strangest first. */
export function drawnLine(site: SiteView, hosts: readonly HostView[], clock: Clock): TemplateResult {
  const placement = site.sensor.placement ?? "lan";
  const isDead = site.line?.state === "dead";
  const spots = blindSpots(site, placement);
  return html`<div class=${classMap({ line: true, [`at-${placement}`]: true, isdead: isDead })}>
      ${stations[placement].map((s, i, all) => station(s, site, isDead && s.isBeyond === true && all[i + 1]?.isBeyond !== true, checkedCaption(s, site, clock), placement, spots))}
      ${placement === "wan" ? unnamed() : drops(hosts, site)}
    </div>
    ${brackets(placement, spots, strongest(site, placement))}`;
}

function station(
  s: Station,
  site: SiteView,
  isBreak: boolean,
  checked: Caption | null,
  placement: Placement,
  spots: BlindSpots,
): TemplateResult {
  const isGone = site.line?.state === "dead" && s.isBeyond === true;
  const { text, isAddress } = checked ?? { text: caption(s, site, isGone), isAddress: false };
  return html`<div class=${classMap({ st: true, box: s.isBox === true, dead: isGone, gone: isGone })}>
    <span class="nd">${icon(s.glyph, "station")}</span><b>${s.name === null ? "Cordon" : names[s.name]}</b>
    <span class=${classMap({ "only-d": s.isBox === true, mono: isAddress })}>${text}</span>
    ${isBreak ? html`<i class="x">${icon("i-x", "s")}</i>` : nothing} ${note(s, placement, spots)}
  </div>`;
}

/** On a phone, what is and is not seen stands at its station instead of under a bracket. */
function note(s: Station, placement: Placement, spots: BlindSpots): TemplateResult | typeof nothing {
  if (s.isBox === true)
    return html`<span class="note only-p">${icon("i-eye", "s")}<span>${reach[placement].sees}</span></span>`;
  const text = s === router ? spots.outside : s === lanSwitch ? spots.inside : "";
  if (text === "") return nothing;
  return html`<span class="note only-p">${icon("i-eye-off", "s")}<span>${msg`Not seen: ${text}`}</span></span>`;
}

interface Clock {
  readonly time: TimeWords;
  readonly now: number;
}

interface Caption {
  readonly text: string;
  readonly isAddress: boolean;
}

/** What the box has seen of a station itself; null where the line's state says more, or nothing was seen. */
function checkedCaption(s: Station, { sensor, line, lineChecks }: SiteView, { time, now }: Clock): Caption | null {
  const kind = s === router ? "router" : s === provider ? "provider" : null;
  const check = kind === null ? undefined : checkOf(lineChecks, kind);
  if (check === undefined || check.state === "unseen" || sensor.state !== "online") return null;
  const isDead = line?.state === "dead";
  if (kind === "router" && !isDead && check.state === "answers" && check.address !== undefined) {
    return { text: check.address, isAddress: true };
  }
  const isHealthy = line?.state === "healthy" && line.trouble === undefined;
  const isSaid = kind === "router" || (check.state === "answers" ? isHealthy : isDead);
  return isSaid ? { text: checkWords(check, time, now), isAddress: false } : null;
}

function caption(s: Station, site: SiteView, isGone: boolean): string {
  if (s.isBox === true) return msg`placement: ${site.sensor.placement ?? msg`not known`}`;
  if (s.isBeyond !== true) return "";
  if (isGone) return s === provider ? msg`does not answer` : msg`look at its lights`;
  if (s === modem) return msg`not seen`;
  if (site.line?.trouble?.kind === "walled") return msg`its portal answers`;
  if (site.line?.trouble?.kind === "choked") return msg`choked from inside`;
  switch (site.line?.state) {
    case "healthy":
      return msg`answers`;
    case "degraded":
      return msg`answers in part`;
    case "dead":
      return msg`does not answer`;
    default:
      return msg`not judged yet`;
  }
}

function drops(hosts: readonly HostView[], site: SiteView): TemplateResult {
  const { shown, words: folded } = foldedDrops(hosts);
  const { counts } = site;
  const label = plural(
    counts.hosts,
    "{n} machine on the line: {0} infected, of which {1} stopped; {2} suspect; {3} watched; {4} clear",
    "{n} machines on the line: {0} infected, of which {1} stopped; {2} suspect; {3} watched; {4} clear",
    ...[counts.infected, counts.contained, counts.suspect, counts.watched, counts.clear],
  );
  const strangest = plural(counts.hosts, "{n} machine, strangest first", "{n} machines, strangest first");
  const caption =
    hosts.length === 0 ? msg`no machine heard yet` : folded === "" ? strangest : `${strangest}; ${folded}`;
  return html`<div class="drops" role="img" aria-label=${label}>
    <ul aria-hidden="true" class=${shown.length > 24 ? "many" : shown.length > 12 ? "some" : "few"}>
      ${shown.map((host) => drop(host, site))}
    </ul>
    <div class="lb" aria-hidden="true">
      <span>${caption}</span>
    </div>
  </div>`;
}

function drop(host: HostView, site: SiteView): TemplateResult {
  const line = lineOf(host, site.sensor);
  const kind = line.glyph === "cut" ? "cut" : line.glyph === "vec" ? "mail" : line.glyph === "slow" ? "slow" : "";
  const drawn = line.glyph === "asked" || hostState(host) === "unseen" ? "un" : kind;
  return html`<li><i class="d ${drawn} ${line.tone}"></i>${stateGlyph(hostState(host))}</li>`;
}

function unnamed(): TemplateResult {
  return html`<div class="drops unnamed"><p>${msg`Machines: not named from here.`}</p></div>`;
}

interface BlindSpots {
  readonly outside: string;
  readonly inside: string;
}

/** The box's own words, by the side of it that they speak of; where it said nothing, what its placement implies. */
function blindSpots(site: SiteView, placement: Placement): BlindSpots {
  const isInside = (text: string): boolean => /switch|machine|host/i.test(text);
  const told = site.sensor.blindSpots;
  const inside = told.filter(isInside).map(said).join(" ");
  return {
    outside: told
      .filter((text) => !isInside(text))
      .map(said)
      .join(" "),
    inside: inside === "" ? reach[placement].inside : inside,
  };
}

/** What the hardest cut of one machine comes to from where the box stands. */
function strongest({ sensor }: SiteView, placement: Placement): string {
  const level = expectedLevel({ kind: "quarantine", vector: null }, placement, sensor.canContain);
  return canCut(sensor) ? msg`Strongest cut from here: ${uncapital(level)}` : level;
}

function brackets(placement: Placement, spots: BlindSpots, level: string): TemplateResult {
  const { sees, canCut } = reach[placement];
  const notSeen = icon("i-eye-off", "s");
  return html`<div class=${classMap({ sees: true, [`at-${placement}`]: true })}>
    <div class="no">
      <b>${notSeen}${msg`Not seen`}</b
      ><br />${spots.outside === "" ? msg`What happens at the provider.` : spots.outside}
    </div>
    <div><b>${icon("i-eye", "s")}${canCut ? msg`Sees and can cut` : msg`Sees, cannot cut`}</b><br />${sees}</div>
    <div class="no"><b>${notSeen}${msg`Cannot see or stop`}</b><br />${spots.inside} ${level}</div>
  </div>`;
}
