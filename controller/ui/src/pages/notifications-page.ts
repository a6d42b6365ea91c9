import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { ChannelView, DeliveryView } from "../../../src/api/notification-view.ts";
import type { Command } from "../app/keys.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { channelRow, type TestState } from "../components/channel-row.ts";
import { pageSentence } from "../components/page-sentence.ts";
import { momentTag } from "../components/time.ts";
import { foot } from "../components/top-bar.ts";
import { deliveryWords, notificationSentence } from "../words/notification.ts";
import { PageElement } from "./page-element.ts";
import { topOf } from "./page-top.ts";
import { unanswered } from "./waiting.ts";
import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";

// What is on its way gets there within seconds, or not for minutes.
const lookEveryMs = 4000;

/** Who is told what was found: channels, whether they work, and what went out last. */
@customElement("notifications-page")
class NotificationsPage extends PageElement {
  @state() private _channels: readonly ChannelView[] | null = null;
  @state() private _deliveries: readonly DeliveryView[] = [];
  @state() private _trouble: Trouble | null = null;
  @state() private _tests: ReadonlyMap<string, TestState> = new Map();
  private _timer: number | null = null;
  private _hadSheet = false;
  private _wasSignedIn = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this._timer = window.setInterval(() => void this._look(), lookEveryMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._timer !== null) window.clearInterval(this._timer);
    this._timer = null;
  }

  override onCommand(command: Command): void {
    if (command === "step" && this._channels?.length === 0) this._open(null);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { sheet, session } = this.app.state;
    // Where the address leads here at once, it is not known at first who asks.
    const isSignedIn = session.kind === "signed-in";
    if (isSignedIn && !this._wasSignedIn) void this._look();
    this._wasSignedIn = isSignedIn;
    const hasSheet = sheet !== null;
    // Whatever was changed in it shows at once.
    if (this._hadSheet && !hasSheet) void this._look();
    this._hadSheet = hasSheet;
  }

  protected override render(): TemplateResult {
    const channels = this._channels;
    if (channels === null) return unanswered(this.app, msg`Notifications`, this._trouble);
    return html`${topOf(this.app, msg`Notifications`)}
      <main>${this._content(channels)} ${foot(this.app)}</main>`;
  }

  private _content(channels: readonly ChannelView[]): TemplateResult {
    const siteNames = new Map((this.app.state.sites ?? []).map(({ id, name }) => [id, name]));
    const step = html`<button class="btn pri" @click=${() => this._open(null)}>${msg`Add a channel…`}</button>`;
    return html`${pageSentence(notificationSentence(channels, this._deliveries), { step })}
    ${
      channels.length === 0
        ? nothing
        : html`<section class="channels" aria-labelledby="channels-heading">
            <div class="head"><h2 id="channels-heading">${msg`Channels`}</h2></div>
            <ul>
              ${repeat(
                channels,
                ({ id }) => id,
                (channel) =>
                  channelRow({
                    ...{ channel, siteNames, test: this._tests.get(channel.id) ?? null },
                    onTest: () => void this._test(channel),
                    onChange: () => this._open(channel),
                  }),
              )}
            </ul>
          </section>`
    }
    ${this._lastDeliveries(channels)}`;
  }

  private _lastDeliveries(channels: readonly ChannelView[]): TemplateResult | typeof nothing {
    if (channels.length === 0) return nothing;
    const { now, time } = this.app.state;
    const nameOf = (id: string): string => channels.find((channel) => channel.id === id)?.name ?? id;
    return html`<section class="reflex deliveries" aria-labelledby="deliveries-heading">
      <div class="head">
        <h2 id="deliveries-heading">${msg`Last messages`}</h2>
        <span class="r">${msg`kept for 30 days`}</span>
      </div>
      ${
        this._deliveries.length === 0
          ? html`<p class="none">${msg`Nothing went out yet. A test shows whether it would.`}</p>`
          : html`<ul class="met">
              ${this._deliveries.slice(0, 30).map(
                (delivery) =>
                  html`<li class=${delivery.state}>
                    ${momentTag(delivery.createdAt, now, time)} <b>${said(delivery.title)}</b>
                    <span>${msg`to ${nameOf(delivery.channelId)}. ${deliveryWords(delivery, time, now)}`}</span>
                  </li>`,
              )}
            </ul>`
      }
    </section>`;
  }

  private _open(channel: ChannelView | null): void {
    this.app.actions.open({ kind: "channel", channel });
  }

  private async _look(): Promise<void> {
    const { session } = this.app.state;
    if (session.kind !== "signed-in") return;
    try {
      const [channels, deliveries] = await this.app.actions.notifications((api) =>
        Promise.all([api.channels(), api.deliveries()]),
      );
      this._channels = channels;
      this._deliveries = deliveries;
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }

  private async _test({ id }: ChannelView): Promise<void> {
    const note = (test: TestState): void => {
      this._tests = new Map([...this._tests, [id, test]]);
    };
    note("busy");
    try {
      note(await this.app.actions.notifications((api) => api.testChannel(id)));
    } catch (error) {
      note(troubleOf(error));
    }
    await this._look();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "notifications-page": NotificationsPage;
  }
}
