import { createHmac } from "node:crypto";
import type { PortalWish } from "@cordon/contract";
import type { Frame } from "../capture/frame.ts";
import { createPacket } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { portalAnswer } from "../remedy/portal-answer.ts";
import { portalPages, type PortalPages } from "../remedy/portal-page.ts";

export interface PortalOptions {
  readonly siteName: string;
  /** 32 bytes that nobody knows, new with each life. */
  readonly secret: Uint8Array;
  /** Sends a frame towards the machines; false where it could not. */
  readonly send: (frame: Uint8Array) => boolean;
}

/**
 * Answers what the kernel copied as meant for the page. Whom it copies is the kernel's decision: quarantined machines,
 * at addresses that a probe's name led to.
 */
export class Portal {
  readonly #options: PortalOptions;
  readonly #packet = createPacket();
  readonly #weird = new WeirdCounter();
  /** Null while there is to be none. */
  #texts: PortalPages | null;
  #wish: PortalWish | undefined;
  #note: string | null = null;
  #pages = 0;

  constructor(options: PortalOptions) {
    this.#options = options;
    this.#texts = portalPages(options.siteName);
  }

  /** Pages sent since start; one that was repeated counts each time. */
  get pages(): number {
    return this.#pages;
  }

  /** Takes over what is wished for; undefined where nothing is. */
  adopt(wish: PortalWish | undefined): void {
    this.#wish = wish;
    this.#texts = wish?.isOn === false ? null : portalPages(this.#options.siteName, wish, this.#note);
  }

  /** What the box has to say to whoever stands beside it; null where nothing. */
  note(text: string | null): void {
    if (text === this.#note) return;
    this.#note = text;
    this.adopt(this.#wish);
  }

  /** One copied frame; it may be reused by the caller afterwards. */
  take(frame: Frame): void {
    const pages = this.#texts;
    if (pages === null || frame.side !== "inside" || !parseFrame(frame, this.#packet, this.#weird)) return;
    const cookieOf = (connection: Uint8Array) =>
      createHmac("sha256", this.#options.secret).update(connection).digest().readUInt32BE(0);
    const answer = portalAnswer(this.#packet, frame.start ?? 0, { pages, cookieOf });
    if (answer !== null && this.#options.send(answer.frame) && answer.isPage) this.#pages += 1;
  }
}
