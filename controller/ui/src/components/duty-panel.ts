import { byWhom } from "../words/author.ts";
import { html, nothing, type TemplateResult } from "lit";
import type { HostView } from "../../../src/api/view.ts";
import type { App } from "../context/app-context.ts";
import { wordsOfDuty } from "../words/duty.ts";
import { sentence, uncapital } from "../words/host.ts";
import { centreLine, needs } from "./right.ts";
import { momentTag } from "./time.ts";
import { msg } from "../language/message.ts";

/** What a person said that a machine is for, who and when; and what says it, or takes it back. */
export function hostDuty(app: App, host: HostView): TemplateResult | typeof nothing {
  if (host.mac === null) return nothing;
  const { duty } = host;
  const { now, time } = app.state;
  const open = (isEnd: boolean) => () => app.actions.open({ kind: "duty", host: host.host, isEnd });
  return html`<section class="reflex" aria-labelledby="duty-heading">
    <div class="head">
      <h2 id="duty-heading">${msg`What it is for`}</h2>
      <span class="r">${duty === null ? msg`nobody said` : uncapital(wordsOfDuty(duty.duty).label)}</span>
    </div>
    ${
      duty === null
        ? html`<p>${whatWouldChange(host)}</p>
            <button class="btn sm" ${needs(app, "set")} @click=${open(false)}>${msg`Say what it is for…`}</button>`
        : html`<p>${msg`${wordsOfDuty(duty.duty).does} What belongs to that is not weighed against it.`}</p>
            <p class="cap">
              ${byWhom(duty.author)}, ${momentTag(duty.at, now, time)}. ${sentence(duty.reason)}
              ${duty.isFollowed ? nothing : msg`The box has not confirmed.`}
            </p>
            <button class="btn sm" ${needs(app, "set")} @click=${open(false)}>${msg`Say otherwise…`}</button>
            <button class="btn sm" ${needs(app, "set")} @click=${open(true)}>${msg`Take that back…`}</button>`
    }
    ${centreLine(app)}
  </section>`;
}

/** What a person may know that the judge cannot. */
function whatWouldChange({ verdict, class: kind }: HostView): string {
  if (verdict !== "clear" && kind === "mass-mailer") {
    return msg`What would change this: a program for newsletters that somebody here knows of. Said to hand over mail, the machine is judged without its calls to the mail servers of many providers.`;
  }
  return msg`Some work looks like an infected machine’s: watching others, looking for weak spots, fetching backups, handing over mail. Only a person can say whose it is.`;
}
