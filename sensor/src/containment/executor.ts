import { SensorError } from "../errors.ts";
import {
  afterSteps,
  diffText,
  elementsOf,
  isHeld,
  tableHolding,
  union,
  wholeElementsOf,
} from "./containment-elements.ts";
import { CounterNews } from "./counter-news.ts";
import { noElements, setsChangedBy, withoutExact, type Elements, type StoredName } from "./element-sets.ts";
import { ExecutorTroubles } from "./executor-troubles.ts";
import { groupCounters } from "./group-nft.ts";
import { readKernelTable, type HeldElements, type KernelTable } from "./kernel-table.ts";
import { isRefusal, type Nft } from "./nft.ts";
import { cutsObserved } from "./observed-cuts.ts";
import { limitsObserved } from "./observed-limits.ts";
import { siteObserved } from "./observed-site.ts";
import { OutsideNames } from "./outside-names.ts";
import { ProtectedWatch, type ProtectedWatchOptions, type Refusal } from "./protected-watch.ts";
import type { LineStanding, Observed, Step } from "./protocol.ts";
import { readUsedRemedies } from "./read-remedies.ts";
import { RemedyElements } from "./remedy-elements.ts";
import type { RemedyChange, RemedyOutcome } from "./remedy-protocol.ts";
import type { RulesetChanges } from "./ruleset-watch.ts";
import { SetGuard } from "./set-guard.ts";
import { loadSkeleton, type Renderings } from "./skeleton-loader.ts";
import { containmentSets, stoppedCounter, type Skeleton } from "./skeleton.ts";
import { spareFiles, StoredKeeper } from "./stored-keeper.ts";

export interface KernelExecutorOptions {
  readonly nft: Nft;
  /** Renderings of one ruleset, the best first; the first that the kernel accepts is loaded. */
  readonly skeletons: Renderings;
  /** Those of the other place in the line, with which of the two both are; absent: it stands in one place only. */
  readonly places?: { readonly begin: LineStanding; readonly other: Renderings };
  /** Whether a ruleset was changed; absent: every self-check reads all of it. */
  readonly changes?: RulesetChanges;
  /** Where the stored set lies. */
  readonly stateFolder: string;
  readonly outsidePort: string;
  /** The bridge that joins it to the inside; absent where the box routes. */
  readonly bridge?: string;
  /** Reads what the bridge's address table has on the outside port, and where it has the addresses concerned. */
  readonly readFdb: ProtectedWatchOptions["readFdb"];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: (line: { readonly code: string; readonly text: string }) => void;
}

/** A whole look at least this often, whoever says that nothing has changed. */
const wholeLookMs = 30_000;

/** After so many in vain it waits for its turn. */
const readsBeside = 2;

/**
 * Holds our table in the kernel.
 *
 * Invariants, kept by running one task at a time:
 * - `#wish` is what the last transaction put into the sets; a self-check finds less and puts it back.
 * - No transaction ever takes an element out that no step has asked to remove.
 * - `#skeleton` is the rendering in force. It changes only where the kernel holds another one, or none.
 * - The stored set follows the kernel: a crash between the two leaves a host cut too long, not too short.
 */
export class KernelExecutor {
  readonly #options: KernelExecutorOptions;
  readonly #troubles: ExecutorTroubles;
  readonly #news: CounterNews;
  readonly #names: OutsideNames;
  readonly #protected: ProtectedWatch;
  readonly #stored: StoredKeeper;
  #skeletons: Renderings;
  #skeleton: Skeleton;
  readonly #remedies = new RemedyElements();
  readonly #guard: SetGuard;
  #wish: Elements = noElements;
  /** By version of the skeleton, as it was first read: what a hand adds while it is loaded again is not taken for ours. */
  readonly #fingerprints = new Map<string, string>();
  /** As last read, and how many changes there had been before. */
  #held: HeldElements = new Map();
  #heldSince: number | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  /** Grows when a task begins and when it ends. */
  #turn = 0;
  /** When a self-check last found everything as it is to be, and how many changes there had been before it. */
  #whole: { readonly at: number; readonly changes: number | null } | null = null;

  constructor(options: KernelExecutorOptions) {
    this.#options = options;
    this.#skeletons = options.skeletons;
    this.#skeleton = options.skeletons[0];
    this.#troubles = new ExecutorTroubles(options);
    this.#news = new CounterNews(this.#troubles);
    this.#names = new OutsideNames({ bridge: options.bridge, load: (text) => options.nft.load(text) });
    this.#protected = new ProtectedWatch({ ...options, names: this.#names, troubles: this.#troubles });
    this.#stored = new StoredKeeper(options.stateFolder, this.#troubles);
    this.#guard = new SetGuard({ ...options, remedies: this.#remedies, names: this.#names });
  }

