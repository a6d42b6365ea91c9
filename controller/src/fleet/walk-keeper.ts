import {
  maxWalkMs,
  parseWalk,
  walkKind,
  type Walk,
  type WalkEnd,
  type WalkFinding,
  type WalkQuestion,
} from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import type { Store } from "../store/schema.ts";
import type { AskKeeper, AskOutcome } from "./ask-keeper.ts";
import { walkObstacle } from "./walk-offer.ts";

/** Why a walk is over: what the box said, a person stopped it, its page is closed, the box began anew, or it could not be done. */
export type WalkOver = WalkEnd["why"] | "stopped" | "page-closed" | "box-restarted" | "failed";

/** How a walk stands; times are the controller's own. */
export interface WalkStanding {
  readonly id: string;
  readonly author: string;
  readonly armedAt: number;
  /** What the box last said of it; null before its first word. */
  readonly word: Walk | null;
  /** When that came. */
  readonly heardAt: number | null;
  /** How far the box's clock is behind, as well as is known: add it to the times of the word. */
  readonly behindMs: number;
  /** When each finding was first heard of, by its id. */
  readonly toldAt: ReadonlyMap<number, number>;
  /** Null while it goes on. */
  readonly over: {
    readonly why: WalkOver;
    readonly at: number;
    readonly by: string | null;
    readonly text: string;
  } | null;
}

export interface WalkKeeperParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly asks: Pick<AskKeeper, "ask" | "cancel" | "outcome">;
  /** Told when there is something new of the walk of a site. */
  readonly changed: (siteId: string) => void;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
  readonly limits?: Partial<WalkLimits>;
}

export interface WalkLimits {
  /** For so long a page need not be heard of: a phone in a pocket is none that anybody looks at. */
  readonly leaseMs: number;
  /** A walk that is over is told of for so long. */
  readonly rememberMs: number;
}

export const defaultWalkLimits: WalkLimits = { leaseMs: 30_000, rememberMs: 3_600_000 };

/** How long the answer may take beyond the walk itself. */
const answerMs = 20_000;

/** Lines of one walk in the audit log: nobody pulls more cables in ten minutes. */
const maxLines = 200;

interface Running {
  standing: WalkStanding;
  readonly siteId: string;
  readonly sensorId: string;
  leaseUntil: number;
  /** How many machines may be written down still. */
  linesLeft: number;
  cancelTimer: () => void;
}

/**
 * Walks, one of a site at a time. A walk is an ask that goes on for as long as somebody looks: whoever watches says so again and
 * again, and a box whose walk nobody watches is told to stop. What it finds is kept in memory alone; who walked, and whose
 * cables were found, goes into the audit log.
 */
export class WalkKeeper {
  readonly #parts: WalkKeeperParts;
  readonly #limits: WalkLimits;
  readonly #bySite = new Map<string, Running>();
  readonly #exclusive = new Exclusive();
  readonly #closing = new AbortController();

  constructor(parts: WalkKeeperParts) {
    this.#parts = parts;
    this.#limits = { ...defaultWalkLimits, ...parts.limits };
  }

  /** Ends what the last process left: nobody watches it. */
  async start(): Promise<void> {
    const { store, asks } = this.#parts;
    const open = store.selectFrom("asks").select("id").where("kind", "=", walkKind).where("status", "=", "open");
    for (const { id } of await open.execute()) await asks.cancel(id);
  }

  /** Lets go of timers; boxes end what goes on when nobody is there any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { cancelTimer } of this.#bySite.values()) cancelTimer();
    await this.#exclusive.idle();
  }

  /** How the walk of a site stands, the last one where none goes on; null where there was none of late. */
  of(siteId: string): WalkStanding | null {
    return this.#bySite.get(siteId)?.standing ?? null;
  }

