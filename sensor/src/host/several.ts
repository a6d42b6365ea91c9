/**
 * Signs that several machines speak by one card: a router with translation, a repeater, a guest system. Whoever cuts
 * the card off cuts all of them. Clocks of TCP and numbers of IP packets are no sign: systems draw them anew for each
 * connection or address (RFC 7323 5.4, RFC 6864), so one machine shows many.
 */

/** What the systems of people's machines begin to count hops from; 255 is what scanners write by hand. */
const initialHops = [64, 128] as const;
/** An office has no more routers than this one behind another; a trace of a path counts up through all numbers. */
const mostRouters = 3;
/** So many connections with the same sign, for one may be somebody's test. */
const enough = 5;
/** A machine with two systems is started as one or the other: a few changes in a day are a person's. */
const enoughChanges = 6;
/** Signs are forgotten after a day without a new one. */
const rememberedMs = 24 * 3_600_000;

export class SeveralSigns {
  #lastHops = -1;
  #forwarded = 0;
  #forwardedHops = 0;
  #changes = 0;
  #lastFamily = 0;
  #others = 0;
  #names = 0;
  #lastNames: readonly string[] = [];
  #addresses = 0;
  #at = Number.NEGATIVE_INFINITY;
  /** As told before a restart. */
  #told: string | null = null;

  /** How many hops a packet that opens a connection had left. True where the sentence changes. */
  hops(left: number, at: number): boolean {
    if (left === this.#lastHops && this.#forwardedHops !== left) return false;
    this.#lastHops = left;
    const initial = initialOf(left);
    if (initial === undefined) return false;
    const routers = initial - left;
    const before = this.text(at);
    if (routers > 0) {
      this.#forwarded += 1;
      this.#forwardedHops = left;
    }
    if (this.#lastFamily !== 0 && this.#lastFamily !== initial) this.#changes += 1;
    this.#lastFamily = initial;
    return this.#noted(before, at, routers > 0 || this.#changes >= enoughChanges);
  }

  /** It carried another card's request for an address, as a repeater or the host of guest systems does. */
  carriedFor(at: number): boolean {
    const before = this.text(at);
    this.#others += 1;
    return this.#noted(before, at, true);
  }

  /** It asked for an address under a name. */
  named(name: string, at: number): boolean {
    const before = this.text(at);
    const isOther = this.#lastNames.length > 0 && this.#lastNames.at(-1) !== name;
    if (isOther) this.#names += 1;
    if (isOther || this.#lastNames.length === 0) this.#lastNames = [...this.#lastNames, name].slice(-2);
    return this.#noted(before, at, isOther);
  }

  /** So many of the site's addresses are answered by its card. */
  carries(addresses: number, at: number): boolean {
    const before = this.text(at);
    this.#addresses = addresses;
    return this.#noted(before, at, true);
  }

  /** Takes up what a snapshot said. */
  restore(text: string | null, at: number): void {
    this.#told = text;
    this.#at = at;
  }

  /** One sentence with its reason; null where nothing speaks for several. */
  text(now: number): string | null {
    if (now - this.#at > rememberedMs) return null;
    const reason = this.#reason();
    return reason === null ? this.#told : `Several machines seem to speak through this one: ${reason}.`;
  }

  #reason(): string | null {
    if (this.#addresses > 0) return `its network card answers for ${this.#addresses} addresses or more`;
    if (this.#forwarded >= enough) return "packets that it sends have passed a router before";
    if (this.#others >= 2) return "it carries other machines' requests for addresses";
    if (this.#changes >= enoughChanges) return "its connections come by turns from two kinds of system";
    if (this.#names >= 3) return `it asks for addresses by turns as ${this.#lastNames.join(" and ")}`;
    return null;
  }

  #noted(before: string | null, at: number, isSign: boolean): boolean {
    if (isSign) this.#at = at;
    return this.text(at) !== before;
  }
}

/** What a system began to count from that has so many left; undefined where none is likely. */
function initialOf(left: number): number | undefined {
  return initialHops.find((each) => left <= each && each - left <= mostRouters);
}
