import type { WalkFinding, WalkState } from "@cordon/contract";

export interface WalkLimits {
  /** How often a machine that answers is asked. Shorter tells sooner, with more frames: each costs two. */
  readonly everyMs: number;
  /** How long an answer may take. On a cable it takes less than a millisecond; more is a busy machine's. */
  readonly graceMs: number;
  /** Questions in a row without an answer until a machine is silent. Fewer tell sooner, and of lost frames as well. */
  readonly misses: number;
  /** Answers in a row until a machine may be said to have gone silent. */
  readonly steadyAnswers: number;
  /** After so long without any answer a machine is silent from before, and the walk is armed. */
  readonly settleMs: number;
  /** How often those are asked who do not answer. */
  readonly silentEveryMs: number;
  /** How long it is waited for whoever has not been heard since, before one is named without them. */
  readonly witnessMs: number;
  /** Questions a second to all together. */
  readonly perSecond: number;
  /** What is heard of a machine within it after it was told to be gone was under way before. */
  readonly echoMs: number;
}

export const defaultWalkLimits: WalkLimits = {
  everyMs: 600,
  graceMs: 250,
  misses: 4,
  steadyAnswers: 3,
  settleMs: 2500,
  silentEveryMs: 1000,
  witnessMs: 1500,
  perSecond: 300,
  echoMs: 500,
};

/** A question that is to be put now. */
export interface WalkQuestionDue {
  readonly host: string;
  readonly state: WalkState;
}

/** A finding by the clock of the watch. */
export type Found = Omit<WalkFinding, "hosts"> & { readonly hosts: readonly string[] };

interface Machine {
  readonly host: string;
  state: WalkState;
  since: number;
  /** Answers in a row. */
  answers: number;
  heardAt: number | null;
  /** When the question that is open was put. */
  askedAt: number | null;
  /** Questions in a row without an answer, and when the first of them was put. */
  misses: number;
  missedAt: number;
  /** The most misses after which it answered all the same, and how often that was more than one. */
  worst: number;
  gaps: number;
  dueAt: number;
  /** By so much it is asked more often than is said, so that not all are asked, and answer, at once. */
  readonly earlierMs: number;
  addedAt: number;
}

/** So many gaps of more than one question, and it is as likely to be a radio's as a hand's. */
const mostGaps = 3;
/** How long somebody who is silent since the same moment still belongs to what was found. */
const joinMs = 10_000;

/**
 * Who fell silent, out of who was asked and who was heard. One machine is named only where others answer after it fell silent, and
 * nobody fell silent with it: silence begins somewhere between the last sign of a machine and the first question that it
 * missed, and where two of these spans overlap it may have been one cable. Pure; its time is any that only goes on, in milliseconds.
 */
export class WalkWatch {
  readonly #limits: WalkLimits;
  readonly #startedAt: number;
  readonly #machines = new Map<string, Machine>();
  #room: number;
  #roomAt: number;
  #hasLink = true;
  /** When anybody was heard, and when somebody was after nobody had been for longer than it takes to ask all. */
  #anyHeardAt: number;
  #resumedAt = -Infinity;
  #lastId = 0;
  /** What was found of late, the newest last. */
  #recent: Found[] = [];
  #news: Found[] = [];

  constructor(now: number, limits: Partial<WalkLimits> = {}) {
    this.#limits = { ...defaultWalkLimits, ...limits };
    this.#startedAt = now;
    this.#anyHeardAt = now;
    this.#room = this.#limits.perSecond / 10;
    this.#roomAt = now;
  }

  /** Whether it is known who answers. */
  isArmed(now: number): boolean {
    return now - this.#startedAt >= this.#limits.settleMs;
  }

  get machines(): readonly Readonly<Pick<Machine, "host" | "state" | "since">>[] {
    return [...this.#machines.values()];
  }

  has(host: string): boolean {
    return this.#machines.has(host);
  }

  /** Takes a machine in; with a state that is not to be asked it is only listed. */
  add(host: string, now: number, state: "asked" | "wireless" | "no-address" = "asked"): void {
    const known = this.#machines.get(host);
    if (known !== undefined && (known.state !== "no-address" || state === "no-address")) return;
    this.#machines.set(host, {
      ...{ host, state, since: now, answers: 0, heardAt: null, askedAt: null },
      ...{ misses: 0, missedAt: 0, worst: 0, gaps: 0, dueAt: now, addedAt: now },
      earlierMs: (this.#machines.size % 8) * (this.#limits.everyMs / 40),
    });
  }

