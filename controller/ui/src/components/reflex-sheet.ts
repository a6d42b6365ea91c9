import { customElement, property } from "lit/decorators.js";
import type { SiteView } from "../../../src/api/view.ts";
import type { ReflexChange } from "../context/app-context.ts";
import { hostName } from "../words/host.ts";
import { joined } from "../words/list.ts";
import { budgetWords, changedWish, reflexPortWords } from "../words/reflex.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { msg, plural } from "../language/message.ts";

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
    if (change.kind === "mode") return change.mode === "enforce" ? enforceWords(site) : dryWords();
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
  const shown = met.length > names.length ? [...names, msg`${met.length - names.length} more`] : names;
  return {
    title: msg`Stop what goes beyond the budget?`,
    level: budgetWords(reflex.wish),
    consequences: [
      [
        "i-eye",
        msg`The dry run so far`,
        met.length === 0
          ? msg`it has met nobody, and would have stopped nothing.`
          : plural(
              reflex.reported?.passed ?? 0,
              "{n} packet of {0} would have been stopped. Exempt whoever is innocent first.",
              "{n} packets of {0} would have been stopped. Exempt whoever is innocent first.",
              joined(shown),
            ),
      ],
      [
        "i-unplug",
        msg`Stops`,
        msg`new targets beyond the budget, of every machine that is not exempt: ${reflexPortWords()}.`,
      ],
      [
        "i-check",
        msg`Still works`,
        msg`every connection that stands, all of the web, and whatever answered in the last five minutes.`,
      ],
      ["i-user", msg`Not told`, msg`by Cordon: whoever works there. They are named on this page.`],
    ],
    reason: msg`The dry run met nobody innocent`,
    button: msg`Stop what goes beyond`,
  };
}

function dryWords(): ChangeWords {
  return {
    title: msg`Only count again?`,
    level: msg`A worm is then bounded by nobody until somebody cuts its machine off.`,
    consequences: [
      ["i-eye", msg`Goes on`, msg`what goes beyond the budget is counted, and named on this page.`],
      ["i-hand", msg`Throttles and cuts`, msg`stay as they are.`],
    ],
    reason: msg`It stopped somebody innocent`,
    button: msg`Only count`,
  };
}

function exemptWords(name: string): ChangeWords {
  return {
    title: msg`Exempt ${name} from the reflex?`,
    level: msg`Nothing of ${name} is counted or stopped by the reflex, whatever it tries.`,
    consequences: [
      [
        "i-check",
        msg`For machines`,
        msg`that have many new targets by their work: monitoring, backup, a scanner of your own.`,
      ],
      ["i-eye", msg`Goes on`, msg`Cordon judges it like any other, and you can cut it off.`],
    ],
    reason: msg`It has many new targets by its work`,
    button: msg`Exempt ${name}`,
  };
}

function endWords(name: string, { reflex }: SiteView): ChangeWords {
  return {
    title: msg`End the exemption of ${name}?`,
    level: msg`${name} then has the budget that all have.`,
    consequences: [
      [
        "i-eye",
        msg`Beyond it`,
        reflex.wish.mode === "enforce"
          ? msg`its new targets are stopped.`
          : msg`its new targets are counted, not stopped.`,
      ],
    ],
    reason: msg`It needs no exemption any more`,
    button: msg`End the exemption`,
  };
}
