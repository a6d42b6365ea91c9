import { customElement, property } from "lit/decorators.js";
import { rungOf, type Policy } from "@cordon/contract";
import type { SiteView } from "../../../src/api/view.ts";
import type { PolicyChange } from "../context/app-context.ts";
import { hostName, uncapital } from "../words/host.ts";
import { effectOf, effectWords, policyWords } from "../words/policy.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { msg, words } from "../language/message.ts";

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

const reasons = words<Readonly<Record<Policy, string>>>({
  observe: "A person decides from now on",
  guard: "Nobody watches at all times",
  contain: "Nobody watches at all times",
});

function policyChange(site: SiteView, policy: Policy): ChangeWords {
  const { title, text } = policyWords[policy];
  const effect = effectOf(site, policy);
  const level = effect === null ? msg`What it would do now is not known.` : effectWords(effect, false);
  const acts: ChangeWords["consequences"] = [
    ["i-hand", msg`From now on`, text],
    [
      "i-check",
      msg`Spared`,
      msg`gateways, resolvers, machines somebody declared a server, and whom a person released.`,
    ],
    [
      "i-x",
      msg`Ends`,
      msg`a day after it was last warranted, or when you release the machine. It goes on with the line dead.`,
    ],
    ["i-user", msg`Nobody is told`, msg`but on this page: call whoever works at a machine that it takes.`],
  ];
  const rests: ChangeWords["consequences"] = [
    ["i-eye", msg`Goes on`, msg`Cordon judges, and names who is suspect or infected.`],
    ["i-hand", msg`Stays`, msg`whatever a person has asked for.`],
  ];
  return {
    title:
      policy === "observe"
        ? msg`Only observe?`
        : policy === "guard"
          ? msg`Let Cordon guard by itself?`
          : msg`Let Cordon contain by itself?`,
    level,
    consequences: policy === "observe" ? rests : acts,
    reason: reasons[policy],
    button: msg`Choose ${uncapital(title)}`,
  };
}

function withdrawal(site: SiteView, mac: string): ChangeWords {
  const host = site.hosts.find((each) => each.host === mac);
  const name = host === undefined ? mac : hostName(host);
  const isDue = host !== undefined && rungOf(site.policy, host) !== null;
  return {
    title: msg`Take back that Cordon leaves ${name} alone?`,
    level: isDue
      ? msg`By its verdict, ${name} is taken at once.`
      : msg`${name} is then treated like any other machine; nothing is due now.`,
    consequences: [["i-eye", msg`Policy`, `${policyWords[site.policy].title}. ${policyWords[site.policy].text}`]],
    reason: msg`It is no exception any more`,
    button: msg`Take it back`,
  };
}