  /** Whether all who answered have missed a question: time to look at the own cable. */
  get isAllMissing(): boolean {
    const answering = this.#answering();
    return answering.length > 0 && answering.every(({ misses }) => misses > 0);
  }

  /** Whom to ask now, the longest due first; what really went out is told by {@link asked}. */
  due(now: number): readonly WalkQuestionDue[] {
    if (!this.#hasLink) return [];
    const { perSecond } = this.#limits;
    const room = this.#room + ((now - this.#roomAt) / 1000) * perSecond;
    this.#room = Math.min(room, perSecond / 10);
    this.#roomAt = now;
    return [...this.#machines.values()]
      .filter((machine) => isAsked(machine) && machine.askedAt === null && machine.dueAt <= now)
      .toSorted((a, b) => a.dueAt - b.dueAt)
      .slice(0, Math.floor(this.#room))
      .map(({ host, state }) => ({ host, state }));
  }

  /** A question went out. */
  asked(host: string, now: number): void {
    const machine = this.#machines.get(host);
    if (machine === undefined || machine.askedAt !== null) return;
    machine.askedAt = now;
    this.#room -= 1;
  }

  /** A question could not be put as things are; the next is due later. */
  postponed(host: string, now: number): void {
    const machine = this.#machines.get(host);
    if (machine !== undefined) machine.dueAt = now + this.#limits.silentEveryMs;
  }

  /** A machine was heard: it answered, or spoke of itself. */
  heard(host: string, now: number): void {
    const machine = this.#machines.get(host);
    if (machine === undefined || !isAsked(machine) || !this.#hasLink) return;
    if (machine.state === "gone" && now - machine.since < this.#limits.echoMs) return;
    const { everyMs, graceMs, misses, steadyAnswers } = this.#limits;
    machine.heardAt = now;
    if (now - this.#anyHeardAt > everyMs + graceMs) this.#resumedAt = now;
    this.#anyHeardAt = now;
    if (machine.misses > 0 && machine.state === "answering") {
      machine.worst = Math.max(machine.worst, machine.misses);
      if (machine.misses > 1) machine.gaps += 1;
    }
    machine.misses = 0;
    const isAnswer = machine.askedAt !== null;
    if (isAnswer) machine.answers += 1;
    machine.askedAt = null;
    const isSteady = machine.answers >= steadyAnswers;
    // Who is new is asked again soon, so that all is known soon, and however much it says of itself.
    if (isSteady) machine.dueAt = now + everyMs - machine.earlierMs;
    else if (isAnswer) machine.dueAt = now + everyMs / misses;
    if (machine.state === "gone") this.#back(machine, now);
    else if (machine.gaps >= mostGaps) this.#enter(machine, "unsteady", now);
    else if (isSteady) this.#enter(machine, "answering", now);
  }

  /** The one who looks was held up for so long: nothing that came meanwhile was heard, and nobody missed anything. */
  excuse(lateMs: number): void {
    for (const machine of this.#machines.values()) if (machine.askedAt !== null) machine.askedAt += lateMs;
  }

  /** The box's own cable to the machines leads to something, or does no more. */
  link(isThere: boolean, now: number): void {
    if (isThere === this.#hasLink) return;
    this.#hasLink = isThere;
    this.#recent = [];
    this.#tell({ kind: isThere ? "own-link-back" : "own-link", hosts: [], at: now, heardAt: null });
    for (const machine of this.#machines.values()) {
      machine.askedAt = null;
      machine.misses = 0;
      // Whoever was there is to be heard anew before anything is said of him.
      machine.answers = 0;
      if (machine.state === "answering" || machine.state === "gone") this.#enter(machine, "asked", now);
      machine.addedAt = now;
      machine.dueAt = now;
    }
  }

  /** Time passes; what was found since, each under its id. */
  advance(now: number): readonly Found[] {
    if (this.#hasLink) {
      for (const machine of this.#machines.values()) this.#miss(machine, now);
      this.#decide(now);
    }
    const news = this.#news;
    this.#news = [];
    return news;
  }

  #miss(machine: Machine, now: number): void {
    const { graceMs, settleMs, silentEveryMs } = this.#limits;
    const { askedAt } = machine;
    if (askedAt !== null && now - askedAt >= graceMs) {
      if (machine.misses === 0) machine.missedAt = askedAt;
      machine.misses += 1;
      machine.askedAt = null;
      const isQuick = machine.state === "answering" || machine.state === "asked";
      machine.dueAt = isQuick ? now : now + silentEveryMs;
      if (machine.state === "asked" || machine.state === "silent-before") machine.answers = 0;
    }
    if (machine.state === "asked" && machine.misses > 0 && now - machine.addedAt >= settleMs) {
      this.#enter(machine, "silent-before", now);
    }
  }

  #decide(now: number): void {
    // After a silence of all the first to be heard is no witness yet: the others' answers are under way.
    if (now - this.#resumedAt < 2 * this.#limits.graceMs) return;
    for (;;) {
      const answering = this.#answering();
      const silent = answering.filter((machine) => this.#isSilent(machine));
      const first = silent.toSorted((a, b) => a.missedAt - b.missedAt)[0];
      if (first === undefined) return;
      const group = silent.filter((machine) => machine === first || overlap(machine, first));
      const others = answering.filter((machine) => !group.includes(machine));
      const unheard = others.filter(({ heardAt }) => (heardAt ?? 0) <= first.missedAt);
      const isAnyHeard = unheard.length < others.length;
      const sureAt = first.missedAt + this.#need(first) * this.#limits.graceMs;
      // Where nobody is heard it may as well be the box that is held up.
      if ((unheard.length > 0 || !isAnyHeard) && now - sureAt < this.#limits.witnessMs) {
        // Whoever has not been asked since is asked at once.
        for (const machine of unheard) machine.dueAt = Math.min(machine.dueAt, now);
        return;
      }
      this.#gone(group, isAnyHeard, now);
    }
  }

  #gone(group: readonly Machine[], isAnyHeard: boolean, now: number): void {
    for (const machine of group) this.#enter(machine, "gone", now);
    const joined = this.#recent.findLast(
      (found) =>
        (found.kind === "gone" || found.kind === "together" || found.kind === "everything") &&
        now - found.at <= joinMs &&
        // Once one of them has come back it is another story.
        found.hosts.every((host) => !group.some((machine) => machine.host === host)) &&
        found.hosts.some((host) => {
          const member = this.#machines.get(host);
          return member?.state === "gone" && group.some((machine) => overlap(machine, member));
        }),
    );
    const hosts = [...(joined?.hosts ?? []), ...group.map(({ host }) => host)];
    const kind = isAnyHeard ? (hosts.length === 1 ? "gone" : "together") : "everything";
    const heardAt = Math.max(...hosts.map((host) => this.#machines.get(host)?.heardAt ?? 0));
    this.#tell({ kind, hosts, at: now, heardAt }, joined);
  }

  #back(machine: Machine, now: number): void {
    // It has to prove itself again before anything more is said of it.
    machine.answers = 1;
    machine.addedAt = now;
    this.#enter(machine, "asked", now);
    // What fell silent together comes back together, more or less.
    const joined = this.#recent.findLast(({ kind, at }) => kind === "back" && now - at <= joinMs);
    const wentWith = this.#recent.findLast(
      ({ kind, hosts }) => (kind === "together" || kind === "everything") && hosts.includes(machine.host),
    );
    const isSame = joined?.hosts.some((host) => wentWith?.hosts.includes(host)) === true;
    const hosts = isSame ? [...(joined?.hosts ?? []), machine.host] : [machine.host];
    this.#tell({ kind: "back", hosts, at: now, heardAt: null }, isSame ? joined : undefined);
  }

  /** @param instead what was told of the same before */
  #tell(found: Omit<Found, "id">, instead?: Found): void {
    const told = { ...found, id: instead?.id ?? ++this.#lastId, at: instead?.at ?? found.at };
    this.#recent = [...this.#recent.filter(({ id }) => id !== told.id), told].slice(-mostRecent);
    this.#news = [...this.#news.filter(({ id }) => id !== told.id), told];
  }

  /** Those of whom it may be said that they fell silent. */
  #answering(): Machine[] {
    return [...this.#machines.values()].filter(
      ({ state, answers }) => state === "answering" && answers >= this.#limits.steadyAnswers,
    );
  }

  #isSilent(machine: Machine): boolean {
    return machine.misses >= this.#need(machine);
  }

  /** Who has missed some and was there all the same has to miss more than that. */
  #need({ worst }: Machine): number {
    return Math.max(this.#limits.misses, 2 * worst + 2);
  }

  #enter(machine: Machine, state: WalkState, now: number): void {
    if (machine.state === state) return;
    machine.state = state;
    machine.since = now;
  }
}

const mostRecent = 64;

function isAsked({ state }: Machine): boolean {
  return state !== "wireless" && state !== "no-address";
}

/** Whether two may have fallen silent in the same moment. */
function overlap(a: Machine, b: Machine): boolean {
  return Math.max(a.heardAt ?? 0, b.heardAt ?? 0) < Math.min(a.missedAt, b.missedAt);
}
