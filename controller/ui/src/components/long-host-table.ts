import type { TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { HostView } from "../../../src/api/view.ts";
import { currentLanguage } from "../language/message.ts";
import { hostRow, tableOf, type HostTableOptions } from "./host-table.ts";
import { LightElement } from "./light-element.ts";
import { RowWindow } from "./row-window.ts";

/** The table of so many machines that not all of their rows are in the page. */
@customElement("long-host-table")
class LongHostTable extends LightElement {
  @property({ attribute: false, hasChanged: isOther }) options!: HostTableOptions;

  private readonly _window = new RowWindow<HostView>(this, {
    keyOf: ({ host }) => host,
    guessPx: 49,
    list: () => this.querySelector("tbody"),
  });

  protected override render(): TemplateResult {
    const { options } = this;
    const { hosts, selected, box } = options;
    const { first, end } = this._window.take(hosts);
    const shown = hosts.slice(first, end).map((host, place) => ({ host, index: first + place }));
    const rows = repeat(
      shown,
      ({ host }) => host.host,
      ({ host, index }) =>
        guard([host, index, host.host === selected, box, currentLanguage()], () => hostRow(host, options, index)),
    );
    return tableOf(options, "hosts bleed virtual", rows);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "long-host-table": LongHostTable;
  }
}

/** Whether a table says something else. */
function isOther(now: HostTableOptions, before: HostTableOptions | undefined): boolean {
  return (
    before === undefined ||
    now.hosts !== before.hosts ||
    now.box !== before.box ||
    now.selected !== before.selected ||
    now.siteId !== before.siteId
  );
}
