import { mainAddress } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { HostView, SensorView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import { lineOf } from "../words/containment.ts";
import { hostName, roleWords, sentence, strangeness, verdictWords } from "../words/host.ts";
import { whoseWords } from "../words/particulars.ts";
import { lineGlyph, stateGlyph } from "./glyphs.ts";
import { msg } from "../language/message.ts";

export interface HostTableOptions {
  readonly siteId: string;
  readonly box: SensorView;
  /** The same array while nothing changed. */
  readonly hosts: readonly HostView[];
  /** Key of the row that the keyboard is on. */
  readonly selected: string | null;
  readonly onSelect: (host: string) => void;
}

/** The machines, strangest first. Each row is one link; the keyboard walks over these links. */
export function hostTable(options: HostTableOptions): TemplateResult {
  return tableOf(
    options,
    "hosts bleed",
    repeat(
      options.hosts,
      ({ host }) => host,
      (host) => hostRow(host, options),
    ),
  );
}

/** @param rows what stands in its body */
export function tableOf({ hosts }: HostTableOptions, name: string, rows: unknown): TemplateResult {
  // Roles are said again because a phone lays rows out as blocks, which would take them away.
  return html`<table class=${name} role="table" aria-rowcount=${hosts.length + 1}>
    <caption class="sr">
      ${msg`Machines by strangeness`}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col" class="h-v">${msg`Verdict`}</th>
        <th role="columnheader" scope="col" class="h-n">${msg`Machine`}</th>
        <th role="columnheader" scope="col">${msg`Why`}</th>
        <th role="columnheader" scope="col" class="num h-s">${msg`Strangeness`}</th>
        <th role="columnheader" scope="col" class="h-c">${msg`Its line`}</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

/** @param index where it stands, where not all rows are in the page */
export function hostRow(host: HostView, options: HostTableOptions, index: number | null = null): TemplateResult {
  const line = lineOf(host, options.box);
  const name = hostName(host);
  const address = mainAddress(host);
  const people = whoseWords(host);
  // The row has place for one of them: whose it is says more than what it is, and that more than who made its card.
  const role = people === "" ? roleWords(host.role) || (host.vendor ?? "") : "";
  const strange = strangeness(host.score);
  return html`<tr
    role="row"
    aria-rowindex=${index === null ? nothing : index + 2}
    class=${host.host === options.selected ? "sel" : ""}
  >
    <td role="cell" class="c-v">
      <span class="word v-${host.verdict}">${stateGlyph(host.verdict)}${verdictWords[host.verdict]}</span>
    </td>
    <td role="cell" class="c-n nm">
      <a href=${hostPath(options.siteId, host.host)} data-row @focus=${() => options.onSelect(host.host)}>
        <b>${name}</b
        ><small
          >${people === "" ? nothing : html`<span>${people}</span>`}${people !== "" || address === null || address === name ? nothing : html`<span class="mono">${address}</span>`}${role === "" ? nothing : html` <span>${role}</span>`}</small
        >
      </a>
    </td>
    <td role="cell" class="c-w wy">${host.why === "" ? "" : sentence(host.why)}</td>
    <td role="cell" class="c-s num">
      <span class="str v-${host.verdict}"
        ><span>${strange}</span
        ><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <path class="of" d="M0 0h100v4H0z"></path>
          <path d="M0 0h${strange}v4H0z"></path></svg
      ></span>
    </td>
    <td role="cell" class="c-c"><span class="ct ${line.tone}">${lineGlyph(line.glyph)}${line.text}</span></td>
  </tr>`;
}
