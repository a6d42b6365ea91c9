import { html, nothing, type TemplateResult } from "lit";
import type { ChannelView, TestOutcome } from "../../../src/api/notification-view.ts";
import { kindWords, termsWords, waitingWords } from "../words/notification.ts";
import type { Trouble } from "../app/trouble.ts";
import { said } from "../language/said.ts";
import { msg, rich } from "../language/message.ts";

/** What came of the last press of a test button. */
export type TestState = "busy" | TestOutcome | Trouble;

export interface ChannelRowParts {
  readonly channel: ChannelView;
  readonly siteNames: ReadonlyMap<string, string>;
  /** Null before the first test. */
  readonly test: TestState | null;
  readonly onTest: () => void;
  readonly onChange: () => void;
}

/** One channel: where it leads, what goes there, and whether it works. */
export function channelRow({ channel, siteNames, test, onTest, onChange }: ChannelRowParts): TemplateResult {
  const waiting = waitingWords(channel);
  return html`<li class=${channel.isEnabled ? "channel" : "channel off"}>
    <div class="what">
      <h3>${channel.name}</h3>
      <p class="cap">${rich`${kindWords[channel.kind]} to ${html`<span class="mono">${channel.target}</span>`}`}</p>
      <p>${termsWords(channel, siteNames)}</p>
      ${waiting === "" ? nothing : html`<p><b>${waiting}</b></p>`}
      <div aria-live="polite">${testNote(test)}</div>
    </div>
    <div class="btns">
      <button
        class="btn sm"
        ?disabled=${test === "busy"}
        aria-label=${msg`Send a test to ${channel.name}`}
        @click=${onTest}
      >
        ${test === "busy" ? msg`Sending…` : msg`Send a test`}
      </button>
      <button class="btn sm" aria-label=${msg`Change ${channel.name}…`} @click=${onChange}>${msg`Change…`}</button>
    </div>
  </li>`;
}

function testNote(test: TestState | null): TemplateResult | typeof nothing {
  if (test === null || test === "busy") return nothing;
  if ("cause" in test) return html`<p class="refusal"><b>${test.cause}</b> ${test.next}</p>`;
  return test.isDelivered
    ? html`<p class="taken"><b>${msg`The test is there.`}</b> ${said(test.answer)}</p>`
    : html`<p class="refusal"><b>${msg`The test did not get there.`}</b> ${said(test.answer)}</p>`;
}
