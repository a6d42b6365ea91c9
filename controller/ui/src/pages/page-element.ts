import { consume } from "@lit/context";
import { property } from "lit/decorators.js";
import type { Command } from "../app/keys.ts";
import { LightElement } from "../components/light-element.ts";
import { appContext, type App } from "../context/app-context.ts";

/** A page: renders what the application knows, and takes the keys that concern it. */
export abstract class PageElement extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;

  /** Carries out a key's command where the page knows it. */
  abstract onCommand(command: Command): void;

  /** Moves the focus to the next (1) or previous (-1) row's link. */
  protected _moveRow(by: 1 | -1): void {
    const rows = [...this.querySelectorAll<HTMLElement>("[data-row]")];
    const at = rows.findIndex((row) => row === document.activeElement || row.closest("tr")?.classList.contains("sel"));
    const next = at === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    rows[next]?.focus();
    rows[next]?.closest("tr")?.scrollIntoView({ block: "nearest" });
  }
}
