import { LitElement } from "lit";
import { onLanguage } from "../language/message.ts";

/**
 * An element that renders into the page itself: all parts share one style sheet, one sprite and
 * one heading order, and labels may point at controls of another part. Rendered anew where the
 * language changes.
 */
export class LightElement extends LitElement {
  private _offLanguage: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this._offLanguage = onLanguage(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this._offLanguage();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
