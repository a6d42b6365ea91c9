import { customElement, property } from "lit/decorators.js";
import type { SiteView } from "../../../src/api/view.ts";
import type { ReflexChange } from "../context/app-context.ts";
import { hostName } from "../words/host.ts";
import { counted } from "../words/number.ts";
import { budgetWords, changedWish, reflexPortWords } from "../words/reflex.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";

/** Asks before the reflex of a site is changed, and for the reason. */
@customElement("reflex-sheet")
class ReflexSheet extends ChangeSheet {
  @property({ attribute: false }) change!: ReflexChange;

  protected override _change(reason: string): Promise<void> {
    const { app, site, change } = this;
    return this._submit(() => app.actions.setReflex(site.id, changedWish(site.reflex.wish, change), reason));
  }

  protected override _changeWords(): ChangeWords {
    const { change, site } = this;
    if (change.kind === "mode") return change.mode === "enforce" ? enforceWords(site) : dryWords;
    const host = site.hosts.find(({ mac }) => mac === change.host);
    const name = host === undefined ? change.host : hostName(host);
    return change.isExempt ? exemptWords(name) : endWords(name, site);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "reflex-sheet": ReflexSheet;
  }
}

function enforceWords({ reflex, hosts }: SiteView): ChangeWords {
  const met = (reflex.reported?.hosts ?? []).filter(({ passed }) => passed > 0);
  const nameOf = (mac: string): string => {
    const host = hosts.find((each) => each.mac === mac);
    return host === undefined ? mac : hostName(host);
  };
  const names = met.slice(0, 3).map(({ host }) => nameOf(host));
  const others = met.length > names.length ? ` and ${met.length - names.length} more` : "";
  return {
    title: "Stop what goes beyond the budget?",
    level: budgetWords(reflex.wish),
    consequences: [
      [
        "i-eye",
        "The dry run so far",
        met.length === 0
          ? "it has met nobody, and would have stopped nothing."
          : `${counted(reflex.reported?.passed ?? 0, "packet")} of ${names.join(", ")}${others} would have been stopped. Exempt whoever is innocent first.`,
      ],
      [
        "i-unplug",
        "Stops",
        `new targets beyond the budget, of every machine that is not exempt: ${reflexPortWords()}.`,
      ],
      [
        "i-check",
        "Still works",
        "every connection that stands, all of the web, and whatever answered in the last five minutes.",
      ],
      ["i-user", "Not told", "by Cordon: whoever works there. They are named on this page."],
    ],
    reason: "The dry run met nobody innocent",
    button: "Stop what goes beyond",
  };
}

const dryWords: ChangeWords = {
  title: "Only count again?",
  level: "A worm is then bounded by nobody until somebody cuts its machine off.",
  consequences: [
    ["i-eye", "Goes on", "what goes beyond the budget is counted, and named on this page."],
    ["i-hand", "Throttles and cuts", "stay as they are."],
  ],
  reason: "It stopped somebody innocent",
  button: "Only count",
};

function exemptWords(name: string): ChangeWords {
  return {
    title: `Exempt ${name} from the reflex?`,
    level: `Nothing of ${name} is counted or stopped by the reflex, whatever it tries.`,
    consequences: [
      [
        "i-check",
        "For machines",
        "that have many new targets by their work: monitoring, backup, a scanner of your own.",
      ],
      ["i-eye", "Goes on", "Cordon judges it like any other, and you can cut it off."],
    ],
    reason: "It has many new targets by its work",
    button: `Exempt ${name}`,
  };
}

function endWords(name: string, { reflex }: SiteView): ChangeWords {
  return {
    title: `End the exemption of ${name}?`,
    level: `${name} then has the budget that all have.`,
    consequences: [
      [
        "i-eye",
        "Beyond it",
        reflex.wish.mode === "enforce" ? "its new targets are stopped." : "its new targets are counted, not stopped.",
      ],
    ],
    reason: "It needs no exemption any more",
    button: "End the exemption",
  };
}
