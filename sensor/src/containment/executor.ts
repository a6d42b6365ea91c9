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
import { readKernelTable, type HeldElements, type KernelRules, type KernelTable } from "./kernel-table.ts";
import { leakCounter } from "./leak-nft.ts";
import { isRefusal, readUntil, type Nft } from "./nft.ts";
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
import { TaskQueue } from "./task-queue.ts";

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

interface TableMended {
  readonly isLookedAt: boolean;
  /** Whether all of it was loaded. */
  readonly isNew: boolean;
  /** What was wrong with elements; null where nothing was. */
  readonly words: string | null;
}

const nothingRead = { held: new Map(), rules: undefined, changes: null };

/** A whole look at least this often, whoever says that nothing has changed. */
const wholeLookMs = 30_000;

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
  /** As last read, without what we have changed since, and how many changes of others there had been before. */
  #last: { readonly held: HeldElements; readonly rules: KernelRules | undefined; readonly changes: number | null } =
    nothingRead;
  readonly #tasks = new TaskQueue();
  /** When a self-check last found everything as it is to be, and how many changes of others there had been before it. */
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
    return this.#tasks.run(async () => {
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

  /** Measures; changes nothing. It reads beside the tasks, so that no click waits for it. */
  async observe(): Promise<Observed> {
    return this.#observed(await this.#readBeside());
  }

  /** Loads the ruleset for that place in the line, with all that is held; counts and limits begin anew. */
  stand(standing: LineStanding): Promise<Observed> {
    return this.#tasks.run(async () => {
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

  /**
   * Carries the steps out as one transaction, but for those on protected machines. Whether the kernel holds them is read
   * beside the tasks, so that the next click need not wait for it.
   */
  async apply(steps: readonly Step[]): Promise<{ readonly observed: Observed; readonly refused: readonly Refusal[] }> {
    const { table, allowed, refused, turn } = await this.#tasks.run(async () => {
      const sifted = await this.#protected.sift(steps);
      const done = (await this.#loadBlind(sifted.allowed)) ? undefined : await this.#carryOut(sifted.allowed);
      await this.#stored.write(this.#wish, sifted.allowed);
      return { table: done, ...sifted, turn: this.#tasks.turn + 1 };
    });
    if (table !== undefined) return { observed: this.#observed(table), refused };
    const seen = await this.#readBeside();
    if (this.#tasks.turn !== turn || this.#hasWorked(seen, allowed)) return { observed: this.#observed(seen), refused };
    const carriedOut = await this.#tasks.run(async () => {
      const held = await this.#carryOut(allowed);
      await this.#stored.write(this.#wish, allowed);
      return held;
    });
    return { observed: this.#observed(carriedOut), refused };
  }

  /**
   * Opens ways for quarantined machines, and no more for each than its share. Whoever is quarantined is what the last
   * transaction says. Where the table was lost meanwhile it rejects, and the judge asks again.
   */
  openRemedies(change: RemedyChange): Promise<RemedyOutcome> {
    return this.#tasks.run(async () => {
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
    const { isLookedAt, isNew, words } = await this.#mendTable();
    const others = await this.#mendOthers(isLookedAt);
    // What a table that was made anew had lost was said with it.
    if (others !== null && !isNew) this.#sayPutRight(words === null ? others : `${words}; ${others}`);
  }

  async #mendTable(): Promise<TableMended> {
    await this.#tasks.run(() => this.#protected.learn());
    const changes = this.#changes;
    const at = this.#options.monotonic();
    if (this.#isUnchanged(changes, at)) return { isLookedAt: false, isNew: false, words: null };
    const table = await this.#readBeside("all");
    if (table === null || !this.#isIntact(table) || this.#lackingText(table) !== "") {
      return this.#tasks.run(() => this.#mendTableAlone());
    }
    this.#whole = { at, changes };
    return { isLookedAt: true, isNew: false, words: null };
  }

  async #mendTableAlone(): Promise<TableMended> {
    const table = await this.#read();
    if (table !== null && this.#isIntact(table)) {
      return { isLookedAt: true, isNew: false, words: await this.#mendElements(table) };
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
    const text = this.#lackingText(table);
    if (text === "") return null;
    await this.#loadEach(text);
    const words = "elements of our sets were missing, or stood there from another hand, and that was put right";
    // Before anybody can see them there, and not only when other sets have been looked through.
    this.#sayPutRight(words);
    // What is reported from now on is what was put back.
    await this.#read();
    return words;
  }

  #sayPutRight(words: string): void {
    this.#troubles.sayOnce("elements-restored", words);
  }

  /** What puts the elements right that say who is contained; empty where they are. */
  #lackingText(table: KernelTable): string {
    // What is there beyond the wish stays until a step removes it, but not by half, and not where it opens anything.
    return diffText(union(this.#wish, withoutExact(wholeElementsOf(table))), table.held);
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

  /** The same for all other sets; what was wrong, in words, or null. They may have tens of thousands of elements. */
  async #mendOthers(hasChanged: boolean): Promise<string | null> {
    const { found, turn } = await this.#tasks.beside((signal) => {
      const isAnybodyCutOff = this.#wish[containmentSets.quarantineFrom].size > 0;
      const nft = readUntil(this.#options.nft, signal);
      return this.#guard.read(nft, this.#skeleton, { hasChanged, isAnybodyCutOff });
    });
    if (found === null) return null;
    // Where a task came in between, it has changed something, and the next self-check looks again.
    return this.#tasks.run(async () => (this.#tasks.turn === turn + 1 ? this.#guard.mend(found) : null));
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
   * a click need not wait until everything was read. False where it cannot, and a look comes first.
   */
  async #loadBlind(steps: readonly Step[]): Promise<boolean> {
    const elements = afterSteps(this.#wish, steps);
    const text = diffText(elements, tableHolding(this.#wish));
    if (text === "") return false;
    try {
      await this.#options.nft.load(text);
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
    // Before anything is read, which may fail: a self-check would put back what was just let go.
    this.#wish = elements;
    const changed = new Set(steps.flatMap(setsChangedBy));
    const held = new Map([...this.#last.held].filter(([set]) => !changed.has(set)));
    this.#last = { ...this.#last, held };
    return true;
  }

  /** Whether the kernel was found to hold what was carried out without looking; if so, what else it holds is kept. */
  #hasWorked(table: KernelTable | null, steps: readonly Step[]): boolean {
    if (table === null || !this.#isIntact(table)) return false;
    const held = afterSteps(this.#withFound(table), steps);
    if (!isHeld(held, table.held)) return false;
    this.#wish = held;
    return true;
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
    this.#whole = null;
    if (!this.#fingerprints.has(loaded.version)) this.#fingerprints.set(loaded.version, loaded.fingerprint);
    this.#names.forget();
    this.#options.log({ code: "skeleton-loaded", text: `${skeleton.refusal}, version ${skeleton.version}` });
  }

  /** All of it, or what counts, and of that what may have changed. */
  async #readBeside(extent?: "all"): Promise<KernelTable | null> {
    const { found } = await this.#tasks.beside(async (signal) => {
      const changes = this.#changes;
      const nft = readUntil(this.#options.nft, signal);
      if (extent === "all") return { changes, table: await readKernelTable(nft) };
      // Where a hand has changed what counts nothing, the self-check finds it.
      const { held, rules, changes: before } = this.#last;
      const isUnchanged = changes !== null && changes === before;
      const known = isUnchanged ? { held, isUnchanged, rules } : { held };
      return { changes, table: await readKernelTable(nft, known) };
    });
    this.#hold(found.table, found.changes);
    return found.table;
  }

  async #read(): Promise<KernelTable | null> {
    const changes = this.#changes;
    const table = await readKernelTable(this.#options.nft);
    this.#hold(table, changes);
    return table;
  }

  /** Of what was loaded a moment ago only what counts is read: the rest is as it was written. */
  async #readLoaded(elements: Elements): Promise<KernelTable | null> {
    const changes = this.#changes;
    const table = await readKernelTable(this.#options.nft, { held: tableHolding(elements), isUnchanged: true });
    this.#hold(table, changes);
    return table;
  }

  #hold(table: KernelTable | null, changes: number | null): void {
    this.#last = table === null ? nothingRead : { held: table.held, rules: table, changes };
  }

  /** Transactions of others so far; null where nobody counts them. */
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
      ...(table === null ? {} : { ...limitsObserved(table), site: siteObserved(table), pastRules: count(leakCounter) }),
      handedUp: figures(handedUp),
      heldBack: figures(heldBack),
      packetsStopped: count(stoppedCounter),
      groups: { loopStopped: count(groupCounters.loop), stormStopped: count(groupCounters.storm) },
      troubles: this.#troubles.shown(),
    };
  }
}

function standingAt(begin: LineStanding, isOther: boolean): LineStanding {
  if (!isOther) return begin;
  return begin === "lan" ? "wan" : "lan";
}
