import { html, noChange, nothing, type ElementPart, type TemplateResult } from "lit";
import { Directive, directive, PartType, type PartInfo } from "lit/directive.js";
import type { SiteView } from "../../../src/api/view.ts";
import type { App } from "../context/app-context.ts";
import { msg, words } from "../language/message.ts";

/** A right of the API that pages ask for; `set` is `act` where only the centre does it. */
export type NeededRight = "act" | "set" | "search" | "record" | "withdraw" | "run";

const reasons = words<Readonly<Record<NeededRight, string>>>({
  act: "Your account looks and changes nothing. A technician can do this.",
  set: "Your account looks and changes nothing. A technician can do this.",
  search: "Your account looks nothing up. A technician can do this.",
  record: "Your account has no packets recorded. A technician can do this.",
  withdraw: "Your account takes nothing back from a box. A technician can do this.",
  run: "An owner can do this.",
});

/** Why somebody may not do something; null where nothing stands against it. */
export function whyNot({ state: { session, place } }: App, right: NeededRight): string | null {
  if (session.kind !== "signed-in") return null;
  const isAtBox = place?.kind === "box";
  if (!session.rights.includes(right === "set" && !isAtBox ? "act" : right)) {
    return isAtBox ? msg`This is done at the centre, not at the box.` : reasons[right];
  }
  return right === "act" && isAtBox && place.actsUntil === null
    ? msg`The centre has not allowed this box to act by itself, or not lately.`
    : null;
}

/** Whether somebody may ask the box of a site for what its log holds, and it can be asked. */
export function mayLookUp(app: App, site: SiteView): boolean {
  return app.state.session.kind === "signed-in" && whyNot(app, "search") === null && site.sensor.state === "online";
}

/** The reason beside what is disabled, where it can be read without a mouse. */
export function whyNotLine(app: App, right: NeededRight): TemplateResult | typeof nothing {
  const reason = whyNot(app, right);
  return reason === null ? nothing : html`<p class="cap why-not">${reason}</p>`;
}

/** The same for what only the centre does; elsewhere the banner says it of the whole page. */
export function centreLine(app: App): TemplateResult | typeof nothing {
  return app.state.place?.kind === "box" ? whyNotLine(app, "set") : nothing;
}

class Needs extends Directive {
  #isWithheld = false;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new TypeError("a right is needed by an element");
  }

  override update({ element }: ElementPart, [app, right]: Parameters<this["render"]>): unknown {
    const reason = whyNot(app, right);
    const disabled = reason !== null;
    // A box may be allowed again while its page is open.
    if (disabled || this.#isWithheld) Object.assign(element, { disabled, title: reason ?? "" });
    this.#isWithheld = disabled;
    return noChange;
  }

  render(_app: App, _right: NeededRight): unknown {
    return noChange;
  }
}

/** Disables a button for whom it is not, and says why; stands behind `?disabled` where there is one. */
export const needs = directive(Needs);