  /** Puts skeleton and stored set into force, keeping what the kernel already holds. */
  start(): Promise<void> {
    return this.#alone(async () => {
      const table = await this.#read();
      // Where the judge has had it stand before: it will again, and nothing has to be loaded twice.
      const other = this.#options.places?.other;
      if (other?.some(({ version }) => version === table?.version) === true) this.#skeletons = other;
      const held = union(elementsOf(table), await this.#stored.read("cuts"));
      const spares = await Promise.all(
        spareFiles.map(async (name) => ({ name, elements: await this.#stored.read(name) })),
      );
      await this.#loadWithSpares(held, spares, table);
      await this.#guard.adopt();
      await this.#stored.write(this.#wish, null);
      await this.#protected.learn();
    });
  }

  /**
   * Measures; changes nothing. It reads beside the tasks, so that no click waits for it, and again where a task
   * changed something meanwhile.
   */
  async observe(): Promise<Observed> {
    for (let attempt = 1; attempt <= readsBeside; attempt++) {
      await this.#queue;
      const turn = this.#turn;
      const changes = this.#changes;
      const isUnchanged = changes !== null && changes === this.#heldSince;
      // Where a hand has changed what counts nothing, the self-check finds it.
      const reading = await readKernelTable(this.#options.nft, this.#held, isUnchanged).then(
        (table) => ({ table }),
        (error: unknown) => ({ error }),
      );
      if (turn !== this.#turn) continue;
      if ("error" in reading) throw reading.error;
      this.#hold(reading.table, changes);
      return this.#observed(reading.table);
    }
    return this.#alone(async () => this.#observed(await this.#read(this.#held)));
  }

  /** Loads the ruleset for that place in the line, with all that is held; counts and limits begin anew. */
  stand(standing: LineStanding): Promise<Observed> {
    return this.#alone(async () => {
      const { places, skeletons } = this.#options;
      if (places === undefined) throw new SensorError("one-place", "there is one place that it can stand in");
      const wanted = standing === places.begin ? skeletons : places.other;
      if (wanted !== this.#skeletons) {
        this.#skeletons = wanted;
        const table = await this.#read();
        await this.#load(this.#withFound(table), table);
      }
      return this.#observed(await this.#read());
    });
  }

  /** Carries the steps out as one transaction, but for those on protected machines. */
  apply(steps: readonly Step[]): Promise<{ readonly observed: Observed; readonly refused: readonly Refusal[] }> {
    return this.#alone(async () => {
      const { allowed, refused } = await this.#protected.sift(steps);
      const table = (await this.#carryOutBlind(allowed)) ?? (await this.#carryOut(allowed));
      await this.#stored.write(this.#wish, allowed);
      return { observed: this.#observed(table), refused };
    });
  }

  /**
   * Opens ways for quarantined machines, and no more for each than its share. Whoever is quarantined is what the last
   * transaction says. Where the table was lost meanwhile it rejects, and the judge asks again.
   */
  openRemedies(change: RemedyChange): Promise<RemedyOutcome> {
    return this.#alone(async () => {
      const { nft, monotonic } = this.#options;
      const { text, refused } = this.#remedies.text(
        change,
        (mac) => this.#wish[containmentSets.quarantineFrom].has(mac),
        monotonic(),
      );
      if (text !== "") await nft.load(text);
      return { used: this.#remedies.isEmpty ? [] : await readUsedRemedies(nft), refused: [...refused] };
    });
  }

  /** Puts back what a hand has removed or changed, and keeps the protected set up to date. */
  async selfCheck(): Promise<void> {
    try {
      await this.#mend();
      this.#troubles.isOver("self-check-failed");
    } catch (error) {
      this.#troubles.say(
        "self-check-failed",
        `what a hand has changed may not be put back: ${(error as Error).message}`,
      );
      throw error;
    }
  }

  async #mend(): Promise<void> {
    const table = await this.#alone(() => this.#mendTable());
    const all = table.words === null ? [] : [table.words];
    try {
      const others = await this.#mendOthers(table.isLookedAt);
      if (others !== null) all.push(others);
    } finally {
      // What a table that was made anew had lost was said with it.
      if (!table.isNew && all.length > 0) this.#troubles.sayOnce("elements-restored", all.join("; "));
    }
  }

  async #mendTable(): Promise<{
    readonly isLookedAt: boolean;
    readonly isNew: boolean;
    readonly words: string | null;
  }> {
    await this.#protected.learn();
    const changes = this.#changes;
    const at = this.#options.monotonic();
    if (this.#isUnchanged(changes, at)) return { isLookedAt: false, isNew: false, words: null };
    const table = await this.#read();
    if (table !== null && this.#isIntact(table)) {
      const words = await this.#mendElements(table);
      if (words === null) this.#whole = { at, changes };
      return { isLookedAt: true, isNew: false, words };
    }
    this.#sayRestored(table);
    await this.#load(this.#withFound(table), table);
    await this.#protected.learn();
    return { isLookedAt: true, isNew: true, words: null };
  }

  #sayRestored(table: KernelTable | null): void {
    const what = table === null ? "missing" : "changed";
    this.#troubles.sayOnce("ruleset-restored", `our table was ${what} and was loaded again`);
  }

  /** Puts the elements right that say who is contained; what was wrong, in words, or null. */
  async #mendElements(table: KernelTable): Promise<string | null> {
    // What is there beyond the wish stays until a step removes it, but not by half, and not where it opens anything.
    const elements = union(this.#wish, withoutExact(wholeElementsOf(table)));
    const text = diffText(elements, table.held);
    if (text === "") return null;
    await this.#loadEach(text);
    // What is reported from now on is what was put back.
    await this.#read();
    return "elements of our sets were missing, or stood there from another hand, and that was put right";
  }

  /** In one transaction; where the kernel refuses that, command by command, so that what it refuses keeps no other from its place. */
  async #loadEach(text: string): Promise<void> {
    const { nft } = this.#options;
    try {
      return await nft.load(text);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    let refusal: unknown = null;
    for (const command of text.split("\n").filter((line) => line !== "")) {
      try {
        await nft.load(`${command}\n`);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
      }
    }
    if (refusal !== null) throw refusal;
  }

  /**
   * The same for all other sets; what was wrong, in words, or null. They may have tens of thousands of elements, so they are
   * read beside the tasks, and again where one of these changed something meanwhile.
   */
  async #mendOthers(hasChanged: boolean): Promise<string | null> {
    const isAnybodyCutOff = this.#wish[containmentSets.quarantineFrom].size > 0;
    const read = () => this.#guard.read(this.#skeleton, { hasChanged, isAnybodyCutOff });
    for (let attempt = 1; attempt <= readsBeside; attempt++) {
      await this.#queue;
      const turn = this.#turn;
      const reading = await read();
      if (reading === null) return null;
      // Its own turn is one more.
      const mended = await this.#alone(async () =>
        this.#turn === turn + 1 ? { words: await this.#guard.mend(reading) } : null,
      );
      if (mended !== null) return mended.words;
    }
    return this.#alone(async () => {
      const reading = await read();
      return reading === null ? null : this.#guard.mend(reading);
    });
  }

  /** The wish, with what the kernel holds beyond it. */
  #withFound(table: KernelTable | null): Elements {
    return union(this.#wish, withoutExact(elementsOf(table)));
  }

  /** Reading all of it takes a slow box half a second of its processor. */
  #isUnchanged(changes: number | null, at: number): boolean {
    const whole = this.#whole;
    return whole !== null && changes !== null && whole.changes === changes && at - whole.at < wholeLookMs;
  }

  /**
   * Carries the steps out as if the kernel held what the last transaction put there, which it mostly does:
   * a click need not wait until everything was read. What the kernel holds then; null where it is not what
   * the steps ask for, and a look comes first.
   */
  async #carryOutBlind(steps: readonly Step[]): Promise<KernelTable | null> {
    const elements = afterSteps(this.#wish, steps);
    try {
      const text = diffText(elements, tableHolding(this.#wish));
      if (text === "") return null;
      await this.#options.nft.load(text);
      // Before anything is read, which may fail: a self-check would put back what was just let go.
      this.#wish = elements;
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
    // What counts nothing and no step concerns is left to the self-check.
    const changed = new Set(steps.flatMap(setsChangedBy));
    const table = await this.#read(new Map([...this.#held].filter(([set]) => !changed.has(set))));
    if (table === null || !this.#isIntact(table)) return null;
    const held = afterSteps(union(elements, withoutExact(elementsOf(table))), steps);
    if (!isHeld(held, table.held)) return null;
    this.#wish = held;
    return table;
  }

  async #carryOut(steps: readonly Step[]): Promise<KernelTable | null> {
    const { nft } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const table = await this.#read();
      const elements = afterSteps(this.#withFound(table), steps);
      try {
        if (table === null || !this.#isIntact(table)) {
          this.#sayRestored(table);
          await this.#load(elements, table);
        } else {
          const text = diffText(elements, table.held);
          if (text !== "") await nft.load(text);
          this.#wish = elements;
        }
        return await this.#read();
      } catch (error) {
        // Somebody may have changed an element between the reading and the transaction; twice is no accident.
        if (attempt === 2) throw error;
      }
    }
  }

  /** What the kernel refuses of the spare files keeps no cut out of force. */
  async #loadWithSpares(
    elements: Elements,
    spares: readonly { readonly name: StoredName; readonly elements: Elements }[],
    table: KernelTable | null,
  ): Promise<void> {
    const there = spares.filter((spare) => spare.elements !== noElements);
    const whole = there.reduce((sum, spare) => union(sum, spare.elements), elements);
    try {
      return await this.#load(whole, table);
    } catch (error) {
      if (there.length === 0 || !isRefusal(error)) throw error;
    }
    await this.#load(elements, table);
    for (const { name, elements: spare } of there) {
      try {
        await this.#load(union(this.#wish, spare), await this.#read());
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#stored.refused(name, error.message);
      }
    }
  }

  async #load(elements: Elements, table: KernelTable | null): Promise<void> {
    const skeleton = await loadSkeleton(this.#options.nft, this.#skeletons, elements, table);
    this.#wish = elements;
    const loaded = await this.#readLoaded(elements);
    if (loaded?.version !== skeleton.version) {
      throw new SensorError("skeleton-missing", "the table is not there although nft loaded it");
    }
    this.#skeleton = skeleton;
    if (!this.#fingerprints.has(loaded.version)) this.#fingerprints.set(loaded.version, loaded.fingerprint);
    this.#names.forget();
    this.#options.log({ code: "skeleton-loaded", text: `${skeleton.refusal}, version ${skeleton.version}` });
  }

  async #read(known: HeldElements = new Map()): Promise<KernelTable | null> {
    const changes = this.#changes;
    const table = await readKernelTable(this.#options.nft, known);
    this.#hold(table, changes);
    return table;
  }

  /** Of what was loaded a moment ago only what counts is read: the rest is as it was written. */
  async #readLoaded(elements: Elements): Promise<KernelTable | null> {
    const changes = this.#changes;
    const table = await readKernelTable(this.#options.nft, tableHolding(elements), true);
    this.#hold(table, changes);
    return table;
  }

  #hold(table: KernelTable | null, changes: number | null): void {
    this.#held = table?.held ?? new Map();
    this.#heldSince = changes;
  }

  /** Transactions so far; null where nobody counts them. */
  get #changes(): number | null {
    return this.#options.changes?.count ?? null;
  }

  #isIntact(table: KernelTable): boolean {
    return table.version === this.#skeleton.version && table.fingerprint === this.#fingerprints.get(table.version);
  }

  #observed(table: KernelTable | null): Observed {
    const { clock, places } = this.#options;
    const { version, handedUp, heldBack } = this.#skeleton;
    const count = (name: string) => table?.counters.get(name)?.packets ?? 0;
    this.#news.note(table);
    const ownClaimed = this.#names.note(table);
    if (ownClaimed !== null) this.#troubles.sayOnce("own-address-claimed", ownClaimed);
    const figures = (names: ReadonlyMap<string, string>) =>
      Object.fromEntries([...names].map(([reported, counter]) => [reported, count(counter)]));
    return {
      at: clock(),
      skeleton: table !== null && this.#isIntact(table) ? version : null,
      ...(places === undefined ? {} : { standing: standingAt(places.begin, this.#skeletons === places.other) }),
      ...cutsObserved(table),
      ...(table === null ? {} : { ...limitsObserved(table), site: siteObserved(table) }),
      handedUp: figures(handedUp),
      heldBack: figures(heldBack),
      packetsStopped: count(stoppedCounter),
      groups: { loopStopped: count(groupCounters.loop), stormStopped: count(groupCounters.storm) },
      troubles: this.#troubles.shown(),
    };
  }

  #alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      this.#turn += 1;
      try {
        return await task();
      } finally {
        this.#turn += 1;
      }
    });
    // The caller gets the error; the queue goes on.
    this.#queue = result.catch(() => {});
    return result;
  }
}

function standingAt(begin: LineStanding, isOther: boolean): LineStanding {
  if (!isOther) return begin;
  return begin === "lan" ? "wan" : "lan";
}
