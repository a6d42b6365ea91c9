import { customElement, property } from "lit/decorators.js";
import { msg } from "../language/message.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";

/** Asks before a box may do nothing by itself any more, or may again, and for the reason. */
@customElement("delegation-sheet")
class DelegationSheet extends ChangeSheet {
  @property({ attribute: false }) isAllowed!: boolean;

  protected override _change(reason: string): Promise<void> {
    const { app, site, isAllowed } = this;
    return this._submit(() => app.actions.ask(site.id, (api) => api.setDelegation({ isAllowed, reason })));
  }

  protected override _changeWords(): ChangeWords {
    if (this.isAllowed) {
      return {
        title: msg`Let the box act by itself?`,
        level: msg`Whoever knows the PIN of its label may cut and release at the box, while the line is dead or beside you.`,
        consequences: [
          [
            "i-check",
            msg`Ends`,
            msg`three days after the box last heard this centre, and what was cut there with it; what was let go there stays so until this centre has answered.`,
          ],
          ["i-eye", msg`Told`, msg`who did what there, once the line is back.`],
        ],
        reason: msg`Somebody is there while the line is dead`,
        button: msg`Let it`,
      };
    }
    return {
      title: msg`Let the box do nothing by itself?`,
      level: msg`At the box people see the site still, and look nothing up and change nothing. A box whose line is dead hears of it when the line is back.`,
      consequences: [
        ["i-hand", msg`Stays`, msg`what was asked for there and has been handed back: it is this centre’s now.`],
        ["i-x", msg`Then`, msg`with the line dead nobody can cut or release a machine of this site.`],
      ],
      reason: msg`The PIN is known to somebody who should not have it`,
      button: msg`Let it do nothing`,
    };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "delegation-sheet": DelegationSheet;
  }
}
