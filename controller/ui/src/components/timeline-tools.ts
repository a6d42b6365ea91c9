import { html, type TemplateResult } from "lit";
import type { TimelineKind, TimelineSummary } from "../../../src/api/timeline-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { timelineKinds, type TimelineFilter } from "../app/timeline-filter.ts";
import { msg } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { count } from "../words/number.ts";
import { icon } from "./glyphs.ts";
import { kindWords } from "../words/timeline.ts";

interface ToolOptions {
  readonly site: SiteView;
  readonly filter: TimelineFilter;
  /** Null until it is known. */
  readonly summary: TimelineSummary | null;
  readonly now: number;
  /** On a phone: whether all of it is shown. */
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  /** Links to the files of what is shown. */
  readonly files: TemplateResult;
  readonly onFilter: (change: Partial<TimelineFilter>) => void;
}

const hourMs = 3_600_000;
// Machines to choose from: those that anything is the matter with. Every other is found by its name.
const machinesOffered = 100;

/** What is shown of a time line, and what else might be. */
export function timelineTools(options: ToolOptions): TemplateResult {
  const { filter, summary, onFilter } = options;
  const total = summary === null ? null : Object.values(summary.counts).reduce((sum, each) => sum + each, 0);
  const search = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = new FormData(event.target as HTMLFormElement).get("text");
    onFilter({ text: typeof text === "string" ? text.trim() : "" });
  };
  return html`<div class=${options.isOpen ? "tl-tools open" : "tl-tools"}>
    <div class="chips" role="group" aria-label=${msg`Show kinds`}>
      <button class="chip only-p" aria-expanded=${options.isOpen ? "true" : "false"} @click=${options.onOpen}>
        ${icon("i-sliders", "s")}${msg`More`}
      </button>
      ${chip(msg`All`, total, filter.kinds.length === 0, () => onFilter({ kinds: [] }))}
      ${timelineKinds.map((kind) =>
        chip(kindWords[kind], summary === null ? null : (summary.counts[kind] ?? 0), filter.kinds.includes(kind), () =>
          onFilter({ kinds: toggled(filter.kinds, kind) }),
        ),
      )}
    </div>
    <form class="end" role="search" @submit=${search}>
      ${machineChoice(options)} ${personChoice(options)} ${timeChoice(options)}
      <input
        class="in"
        type="search"
        name="text"
        maxlength="100"
        aria-label=${msg`Find in the time line`}
        placeholder=${msg`Find a word`}
        .value=${filter.text}
        @search=${(event: Event) => (event.target as HTMLInputElement).form?.requestSubmit()}
      />
      <span class="files only-p">${options.files}</span>
    </form>
  </div>`;
}

function chip(word: string, number: number | null, isPressed: boolean, onPress: () => void): TemplateResult {
  return html`<button class="chip" aria-pressed=${isPressed ? "true" : "false"} @click=${onPress}>
    ${number === null ? "" : html`<b>${count(number)}</b>`}${word}
  </button>`;
}

function toggled(kinds: readonly TimelineKind[], kind: TimelineKind): readonly TimelineKind[] {
  const others = kinds.filter((each) => each !== kind);
  const chosen =
    others.length === kinds.length ? timelineKinds.filter((each) => each === kind || kinds.includes(each)) : others;
  // All of them is no choice.
  return chosen.length === timelineKinds.length ? [] : chosen;
}

function machineChoice({ site, filter, onFilter }: ToolOptions): TemplateResult {
  const strange = site.hosts.filter(
    ({ host, verdict, containments }) => host === filter.host || verdict !== "clear" || containments.length > 0,
  );
  const choices = strange.slice(0, machinesOffered).map((host) => [host.host, hostName(host)] as const);
  const isThere = filter.host === null || choices.some(([host]) => host === filter.host);
  const all = isThere || filter.host === null ? choices : [...choices, [filter.host, filter.host] as const];
  return choice(msg`Machine`, msg`All machines`, filter.host, all, (host) => onFilter({ host }));
}

function personChoice({ summary, filter, onFilter }: ToolOptions): TemplateResult {
  const people = [...new Set([...(summary?.people ?? []), ...(filter.person === null ? [] : [filter.person])])];
  const choices = people.map((person) => [person, person] as const);
  return choice(msg`Person`, msg`Everybody`, filter.person, choices, (person) => onFilter({ person }));
}

function timeChoice({ filter, now, onFilter }: ToolOptions): TemplateResult {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const spans: readonly (readonly [string, string, number])[] = [
    ["hour", msg`The last hour`, now - hourMs],
    ["today", msg`Today`, midnight],
    ["week", msg`The last 7 days`, midnight - 6 * 24 * hourMs],
  ];
  const chosen = filter.from === null ? null : filter.to === null && filter.from === midnight ? "today" : "own";
  const choices = spans.map(([key, word]) => [key, word] as const);
  const own = chosen === "own" ? [["own", spanText(filter)] as const] : [];
  return choice(msg`Time`, msg`All times`, chosen, [...own, ...choices], (key) => {
    const span = spans.find(([each]) => each === key);
    if (key !== "own") onFilter({ from: span?.[2] ?? null, to: null });
  });
}

/** "30/11/2026, 14:02 – now" */
function spanText({ from, to }: TimelineFilter): string {
  const text = (at: number | null): string =>
    at === null ? msg`now` : new Date(at).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
  return `${text(from)} – ${text(to)}`;
}

function choice(
  label: string,
  none: string,
  value: string | null,
  choices: readonly (readonly [value: string, word: string])[],
  onChoice: (value: string | null) => void,
): TemplateResult {
  return html`<select
    class="chip"
    aria-label=${label}
    @change=${(event: Event) => onChoice((event.target as HTMLSelectElement).value || null)}
  >
    <option value="" ?selected=${value === null}>${none}</option>
    ${choices.map(([key, word]) => html`<option value=${key} ?selected=${key === value}>${word}</option>`)}
  </select>`;
}
