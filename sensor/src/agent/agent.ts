import {
  contractVersion,
  everyContainment,
  isAutomatic,
  isSweepBlock,
  isWished,
  type AutomaticContainment,
  type DesiredDocument,
  type LineState,
  type Placement,
  type Policy,
  type Reported,
  type SiteProfile,
} from "@cordon/contract";
import type { Logger } from "pino";
import { additionsIn, plan, type ContainmentTime, type ToPlan } from "../containment/plan.ts";
import type { Executor, Observed, ReflexSettings, Step } from "../containment/protocol.ts";
import { carriesNoWish, strangersStopped, type Probation } from "../containment/probation.ts";
import { beyondBudget, reflexSettings, reportReflex, type ReflexInput } from "../containment/reflex.ts";
import {
  emptyContainmentMemory,
  reportContainments,
  type ContainmentMemory,
  type Held,
  type ToHold,
} from "../containment/report-containments.ts";
import { SensorError } from "../errors.ts";
import type { ProtectedMachine } from "../host/anchors.ts";
import type { AdoptedDesired } from "../link/desired.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";
import { isLinePlacement } from "../placement/placement-choice.ts";
import type { AutomaticKeeper } from "./automatic-keeper.ts";
import type { ProbationKeeper } from "./probation-keeper.ts";
import { containmentChanges } from "./containment-changes.ts";
import type { HealthBoard } from "./health-board.ts";
import type { SiteMemory } from "../containment/report-site.ts";
import { siteChanges, siteSeen, type SiteSeen } from "./site-changes.ts";
import { SiteKeeper, type SiteKeeperOptions } from "./site-keeper.ts";

/** What the agent remembers from one life to the next; plain JSON. */
export interface AgentMemory {
  readonly version: 1;
  /** The trusted time as of the last round (epoch ms); releases that knew none have written none. */
  readonly trustedAt?: number;
  readonly kernel: ContainmentMemory;
  /** Releases that knew no rules of the site have written none. */
  readonly site?: SiteMemory;
  /** The same of wishes for more than single machines; releases that told nothing of these have written none. */
  readonly seenSite?: readonly SiteSeen[];
  /** Containments as of the last round that saw the kernel, so that only what is new is said. */
  readonly seen: readonly Held[];
}

export interface AgentOptions {
  readonly executor: Executor;
  /** The site's policy while no document was ever given. */
  readonly policy: Policy;
  /** What the policy contains by itself. */
  readonly automatic: Pick<AutomaticKeeper, "take" | "whyEnded">;
  /** Who is on probation while an incident is open. Absent: nobody ever. */
  readonly probation?: Pick<ProbationKeeper, "take" | "whyEnded" | "reported">;
  /** True where nothing can be stopped. */
  readonly isSimulated: boolean;
  readonly placement: Placement;
  /** Machines a person vouched for. */
  readonly declared: readonly SiteProfile["declared"][number][];
  /** Whom the executor is to refuse to contain, beside those that it knows of itself. Absent: nobody. */
  readonly protectedMachines?: () => readonly ProtectedMachine[];
  /** The cards that have an address; see {@link SiteKeeperOptions}. Absent: nobody's is known. */
  readonly cardsOf?: SiteKeeperOptions["cardsOf"];
  readonly localNets: readonly string[];
  /** What the judge knows of hosts with these keys. */
  readonly hosts: SiteKeeperOptions["hosts"];
  readonly bootId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Epoch milliseconds, never ahead of the truth: by this containments end. */
  readonly trustedNow: () => number;
  readonly log: Logger;
  readonly health: HealthBoard;
  readonly line: () => LineState;
  /** What answers on the way to the Internet. Absent: nobody looks. */
  readonly lineChecks?: () => Reported["lineChecks"];
  /** Messages refused so far, by code. */
  readonly refused: () => Readonly<Record<string, number>>;
  /** What quarantined hosts still reach; undefined where nothing is opened for them. */
  readonly remedies: () => Reported["remedies"];
  /** How long its start took. Absent: nobody knows. */
  readonly boot?: () => Reported["boot"];
  /** What is kept on the box. Absent: nothing that is worth telling. */
  readonly record?: () => Reported["record"];
  /** What runs, and how an order for another release stands. Absent: none is followed. */
  readonly update?: (() => Reported["update"]) | undefined;
  /** Null where nothing is remembered. */
  readonly memory: AgentMemory | null;
  /** Called after each round with what there is to remember. */
  readonly onMemory: (memory: AgentMemory) => void;
  /** Called after each round. */
  readonly onReported: (reported: Reported) => void;
  /** What became of containments, for the spool. */
  readonly onChange: (entry: NoticeEntry) => void;
}

