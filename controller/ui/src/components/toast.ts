import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { LightElement } from "./light-element.ts";
import { msg } from "../language/message.ts";

/** What is said when the box has confirmed something. */
export interface ToastMessage {
  readonly text: string;
  /** Null where it cannot be taken back. */
  readonly undo: (() => void) | null;
}

const stayMs = 10_000;

/** Shows one message for ten seconds, and for as long as it is pointed at or holds the focus. */
@customElement("cordon-toast")
class Toast extends LightElement {
  @property({ attribute: false }) message: ToastMessage | null = null;
  @property({ attribute: false }) onGone: () => void = () => undefined;

  private _timer: ReturnType<typeof setTimeout> | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this._hold();
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has("message")) this._leaveLater();
  }

  protected override render(): TemplateResult {
    const { message } = this;
    return html`<div role="status">
      ${
        message === null
          ? nothing
          : html`<div
              class="toast"
              @focusin=${() => this._hold()}
              @focusout=${() => this._leaveLater()}
              @pointerenter=${() => this._hold()}
              @pointerleave=${() => this._leaveLater()}
            >
              <span>${message.text}</span>
              ${message.undo === null ? nothing : html`<button class="btn sm" @click=${message.undo}>${msg`Undo`}</button>`}
            </div>`
      }
    </div>`;
  }

  private _hold(): void {
    if (this._timer !== null) clearTimeout(this._timer);
    this._timer = null;
  }

  private _leaveLater(): void {
    this._hold();
    if (this.message !== null) this._timer = setTimeout(() => this.onGone(), stayMs);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cordon-toast": Toast;
  }
}
