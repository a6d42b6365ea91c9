import { SensorError } from "../errors.ts";
import {
  afterSteps,
  diffText,
  elementsOf,
  isHeld,
  loadText,
  tableHolding,
  union,
  wholeElementsOf,
} from "./containment-elements.ts";
import { groupCounters, stormSenders } from "./group-nft.ts";
import { elementSet, noElements, setsChangedBy, withoutExact, type Elements, type StoredName } from "./element-sets.ts";
import { readKernelTable, type HeldElements, type KernelTable } from "./kernel-table.ts";
import { leakCounter } from "./leak-nft.ts";
import type { Nft } from "./nft.ts";
import { cutsObserved } from "./observed-cuts.ts";
import { limitsObserved } from "./observed-limits.ts";
import { siteObserved } from "./observed-site.ts";
import { OutsideNames } from "./outside-names.ts";
import { ProtectedSet, type FdbEntry } from "./protected-set.ts";
import { crowdedCounter, crowdText } from "./place-nft.ts";
import type { LineStanding, Observed, Step } from "./protocol.ts";
import { readUsedRemedies } from "./read-remedies.ts";
import { RemedyElements } from "./remedy-elements.ts";
import { SetGuard } from "./set-guard.ts";
import type { RemedyChange, RemedyOutcome } from "./remedy-protocol.ts";
import type { RulesetChanges } from "./ruleset-watch.ts";
import { stormText } from "./storm-text.ts";
import { containmentSets, stoppedCounter, type Skeleton } from "./skeleton.ts";
import { storedFormats } from "./stored-elements.ts";
import { readStored, writeStored } from "./stored-file.ts";

/** Renderings of one ruleset, the best first. */
type Renderings = readonly [Skeleton, ...Skeleton[]];

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
  readonly readFdb: (concerned: readonly string[]) => Promise<readonly FdbEntry[]>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: (line: { readonly code: string; readonly text: string }) => void;
}

export interface Refusal {
  readonly mac: string;
  readonly reason: string;
}

/** What the kernel may refuse; the cuts must hold all the same. */
const spareFiles = ["limits", "rules"] as const satisfies readonly StoredName[];

const fileWords: Readonly<Record<StoredName, { readonly code: string; readonly text: string }>> = {
  cuts: { code: "stored-set", text: "stored set" },
  limits: { code: "stored-limits", text: "stored limits" },
  rules: { code: "stored-rules", text: "stored rules" },
};

// The gateway, and whoever else stands there: enough to notice that somebody inside sends in its name.
const lookedForElsewhere = 64;
// Ten minutes: several reports carry it, and a person who looks at once sees it.
const eventShownMs = 600_000;

const claimsNamed = 5;

/** A whole look at least this often, whoever says that nothing has changed. */
const wholeLookMs = 30_000;

/** After so many in vain it waits for its turn. */
const readsBeside = 2;