const roundMs = 1000;
const beyondShownMs = 600_000;
// What the executor refused (a gateway, the box) is asked for again so seldom that nobody notices it.
const refusedRetryMs = 10_000;
// With the rest between two rounds, whoever looks at the state knows within five seconds.
const slowAnswerMs = 3000;

/**
 * The loop: observe the kernel, plan what it lacks, apply that, report what was reached. Only one
 * round runs at a time; whatever comes in meanwhile is seen by the next, which then follows at
 * once. It holds what persons wish for and what the policy takes by itself; without any wish it only
 * adds, since nobody knows what else the kernel is to hold.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #stop = new AbortController();
  readonly #site: SiteKeeper;
  #packetsStopped = 0;
  #executorTroubles: readonly string[] = [];
  #desired: AdoptedDesired | null = null;
  #automatic: readonly AutomaticContainment[] = [];
  #probation: Probation | null = null;
  #saved: Promise<void> = Promise.resolve();
  #memory: ContainmentMemory;
  #reported: Reported | null = null;
  #observed: Observed | null = null;
  #seen: readonly Held[];
  #seenSite: readonly SiteSeen[];
  #refusals = new Map<string, { readonly reason: string; readonly at: number }>();
  #wake: (() => void) | null = null;
  #isKicked = false;
  #hasNewWish = false;
  /** Whether the executor let this round wait. */
  #isSlow = false;
  /** Whether the last round did not look at the kernel first. */
  #hasLookedAway = false;
  /** The look under way, where a new wish may end it. */
  #look: AbortController | null = null;
  #reflexSeen: Reported["reflex"] = undefined;
  #beyondUntil = 0;
  #running: Promise<void> | null = null;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#memory = options.memory?.kernel ?? emptyContainmentMemory;
    this.#seen = options.memory?.seen ?? [];
    this.#seenSite = options.memory?.seenSite ?? [];
    this.#site = new SiteKeeper({ ...options, memory: options.memory?.site ?? null });
  }

  /** The newest report; null before the first round. */
  get reported(): Reported | null {
    return this.#reported;
  }

  /** The newest report, where it is of the document in effect; null until there is one. */
  get upToDate(): Reported | null {
    const { epoch, revision } = this.#desired?.document ?? { epoch: 0, revision: 0 };
    const reported = this.#reported;
    return reported?.epoch === epoch && reported.revision === revision ? reported : null;
  }

  /** What the kernel last showed; null while it cannot be asked. */
  get observed(): Observed | null {
    return this.#observed;
  }

  /** Packets our rules stopped, as last read from the kernel. */
  get packetsStopped(): number {
    return this.#packetsStopped;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the loop and leaves the kernel as it is. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  /** Takes over a new wish. `saved` is awaited before its revision is reported as reached. */
  adopt(desired: AdoptedDesired, saved: Promise<void>): void {
    this.#desired = desired;
    this.#saved = saved;
    // A new wish is a new reason to ask.
    this.#refusals.clear();
    this.#hasNewWish = !this.#hasLookedAway;
    this.#look?.abort();
    this.kick();
  }

  /** Makes the next round follow at once. */
  kick(): void {
    this.#isKicked = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#isKicked = false;
      try {
        await this.#round(signal);
        this.#options.health.clear("agent-failed");
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.error({ err: error }, "a round of the agent failed");
        this.#options.health.raise("agent-failed", "error", (error as Error).message);
      }
      if (!signal.aborted && !this.#isKicked) await this.#rest();
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    // A new wish is tried on what was seen last, at most a round ago; the round after it looks again. It does not wait
    // for a look under way either.
    this.#isSlow = false;
    const looksFirst = !this.#hasNewWish || this.#observed === null;
    this.#look = looksFirst && this.#observed !== null && !this.#hasLookedAway ? new AbortController() : null;
    this.#hasNewWish = false;
    this.#hasLookedAway = !looksFirst;
    if (looksFirst) this.#observed = await this.#observe(signal, this.#look?.signal);
    this.#look = null;
    // Read only now: a wish that came while the kernel was being looked at need not wait for another look.
    const desired = this.#desired;
    const saved = this.#saved;
    if (looksFirst) this.#hasNewWish = false;
    this.#isKicked = false;
    const document = desired?.document ?? null;
    const automatic = await this.#options.automatic.take(document, this.#time());
    this.#probation = this.#options.probation?.take(document, automatic, this.#time()) ?? null;
    this.#automatic = [...automatic, ...(this.#probation?.throttles ?? [])];
    const toHold = [...(document === null ? [] : everyContainment(document)), ...this.#automatic];
    const hasReflex = document !== null || this.#unaskedReflex(this.#observed) !== null;
    if (this.#observed !== null && (hasReflex || toHold.length > 0)) {
      this.#observed = await this.#apply(document, toHold, this.#observed, signal);
    }
    if (signal.aborted) return;
    await saved;

    const { clock: now, trusted: trustedNow } = this.#time();
    const { placement } = this.#options;
    if (!this.#isSlow || this.#observed === null) this.#options.health.clear("executor-slow");
    if (this.#observed !== null) {
      this.#options.health.clear("executor-down");
      this.#options.health.clear("containment-failed");
      this.#packetsStopped = this.#observed.packetsStopped ?? this.#packetsStopped;
    }
    // Of a wish that nobody knows, nothing is said.
    const isKnown = document !== null || toHold.length > 0;
    const reported = isKnown ? this.#measure(toHold, document === null) : [];
    const isSeen = this.#observed !== null && document !== null;
    if (this.#observed !== null && isKnown) {
      const ids = new Set(reported.map(({ id }) => id));
      // Without a wish nothing is taken out of the kernel, so nothing has ended.
      const unknown = document === null ? this.#seen.filter(({ id }) => !ids.has(id)) : [];
      const before = this.#seen.filter((held) => !unknown.includes(held));
      const whyEnded = (id: string) => this.#options.probation?.whyEnded(id) ?? this.#options.automatic.whyEnded(id);
      const context = { placement, now, trustedNow, whyEnded };
      for (const change of containmentChanges(before, reported, context)) this.#options.onChange(change);
      this.#seen = [...unknown, ...reported];
    }
    const site = document === null ? null : this.#site.report(document, this.#observed, this.#context());
    if (site !== null && this.#observed !== null) {
      const seen = siteSeen(site, placement);
      for (const change of siteChanges(this.#seenSite, seen, { now, trustedNow })) this.#options.onChange(change);
      this.#seenSite = seen;
    }
    if (isKnown) {
      const remembered = { kernel: this.#memory, site: this.#site.memory, seen: this.#seen, seenSite: this.#seenSite };
      this.#options.onMemory({ version: 1, trustedAt: trustedNow, ...remembered });
    }
    const probation = this.#options.probation?.reported;
    const notSeen = isSeen ? [] : this.#notSeenToEnd(reported);
    const ending = document === null ? [] : notSeen.filter(isWished).map(({ id }) => id);
    const all = [...reported, ...notSeen];
    const wished = all.filter(isWished);
    const reflex = reportReflex(this.#reflexInput(desired?.document), this.#observed, this.#options.isSimulated);
    if (this.#observed !== null) this.#tellReflex(reflex);
    const remedies = this.#options.remedies();
    const boot = this.#options.boot?.();
    const record = this.#options.record?.();
    const update = this.#options.update?.();
    const lineChecks = this.#options.lineChecks?.();
    this.#reported = {
      version: contractVersion,
      bootId: this.#options.bootId,
      at: now,
      epoch: desired?.document.epoch ?? 0,
      revision: desired?.document.revision ?? 0,
      ...(document === null ? {} : { issuedAt: document.issuedAt }),
      ...(document?.recording === undefined ? {} : { recording: document.recording }),
      ...(document?.local === undefined ? {} : { local: document.local }),
      placement,
      line: this.#options.line(),
      ...(lineChecks === undefined ? {} : { lineChecks }),
      ...(this.#observed?.pastRules === undefined ? {} : { pastRules: this.#observed.pastRules }),
      containments: wished.filter((one) => one.kind !== "throttle" && !isSweepBlock(one)),
      throttles: wished.filter((containment) => containment.kind === "throttle"),
      ...(wished.some(isSweepBlock) ? { sweeps: wished.filter(isSweepBlock) } : {}),
      ...(ending.length === 0 ? {} : { ending }),
      automatic: all.filter(isAutomatic),
      policy: document?.policy ?? this.#options.policy,
      pardons: document?.pardons ?? [],
      ...(document?.duties === undefined ? {} : { duties: document.duties }),
      reflex,
      ...(remedies === undefined ? {} : { remedies }),
      ...(probation === undefined ? {} : { probation: { ...probation, ...strangersStopped(this.#observed) } }),
      ...site,
      ...(boot === undefined ? {} : { boot }),
      ...(record === undefined ? {} : { record }),
      ...(update === undefined ? {} : { update }),
      health: this.#options.health.list(),
      refused: { ...this.#options.refused() },
    };
    this.#options.onReported(this.#reported);
  }

  /** What became of each containment, as far as the kernel was seen. */
  #measure(toHold: readonly ToHold[], isWishUnknown: boolean): Held[] {
    const { isSimulated, placement } = this.#options;
    const { clock: now, trusted: trustedNow } = this.#time();
    const { refused } = this.#context();
    const { reported, memory } = reportContainments({
      desired: toHold,
      observed: this.#observed,
      isSimulated,
      placement,
      now,
      trustedNow,
      refused,
      memory: this.#memory,
    });
    // What is wished for may come to be known again, and goes on with the times it had.
    const forgotten = isWishUnknown ? this.#memory.containments : {};
    this.#memory = { ...memory, containments: { ...forgotten, ...memory.containments } };
    return reported;
  }

  /**
   * What the kernel holds; null where the executor cannot be asked.
   *
   * @param givenUp ends the look early, and what was seen last stands
   */
  async #observe(signal: AbortSignal, givenUp?: AbortSignal): Promise<Observed | null> {
    try {
      const until = givenUp === undefined ? signal : AbortSignal.any([signal, givenUp]);
      const { executor, placement } = this.#options;
      let observed = await this.#answerOf(executor.observe(until));
      // The executor may have begun somewhere else than where the box has found that it stands.
      if (observed.standing !== undefined && isLinePlacement(placement) && observed.standing !== placement) {
        const stood = executor.stand?.(placement, signal);
        observed = stood === undefined ? observed : await this.#answerOf(stood);
      }
      this.#tellTroubles(observed);
      return observed;
    } catch (error) {
      if (givenUp?.aborted !== true) return this.#failed(error, signal);
      this.#hasLookedAway = true;
      return this.#observed;
    }
  }

  /**
   * Brings the kernel to what is to be held; what it holds then, or null where that is not known. While
   * no wish was given yet, or the stored one was lost, nobody is let go.
   */
  async #apply(
    wish: DesiredDocument | null,
    toHold: readonly ToHold[],
    observed: Observed,
    signal: AbortSignal,
  ): Promise<Observed | null> {
    const { executor, monotonic, log, placement } = this.#options;
    // There is nothing there to ask it of.
    if (placement === "mirror") return observed;
    const settings = wish === null ? this.#unaskedReflex(observed) : reflexSettings(this.#reflexInput(wish));
    const rules = wish === null ? null : this.#site.rules(wish, this.#time(), observed);
    // Outside the router one machine's name stands for all behind it: what is wished of it alone would hold for everybody.
    const hosts = placement === "wan" ? [] : [...toHold, ...(wish === null ? [] : this.#site.quarantines(wish))];
    const planned = plan(hosts, this.#time(), observed, settings, rules);
    const steps = (wish === null ? additionsIn(planned) : planned).filter((step) => !this.#wasJustRefused(step));
    if (steps.length === 0) return observed;
    try {
      const machines = this.#options.protectedMachines?.() ?? [];
      const applied = await this.#answerOf(
        executor.apply([{ kind: "protect", machines: [...machines] }, ...steps], signal),
      );
      for (const step of steps) if ("mac" in step) this.#refusals.delete(step.mac);
      for (const { mac, reason } of applied.refused) this.#refusals.set(mac, { reason, at: monotonic() });
      log.info({ steps: steps.length, refused: applied.refused.length }, "changed the kernel's sets");
      this.#tellTroubles(applied.observed);
      return applied.observed;
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  /** Waits for the executor; where that takes long, it is said before anybody knows how it ends. */
  async #answerOf<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#tellSlow(), slowAnswerMs);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What was reached stays as it was last seen. */
  #tellSlow(): void {
    const { health, now, onReported } = this.#options;
    this.#isSlow = true;
    // That it cannot be confirmed is said already.
    if (this.#observed === null || this.#reported === null) return;
    const text =
      "The kernel's rules could neither be read nor changed for 3 seconds. What they stop is as it was then.";
    health.raise("executor-slow", "warning", text);
    this.#reported = { ...this.#reported, at: now(), health: health.list() };
    onReported(this.#reported);
  }

  #failed(error: unknown, signal: AbortSignal): null {
    if (!(error instanceof SensorError)) throw error;
    if (signal.aborted) return null;
    const code = error.code === "executor-unavailable" ? "executor-down" : "containment-failed";
    const text = `What is stopped cannot be confirmed or changed: ${error.message}.`;
    this.#options.health.raise(code, "error", text);
    return null;
  }

  #tellTroubles(observed: Observed): void {
    const { health, isSimulated } = this.#options;
    if (observed.skeleton !== null || isSimulated) health.clear("ruleset-missing");
    else health.raise("ruleset-missing", "error", "The kernel does not hold our rules; nothing is stopped or seen.");
    const troubles = observed.troubles ?? [];
    for (const code of this.#executorTroubles) {
      if (!troubles.some((trouble) => trouble.code === code)) health.clear(code);
    }
    for (const { code, text } of troubles) {
      // All others are mended already or lose no cut.
      health.raise(code, code === "containment-leak" ? "error" : "warning", text);
    }
    this.#executorTroubles = troubles.map(({ code }) => code);
  }

  #context(): { readonly time: ContainmentTime; readonly refused: ReadonlyMap<string, string> } {
    return { time: this.#time(), refused: new Map([...this.#refusals].map(([mac, { reason }]) => [mac, reason])) };
  }

  #time(): ContainmentTime {
    return { clock: this.#options.now(), trusted: this.#options.trustedNow() };
  }

  /** What held when it was last seen and is not wished any more: nobody saw it end, so it is not left out. */
  #notSeenToEnd(reported: readonly Held[]): Held[] {
    const wished = new Set(reported.map(({ id }) => id));
    return this.#seen
      .filter(({ id, inForceSince }) => !wished.has(id) && inForceSince !== null)
      .map((containment) => ({ ...containment, level: "unconfirmed" }));
  }

  #reflexInput(wish: DesiredDocument | undefined): ReflexInput {
    const { placement, declared } = this.#options;
    return { wish: wish?.reflex, placement, declared, probation: this.#probation };
  }

  /** What the reflex is to be while no wish is known: with probation, or without what is left of it; null leaves it. */
  #unaskedReflex(observed: Observed | null): ReflexSettings | null {
    const held = observed?.reflex?.settings;
    if (held === undefined || !carriesNoWish(held)) return null;
    return this.#probation === null && held.probation !== true ? null : reflexSettings(this.#reflexInput(undefined));
  }

  /** Names whoever goes beyond the budget, for as long as somebody may want to see it. */
  #tellReflex(reflex: NonNullable<Reported["reflex"]>): void {
    const { health, monotonic } = this.#options;
    const text = beyondBudget(this.#reflexSeen, reflex);
    this.#reflexSeen = reflex;
    if (text !== null) {
      health.raise("reflex-over-budget", "info", text);
      this.#beyondUntil = monotonic() + beyondShownMs;
    } else if (monotonic() >= this.#beyondUntil) {
      health.clear("reflex-over-budget");
    }
  }

  #wasJustRefused(step: Step): boolean {
    if (step.kind !== "quarantine-add" && step.kind !== "vector-add" && step.kind !== "throttle-add") return false;
    const refusal = this.#refusals.get(step.mac);
    return refusal !== undefined && this.#options.monotonic() - refusal.at < refusedRetryMs;
  }

  /** Until the next round is due: a second, or the moment a containment begins or ends. */
  #rest(): Promise<void> {
    const { clock, trusted } = this.#time();
    const wished = this.#desired === null ? [] : timesOf(this.#desired.document);
    const waits = [...wished, ...this.#automatic]
      .flatMap(({ startsAt, expiresAt }) => [startsAt - clock, (expiresAt ?? 0) - trusted])
      .filter((waitMs) => waitMs > 0);
    const delayMs = Math.min(roundMs, ...waits);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }
}

/** Everything in a wish that begins and ends by itself. */
function timesOf(wish: DesiredDocument): readonly Pick<ToPlan, "startsAt" | "expiresAt">[] {
  const { barriers = [], areaCuts = [], lineCut } = wish;
  return [...everyContainment(wish), ...barriers, ...areaCuts, ...(lineCut === undefined ? [] : [lineCut])];
}