  /** Begins a walk, or joins the one that goes on. Throws `walk-not-offered`, and what {@link AskKeeper.ask} throws. */
  arm(siteId: string, author: string): Promise<void> {
    return this.#exclusive.run(async () => {
      const running = this.#bySite.get(siteId);
      if (running !== undefined && running.standing.over === null) return this.#extend(running);
      const { store, ambient, asks } = this.#parts;
      const sensor = await store.selectFrom("sensors").selectAll().where("site_id", "=", siteId).executeTakeFirst();
      const obstacle = sensor === undefined ? "no-box" : walkObstacle(sensor);
      if (sensor === undefined || obstacle !== null) {
        throw new ControllerError("walk-not-offered", `the box of ${siteId} cannot walk: ${obstacle}`);
      }
      const question: WalkQuestion = { forMs: maxWalkMs };
      const wish = { kind: walkKind, question, patienceMs: maxWalkMs + answerMs, author };
      const { id } = await asks.ask(sensor.id, wish, (rows, askId) =>
        writeAudit(rows, ambient, { author, action: "walk-armed", siteId, subject: sensor.id, detail: askId }),
      );
      const now = ambient.clock.now();
      const begun: Running = {
        standing: {
          ...{ id, author, armedAt: now, word: null, heardAt: null, behindMs: 0, toldAt: new Map(), over: null },
        },
        ...{ siteId, sensorId: sensor.id, leaseUntil: 0, linesLeft: maxLines, cancelTimer: () => undefined },
      };
      this.#bySite.set(siteId, begun);
      this.#extend(begun);
      this.#parts.changed(siteId);
      asks.outcome(id, this.#closing.signal).then(
        (outcome) => this.#exclusive.run(() => this.#answered(begun, outcome)).catch(this.#complain),
        // Nobody waits any more.
        () => undefined,
      );
    });
  }

  /** Somebody still looks. False where that walk is over. */
  keep(siteId: string, walkId: string): boolean {
    const running = this.#bySite.get(siteId);
    if (running?.standing.id !== walkId || running.standing.over !== null) return false;
    this.#extend(running);
    return true;
  }

  /** Ends a walk, for everybody who watches. False where it is over. */
  stop(siteId: string, walkId: string, by: string): Promise<boolean> {
    return this.#exclusive.run(async () => {
      const running = this.#bySite.get(siteId);
      if (running?.standing.id !== walkId || running.standing.over !== null) return false;
      await this.#end(running, "stopped", by);
      return true;
    });
  }

  /** Takes in what a box says of its walk. */
  async take(sensorId: string, payload: Uint8Array): Promise<void> {
    const { ambient, changed, refused } = this.#parts;
    const parsed = parseWalk(payload);
    if (!parsed.ok) return refused(sensorId, "malformed-walk", parsed.error);
    const word = parsed.value;
    const running = [...this.#bySite.values()].find((each) => each.sensorId === sensorId);
    // What was on its way when the walk ended.
    if (running === undefined || running.standing.id !== word.id || running.standing.over !== null) return;
    const before = running.standing.word;
    if (before !== null && before.bootId !== word.bootId) {
      // It was asked again when it came back: whom it finds silent may have been pulled before.
      return this.#exclusive.run(() => this.#end(running, "box-restarted", null));
    }
    if (before !== null && word.sequence <= before.sequence) return;
    const now = ambient.clock.now();
    const { toldAt, behindMs } = running.standing;
    running.standing = {
      ...running.standing,
      ...{ word, heardAt: now },
      // The quickest message says best how the clocks differ.
      behindMs: before === null ? now - word.at : Math.min(behindMs, now - word.at),
      toldAt: new Map(word.findings.map(({ id }) => [id, toldAt.get(id) ?? now])),
    };
    changed(running.siteId);
    const news = word.findings.filter(({ id }) => !toldAt.has(id));
    await this.#exclusive.run(() => this.#writeDown(running, news));
  }

  /** That one machine's cable was pulled, or put back, is worth more than the walk. */
  async #writeDown(running: Running, news: readonly WalkFinding[]): Promise<void> {
    const { store, ambient } = this.#parts;
    const { siteId, standing } = running;
    for (const { kind, hosts, heardAt } of news) {
      const [host, ...others] = hosts;
      if ((kind !== "gone" && kind !== "back") || host === undefined || others.length > 0) continue;
      if (running.linesLeft <= 0) return;
      running.linesLeft -= 1;
      await writeAudit(store, ambient, {
        ...{ author: standing.author, action: kind === "gone" ? "cable-pulled" : "cable-back", siteId, subject: host },
        detail: JSON.stringify({ host, walk: standing.id, ...(heardAt === null ? {} : { heardAt }) }),
      });
    }
  }

  #extend(running: Running): void {
    const { clock } = this.#parts.ambient;
    const { leaseMs } = this.#limits;
    running.leaseUntil = clock.now() + leaseMs;
    running.cancelTimer();
    running.cancelTimer = clock.after(leaseMs, () => {
      this.#exclusive.run(() => this.#end(running, "page-closed", null)).catch(this.#complain);
    });
  }

  /** The box has ended it, or never began. */
  async #answered(running: Running, outcome: AskOutcome): Promise<void> {
    const said = outcome.status === "done" ? (JSON.parse(outcome.body ?? "{}") as Partial<WalkEnd>).why : undefined;
    await this.#end(running, said ?? "failed", null, outcome.text ?? "");
  }

  async #end(running: Running, why: WalkOver, by: string | null, text = ""): Promise<void> {
    const { store, ambient, asks, changed } = this.#parts;
    const { standing, siteId, sensorId } = running;
    if (standing.over !== null) return;
    running.cancelTimer();
    const at = ambient.clock.now();
    running.standing = { ...standing, over: { why, at, by, text } };
    running.cancelTimer = ambient.clock.after(this.#limits.rememberMs, () => {
      if (this.#bySite.get(siteId) === running) this.#bySite.delete(siteId);
    });
    changed(siteId);
    await asks.cancel(standing.id);
    const named = standing.word?.findings.filter(({ kind }) => kind === "gone").flatMap(({ hosts }) => hosts) ?? [];
    const silent = standing.word?.machines.filter(({ state }) => state === "gone").map(({ host }) => host) ?? [];
    await writeAudit(store, ambient, {
      ...{ author: by ?? standing.author, action: "walk-ended", siteId, subject: sensorId },
      detail: JSON.stringify({ walk: standing.id, why, named: [...new Set(named)], silent }),
    });
  }

  readonly #complain = (error: unknown): void => {
    this.#parts.ambient.log.error("cannot end a walk", { error: errorText(error) });
  };
}
