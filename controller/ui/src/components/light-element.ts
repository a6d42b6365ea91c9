import { LitElement } from "lit";

/**
 * An element that renders into the page itself: all parts share one style sheet, one sprite and
 * one heading order, and labels may point at controls of another part.
 */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
