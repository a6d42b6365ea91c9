/** A notice as the controller's store has it. */
export interface StoredNotice {
  readonly bootId: string;
  readonly sequence: number;
  /** The number that it carries; null where the store keeps that elsewhere, and `translated` tells. */
  readonly number: number | null;
}

/** How far the store says that a boot is in. */
export interface StoredSpool {
  readonly bootId: string;
  readonly contiguous: number;
  readonly lost: number;
}

/** What the store has at the end. */
export interface StoredAll {
  readonly notices: readonly StoredNotice[];
  readonly spools: readonly StoredSpool[];
  /** Numbers in the NAT log, repeats included. */
  readonly translated: readonly number[];
}

interface Boot {
  readonly first: number;
  tried: number;
  kept: number;
}

/**
 * What the box was given and was promised, by itself, beside all that is to be proven: a notice's number says its boot and
 * its sequence there, so that order and repeats show by the store's rows alone.
 */
export class Truth {
  readonly #boots = new Map<string, Boot>();
  /** Of what was promised: what we ourselves have taken, from the disk or with a store that was restored. */
  readonly #taken = new Set<number>();
  #boot: Boot | null = null;
  #next = 1;

  /** The number that the next boot begins with. */
  get next(): number {
    return this.#next;
  }

  began(bootId: string, first: number): void {
    this.#boot = { first, tried: first - 1, kept: first - 1 };
    this.#boots.set(bootId, this.#boot);
  }

  tried(upTo: number): void {
    if (this.#boot !== null) this.#boot.tried = upTo;
    this.#next = upTo + 1;
  }

  kept(upTo: number): void {
    if (this.#boot !== null) this.#boot.kept = upTo;
  }

  taken(numbers: Iterable<number>): void {
    for (const number of numbers) this.#taken.add(number);
  }

  /** The numbers of stored notices. */
  numbersOf(notices: readonly StoredNotice[]): Set<number> {
    return new Set(
      notices.map(({ bootId, sequence }) => (this.#boots.get(bootId)?.first ?? Number.NaN) + sequence - 1),
    );
  }

  /** What is not as it has to be, a sentence each; and figures for a person. */
  judge({ notices, spools, translated }: StoredAll): { readonly faults: string[]; readonly figures: string } {
    const faults: string[] = [];
    const stored = this.numbersOf(notices);
    if (stored.size !== notices.length) faults.push(`${notices.length - stored.size} notices are stored twice`);
    const log = new Set(translated);
    if (log.size !== translated.length) faults.push("the NAT log holds a translation twice");
    for (const { bootId, sequence, number } of notices) {
      const boot = this.#boots.get(bootId);
      const given = (boot?.first ?? Number.NaN) + sequence - 1;
      if (boot === undefined || given > boot.tried) faults.push(`${bootId} ${sequence} was never given`);
      else if (number !== null && number !== given)
        faults.push(`${bootId} ${sequence} is notice ${number}, not ${given}`);
      else if (number === null && !log.has(given)) faults.push(`translation ${given} is stored as a notice alone`);
    }
    let [promised, lost] = [0, 0];
    for (const [bootId, { first, tried, kept }] of this.#boots) {
      promised += kept - first + 1;
      for (let number = first; number <= kept; number += 1) {
        if (!stored.has(number) && !this.#taken.has(number)) faults.push(`notice ${number} was promised and is gone`);
      }
      const rows = notices.filter((notice) => notice.bootId === bootId);
      const spool = spools.find((each) => each.bootId === bootId);
      if (spool === undefined) {
        if (kept >= first) faults.push(`nothing is known of ${bootId}, which gave ${kept - first + 1}`);
        continue;
      }
      lost += spool.lost;
      const { contiguous } = spool;
      if (contiguous < kept - first + 1) faults.push(`${bootId} is in up to ${contiguous} of ${kept - first + 1}`);
      if (contiguous > tried - first + 1)
        faults.push(`${bootId} is in up to ${contiguous}, and gave ${tried - first + 1}`);
      if (rows.some(({ sequence }) => sequence > contiguous)) faults.push(`${bootId} has rows beyond ${contiguous}`);
      if (spool.lost !== contiguous - rows.length) {
        faults.push(`${bootId} has ${rows.length} of ${contiguous}, and counts ${spool.lost} as lost`);
      }
    }
    const figures = `${promised} notices promised over ${this.#boots.size} boots, ${stored.size} stored, ${lost} counted as lost (${this.#taken.size} taken by us)`;
    return { faults, figures };
  }
}

/** What the store alone shows of a box that nobody kept count of: no row beyond what is in, and all that is missing counted. */
export function spoolFaults({ notices, spools }: StoredAll): string[] {
  if (notices.length === 0) return ["of the whole box no notice is stored"];
  return spools.flatMap(({ bootId, contiguous, lost }) => {
    const rows = notices.filter((notice) => notice.bootId === bootId);
    const beyond = rows.filter(({ sequence }) => sequence > contiguous).length;
    if (beyond > 0) return [`the whole box has ${beyond} rows beyond ${contiguous} in ${bootId}`];
    if (lost === contiguous - rows.length) return [];
    return [`the whole box has ${rows.length} of ${contiguous} in ${bootId}, and counts ${lost} as lost`];
  });
}
