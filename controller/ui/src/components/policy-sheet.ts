import { customElement, property } from "lit/decorators.js";
import { rungOf, type Policy } from "@cordon/contract";
import type { SiteView } from "../../../src/api/view.ts";
import type { PolicyChange } from "../context/app-context.ts";
import { hostName } from "../words/host.ts";
import { effectOf, effectWords, policyWords, sparedWords } from "../words/policy.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";

/** Asks before it is changed what the box does by itself, and for the reason. */
@customElement("policy-sheet")
class PolicySheet extends ChangeSheet {
  @property({ attribute: false }) change!: PolicyChange;

  protected override _change(reason: string): Promise<void> {
    const { app, site, change } = this;
    return this._submit(() =>
      change.kind === "policy"
        ? app.actions.setPolicy(site.id, change.policy, reason)
        : app.actions.withdrawPardon(site.id, change.host, reason),
    );
  }

  protected override _changeWords(): ChangeWords {
    const { change, site } = this;
    return change.kind === "policy" ? policyChange(site, change.policy) : withdrawal(site, change.host);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "policy-sheet": PolicySheet;
  }
}

const reasons: Readonly<Record<Policy, string>> = {
  observe: "A person decides from now on",
  guard: "Nobody watches at all times",
  contain: "Nobody watches at all times",
};

function policyChange(site: SiteView, policy: Policy): ChangeWords {
  const { title, text } = policyWords[policy];
  const effect = effectOf(site, policy);
  const level = effect === null ? "What it would do now is not known." : effectWords(effect, false);
  const acts: ChangeWords["consequences"] = [
    ["i-hand", "From now on", text],
    ["i-check", "Spared", sparedWords.replace(/^Never by itself: /, "")],
    [
      "i-x",
      "Ends",
      "a day after it was last warranted, or when you release the machine. It goes on with the line dead.",
    ],
    ["i-user", "Nobody is told", "but on this page: call whoever works at a machine that it takes."],
  ];
  const rests: ChangeWords["consequences"] = [
    ["i-eye", "Goes on", "Cordon judges, and names who is suspect or infected."],
    ["i-hand", "Stays", "whatever a person has asked for."],
  ];
  return {
    title: policy === "observe" ? "Only observe?" : `Let Cordon ${policy} by itself?`,
    level,
    consequences: policy === "observe" ? rests : acts,
    reason: reasons[policy],
    button: `Choose ${title.toLowerCase()}`,
  };
}

function withdrawal(site: SiteView, mac: string): ChangeWords {
  const host = site.hosts.find((each) => each.host === mac);
  const name = host === undefined ? mac : hostName(host);
  const isDue = host !== undefined && rungOf(site.policy, host) !== null;
  return {
    title: `Take back that Cordon leaves ${name} alone?`,
    level: isDue
      ? `By its verdict, ${name} is taken at once.`
      : `${name} is then treated like any other machine; nothing is due now.`,
    consequences: [["i-eye", "Policy", `${policyWords[site.policy].title}. ${policyWords[site.policy].text}`]],
    reason: "It is no exception any more",
    button: "Take it back",
  };
}
