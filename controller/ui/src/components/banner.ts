import { html, nothing, type TemplateResult } from "lit";
import type { AppState } from "../context/app-context.ts";
import type { SensorView } from "../../../src/api/view.ts";
import { sitePath } from "../app/route.ts";
import { placeWords } from "../words/at-box.ts";
import { doubtsOf, healthWords, worstHealth } from "../words/box-health.ts";
import { sentence } from "../words/host.ts";
import { icon } from "./glyphs.ts";
import { msg, plural } from "../language/message.ts";

interface Banner {
  readonly title: string;
  readonly text: string;
  readonly link?: { readonly text: string; readonly path: string };
}

/** The one banner of a page, worst first: centre unreachable, box silent, simulated, the box's own trouble. */
export function bannerOf(
  state: Pick<AppState, "trouble" | "asOf" | "now" | "time" | "session" | "place">,
  box: SensorView | null,
): Banner | null {
  if (state.trouble !== null && state.asOf !== null) {
    return {
      title: state.trouble.cause,
      text: msg`What you see is as of ${state.time.clockWithZone(state.asOf)}. ${state.trouble.next}`,
    };
  }
  if (state.place?.kind === "box") {
    const { title, text } = placeWords(state.place, state.now, state.time);
    const path = sitePath(state.place.siteId);
    const worst = worstHealth(box?.health ?? [])[0];
    if (worst?.severity === "error") {
      return {
        ...{ title, text: `${healthWords(worst).title} ${text}` },
        link: { text: msg`What is wrong`, path: `${path}#box` },
      };
    }
    return { title, text, link: { text: msg`Who did what where`, path: `${path}#at-box` } };
  }
  if (box === null) return null;
  // Not the box's word but the controller's own, and the likeliest reason why the right box is silent.
  const doubts = doubtsOf(box.health);
  if (doubts.length > 0) {
    const silent =
      box.state === "silent" && box.since !== null
        ? [msg`Box silent since ${state.time.moment(box.since, state.now)}.`]
        : [];
    return {
      title: msg`The box is in trouble.`,
      text: [...doubts.map(({ text }) => sentence(text)), ...silent].join(" "),
    };
  }
  if (box.state === "silent") {
    return {
      title: box.since === null ? msg`Box silent.` : msg`Box silent since ${state.time.moment(box.since, state.now)}.`,
      text: msg`What you see is from then. Cut-offs already in force hold without it; nothing new is judged.`,
    };
  }
  if (box.state === "online" && !box.canContain) {
    return {
      title: msg`Simulated: a capture file is being judged, nothing is stopped.`,
      text: msg`What you ask for is planned and shown, and ends there. A box in the line would carry it out.`,
    };
  }
  const troubles = worstHealth(box.health).filter(({ severity }) => severity !== "info");
  const worst = troubles[0] ?? null;
  if (worst === null) return state.session.kind === "signed-in" ? looksOnly(state.session.rights) : null;
  return {
    title: worst.severity === "error" ? msg`The box is in trouble.` : msg`The box reports a fault.`,
    text: [
      msg`${sentence(worst.text)} Since ${state.time.moment(worst.since, state.now)}.`,
      ...(troubles.length > 1
        ? [
            plural(
              troubles.length - 1,
              "{n} more trouble stands under “State of the box”.",
              "{n} more troubles stand under “State of the box”.",
            ),
          ]
        : []),
    ].join(" "),
  };
}

/** Why nothing on the page can be pressed; null for whom it can. */
function looksOnly(rights: readonly string[]): Banner | null {
  if (rights.includes("act")) return null;
  return {
    title: msg`Your account looks and changes nothing.`,
    text: msg`What is grey on this page a technician can do.`,
  };
}

export function bannerBar(banner: Banner | null): TemplateResult | typeof nothing {
  if (banner === null) return nothing;
  return html`<aside class="deadbar" role="status" aria-label=${msg`State of the box`}>
    <div>
      ${icon("i-unplug")}<b>${banner.title}</b>
      <p>${banner.text}</p>
      ${banner.link === undefined ? nothing : html`<a class="btn only-d" href=${banner.link.path}>${banner.link.text}</a>`}
    </div>
  </aside>`;
}