// Of some hundred elements each.
const commandsAtOnce = 5;

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
  readonly #protected: ProtectedSet;
  readonly #names: OutsideNames;
  #skeletons: Renderings;
  #skeleton: Skeleton;
  readonly #remedies = new RemedyElements();
  readonly #guard: SetGuard;
  readonly #troubles = new Map<string, { readonly text: string; readonly until: number }>();
  #wish: Elements = noElements;
  #fingerprint: string | null = null;
  #leaked = 0;
  /** As last read; null before the first look, since what was stopped before is no news. */
  #stormStopped: number | null = null;
  /** The same of packets from whoever has no place in the reflex. */
  #crowded: number | null = null;
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
    this.#protected = new ProtectedSet({ outsidePort: options.outsidePort });
    this.#names = new OutsideNames({ bridge: options.bridge, load: (text) => options.nft.load(text), isRefusal });
    this.#guard = new SetGuard({ ...options, remedies: this.#remedies, names: this.#names });
  }

  /** Puts skeleton and stored set into force, keeping what the kernel already holds. */
  start(): Promise<void> {
    return this.#alone(async () => {
      const table = await this.#read();
      // Where the judge has had it stand before: it will again, and nothing has to be loaded twice.
      const other = this.#options.places?.other;
      if (other?.some(({ version }) => version === table?.version) === true) this.#skeletons = other;
      const held = union(elementsOf(table), await this.#readFile("cuts"));
      const spares = await Promise.all(
        spareFiles.map(async (name) => ({ name, elements: await this.#readFile(name) })),
      );
      await this.#loadWithSpares(held, spares, table);
      await this.#guard.adopt();
      await this.#store(null);
      await this.#learn();
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
      const { allowed, refused } = await this.#sift(steps);
      const table = (await this.#carryOutBlind(allowed)) ?? (await this.#carryOut(allowed));
      await this.#store(allowed);
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
    const table = await this.#alone(() => this.#mendTable());
    const all = table.words === null ? [] : [table.words];
    try {
      const others = await this.#mendOthers(table.isLookedAt);
      if (others !== null) all.push(others);
    } finally {
      // What a table that was made anew had lost was said with it.
      if (!table.isNew && all.length > 0) this.#sayOnce("elements-restored", all.join("; "));
    }
  }

  async #mendTable(): Promise<{
    readonly isLookedAt: boolean;
    readonly isNew: boolean;
    readonly words: string | null;
  }> {
    await this.#learn();
    const changes = this.#changes;
    const at = this.#options.monotonic();
    if (this.#isUnchanged(changes, at)) return { isLookedAt: false, isNew: false, words: null };
    const table = await this.#read();
    if (table !== null && this.#isIntact(table)) {
      const words = await this.#mendElements(table);
      if (words === null) this.#whole = { at, changes };
      return { isLookedAt: true, isNew: false, words };
    }
    this.#sayOnce("ruleset-restored", `our table was ${table === null ? "missing" : "changed"} and was loaded again`);
    await this.#load(this.#withFound(table), table);
    await this.#learn();
    return { isLookedAt: true, isNew: true, words: null };
  }

  /** Puts the elements right that say who is contained; what was wrong, in words, or null. */
  async #mendElements(table: KernelTable): Promise<string | null> {
    // What is there beyond the wish stays until a step removes it, but not by half, and not where it opens anything.
    const elements = union(this.#wish, withoutExact(wholeElementsOf(table)));
    const text = diffText(elements, table.held);
    if (text === "") return null;
    await this.#options.nft.load(text);
    // What is reported from now on is what was put back.
    await this.#read();
    return "elements of our sets were missing, or stood there from another hand, and that was put right";
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

  async #readFile(name: StoredName): Promise<Elements> {
    const { code, text } = fileWords[name];
    const stored = await readStored(storedFormats[name], this.#options.stateFolder);
    if (stored.kind === "damaged") {
      this.#say(`${code}-damaged`, `the ${text} was set aside as ${stored.asideAs}: ${stored.reason}`);
    }
    return stored.kind === "elements" ? stored.elements : noElements;
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
        const { code, text } = fileWords[name];
        this.#say(`${code}-refused`, `the kernel refused the ${text}: ${error.message}`);
      }
    }
  }

  async #load(elements: Elements, table: KernelTable | null): Promise<void> {
    const skeleton = await this.#loadFirstAccepted(elements, table);
    this.#wish = elements;
    const loaded = await this.#readLoaded(elements);
    if (loaded?.version !== skeleton.version) {
      throw new SensorError("skeleton-missing", "the table is not there although nft loaded it");
    }
    this.#skeleton = skeleton;
    this.#fingerprint = loaded.fingerprint;
    this.#names.forget();
    this.#options.log({ code: "skeleton-loaded", text: `${skeleton.refusal}, version ${skeleton.version}` });
  }

  /** Loads the rendering that the kernel holds already, else the first that it accepts; says which. */
  async #loadFirstAccepted(elements: Elements, table: KernelTable | null): Promise<Skeleton> {
    const { nft } = this.#options;
    const skeletons = this.#skeletons;
    // In place nothing is taken away: what a hand has added to the table would stay, and take frames from us.
    const held = skeletons.filter(
      (skeleton) => skeleton.version === table?.version && !hasForeignParts(table, skeleton),
    );
    const attempts = [
      ...held.map((skeleton) => ({ skeleton, manner: "in-place" as const })),
      // The version may fit and the definitions not: then somebody has changed a set or a chain.
      ...[...new Set([...held, ...skeletons])].map((skeleton) => ({ skeleton, manner: "anew" as const })),
    ];
    let refusal: unknown;
    for (const { skeleton, manner } of attempts) {
      try {
        await this.#loadWhole(loadText(skeleton, elements, table, manner), skeleton);
        await nft.load(skeleton.more);
        return skeleton;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /**
   * One transaction where it fits into the socket: in a user namespace, whose buffers nft may not enlarge, a thousand
   * elements do not fit with the ruleset. Then the elements follow it, and those contained are open for so long: where the
   * table was away they were open already.
   */
  async #loadWhole(text: string, skeleton: Skeleton): Promise<void> {
    const { nft } = this.#options;
    try {
      return await nft.load(text);
    } catch (error) {
      if (!isRefusal(error) || !error.message.includes("Message too long")) throw error;
    }
    const end = text.indexOf(skeleton.text) + skeleton.text.length;
    await nft.load(text.slice(0, end));
    const commands = text.slice(end).split("\n");
    for (let at = 0; at < commands.length; at += commandsAtOnce) {
      await nft.load(`${commands.slice(at, at + commandsAtOnce).join("\n")}\n`);
    }
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
    return table.version === this.#skeleton.version && table.fingerprint === this.#fingerprint;
  }

  async #sift(
    steps: readonly Step[],
  ): Promise<{ readonly allowed: readonly Step[]; readonly refused: readonly Refusal[] }> {
    for (const step of steps) if (step.kind === "protect") this.#protected.tell(step.machines);
    const steppedOn = new Set(steps.flatMap((step) => ("mac" in step ? [step.mac] : [])));
    const isReadable = await this.#learn([...steppedOn].filter((mac) => this.#protected.refusalOf(mac) !== null));
    const refused = new Map<string, string>();
    const allowed = steps.filter((step) => {
      if (step.kind === "protect") return false;
      // The reflex looks at nothing that comes in by the outside port, and the box sends nothing across itself.
      if (step.kind === "reflex-set") return true;
      // Nothing of it stops a machine on the outside port, but for the line's cut, which is for everybody.
      if (step.kind === "site-rules-set") return true;
      if (step.kind === "quarantine-remove" || step.kind === "vector-remove" || step.kind === "throttle-remove") {
        return true;
      }
      const reason = isReadable
        ? this.#protected.refusalOf(step.mac)
        : "the bridge's address table cannot be read, so nobody can tell whether this is the gateway";
      if (reason !== null) refused.set(step.mac, reason);
      return reason === null;
    });
    return { allowed, refused: [...refused].map(([mac, reason]) => ({ mac, reason })) };
  }

  /** `concerned` are looked for wherever they are: who is protected may have come inside since. */
  async #learn(concerned: readonly string[] = []): Promise<boolean> {
    try {
      const lookedFor = new Set([...concerned, ...this.#protected.remembered(lookedForElsewhere)]);
      const entries = await this.#options.readFdb([...lookedFor]);
      // First: where the table has it outside all the same, two send by it.
      this.#protected.learn([...this.#names.heardInside, ...entries], this.#options.monotonic());
      await this.#names.tell(entries, this.#protected.remembered(lookedForElsewhere));
      this.#troubles.delete("fdb-unreadable");
      this.#noteClaims(this.#protected.claimed());
      return true;
    } catch (error) {
      this.#say("fdb-unreadable", (error as Error).message);
      return false;
    }
  }

  #noteClaims(claimed: readonly string[]): void {
    if (claimed.length === 0) {
      this.#troubles.delete("outside-claimed");
      return;
    }
    const some = claimed.slice(0, claimsNamed).join(", ") + (claimed.length > claimsNamed ? ", and more" : "");
    this.#say(
      "outside-claimed",
      `${some}: heard on the outside port and inside in turn, as if a machine inside sent in the name of one outside, perhaps the gateway`,
    );
  }

  /** Cards wear out: but for the cuts, what no step concerns is not written again. Null writes everything. */
  async #store(steps: readonly Step[] | null): Promise<void> {
    const isAll = steps === null || this.#troubles.has("stored-set-unwritable");
    const changed = new Set(steps?.flatMap(setsChangedBy).map((set) => elementSet(set).storedIn));
    try {
      for (const name of ["cuts", ...spareFiles] as const) {
        if (name !== "cuts" && !isAll && !changed.has(name)) continue;
        await writeStored(storedFormats[name], this.#options.stateFolder, this.#wish);
      }
      this.#troubles.delete("stored-set-unwritable");
    } catch (error) {
      // The kernel holds it; that it would not survive a restart of the box is said, not thrown.
      this.#say("stored-set-unwritable", (error as Error).message);
    }
  }

  #observed(table: KernelTable | null): Observed {
    const { clock, places } = this.#options;
    const { version, handedUp, heldBack } = this.#skeleton;
    const now = this.#options.monotonic();
    const count = (name: string) => table?.counters.get(name)?.packets ?? 0;
    this.#noteLeaks(count(leakCounter));
    const ownClaimed = this.#names.note(table);
    if (ownClaimed !== null) this.#sayOnce("own-address-claimed", ownClaimed);
    this.#noteStorm(count(groupCounters.storm), table);
    this.#noteCrowd(count(crowdedCounter));
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
      troubles: [...this.#troubles].flatMap(([code, { text, until }]) => (until > now ? [{ code, text }] : [])),
    };
  }

  /** A counter that became smaller has begun anew. */
  #noteLeaks(leaked: number): void {
    const grown = leaked >= this.#leaked ? leaked - this.#leaked : leaked;
    this.#leaked = leaked;
    if (grown === 0) return;
    const text = `${leaked} packets that are to be stopped, of contained machines or of a line that is cut, came past our rules and were stopped only at the outside port`;
    this.#sayOnce("containment-leak", text);
  }

  #noteStorm(stopped: number, table: KernelTable | null): void {
    const before = this.#stormStopped ?? stopped;
    this.#stormStopped = stopped;
    const hasGrown = stopped > before || (stopped < before && stopped > 0);
    if (hasGrown) this.#sayOnce("broadcast-storm", stormText(stopped, table?.counts.get(stormSenders) ?? new Map()));
  }

  #noteCrowd(packets: number): void {
    const before = this.#crowded ?? packets;
    this.#crowded = packets;
    if (packets > before || (packets < before && packets > 0)) this.#sayOnce("reflex-crowded", crowdText(packets));
  }

  /** Names a trouble that lasts until it is deleted. */
  #say(code: string, text: string): void {
    if (this.#troubles.get(code)?.text !== text) this.#options.log({ code, text });
    this.#troubles.set(code, { text, until: Number.POSITIVE_INFINITY });
  }

  /** Names something that happened and is over, for as long as somebody may want to see it. */
  #sayOnce(code: string, text: string): void {
    this.#options.log({ code, text });
    this.#troubles.set(code, { text, until: this.#options.monotonic() + eventShownMs });
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

/** Whether the table has a part that the rendering does not make. */
function hasForeignParts(table: KernelTable, { text, more }: Skeleton): boolean {
  const ours = new Set(
    [...`${text}${more}`.matchAll(/^\t([a-z]+) (\S+) \{$/gm)].map(([, kind, name]) => `${kind} ${name}`),
  );
  return [...table.parts].some((part) => !ours.has(part));
}

/** The kernel took a text for no good, and left everything as it was. */
function isRefusal(error: unknown): error is SensorError {
  return error instanceof SensorError && error.code === "nft-failed";
}
