import type { DesiredDocument, Reported, SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import { whatIsHeld } from "../agent/what-is-held.ts";
import { profileHashOf, saveWipeMark } from "./wipe-mark.ts";

export interface WipeKeeperOptions {
  /** Of the mark. */
  readonly path: string;
  readonly profile: SiteProfile;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** This process has to be started anew: whoever still has files open would write them again. */
  readonly onMarked: () => void;
}

// Longer than any element takes to leave the kernel; a kernel that answers nothing keeps no order from being followed.
const releasePatienceMs = 60_000;

/** Sees an order to forget the site through to its mark: first what is cut off is let go, then the box starts anew to forget. */
export class WipeKeeper {
  readonly #options: WipeKeeperOptions;
  #ordered: DesiredDocument | null = null;
  #orderedAt = 0;
  #isMarked = false;

  constructor(options: WipeKeeperOptions) {
    this.#options = options;
  }

  /** A document is in effect. */
  adopt(document: DesiredDocument): void {
    if (document.wipe === undefined) return;
    this.#ordered = document;
    this.#orderedAt = this.#options.monotonic();
    this.#options.log.warn({ order: document.wipe.id }, "this box was ordered to forget its site");
  }

  /** What the box holds now. */
  look(reported: Reported): void {
    const order = this.#ordered;
    if (order?.wipe === undefined || this.#isMarked) return;
    const isReached = reported.epoch === order.epoch && reported.revision === order.revision;
    const isFree = isReached && whatIsHeld(reported) === null;
    if (!isFree && this.#options.monotonic() - this.#orderedAt < releasePatienceMs) return;
    this.#isMarked = true;
    const { epoch, revision, issuedAt, wipe } = order;
    const mark = { version: 1 as const, orderId: wipe.id, epoch, revision, issuedAt };
    saveWipeMark(this.#options.path, { ...mark, profileHash: profileHashOf(this.#options.profile) }).then(
      () => this.#options.onMarked(),
      (error: unknown) => {
        this.#options.log.error({ err: error }, "cannot note that this box is to forget its site");
        this.#isMarked = false;
      },
    );
  }
}
