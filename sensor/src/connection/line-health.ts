import type { LineState } from "@cordon/contract";

/**
 * Whether the line between router and provider answers, told by hosts and not by contacts: one
 * machine with ten thousand unanswered contacts is one voice, and as the busiest it has none.
 * Only contacts of which an answer can be expected are put in: resolved or previously answered
 * targets off the propagation and mail ports, and questions to resolvers.
 */

/** An answer this fresh says that the line answers. */
const answerFreshMs = 10_000;
/** A host that asked within this time and got nothing says that it does not; people pause longer than machines. */
const silenceFreshMs = 30_000;
/** Shortest time without an answer that counts, beside the grace of a single contact. */
const leastSilenceMs = 2500;
/** Share of silent voters from which the line is dead, and from which it is degraded. */
const deadShare = 0.8;
const degradedShare = 0.5;
/** A single silent machine is a machine's trouble. */
const leastSilentHosts = 2;
/** The busiest is found over this time. */
const busyWindowMs = 60_000;
/** A repeat this late is a new try: systems repeat after a second. */
const leastRepeatMs = 900;
const evaluateEveryMs = 500;

/**
 * No time at all. Of the kind that times are: the engine keeps small whole numbers otherwise, and objects of which some
 * hold the one and some the other keep what uses them from ever being compiled well.
 */
const never = Number.NEGATIVE_INFINITY;

/** Questions of one kind that are open. */
interface Asking {
  /** First question since the last answer; `never` where none is open. */
  since: number;
  lastAt: number;
  /** Different targets, or one asked again after a second. */
  count: number;
  lastTarget: unknown;
}

/** A cache on the site goes on answering names when the line is cut, so names and contacts are kept apart. */
export type AskKind = "contact" | "name";

interface Voter {
  answeredAt: number;
  readonly asking: Readonly<Record<AskKind, Asking>>;
  /** Contacts of any kind in this and the previous window. */
  contacts: number;
  previousContacts: number;
  windowAt: number;
}

interface Poll {
  readonly answered: number;
  /** Whether anybody at all was answered of late, the busiest included. */
  readonly isAnybodyAnswered: boolean;
  readonly silent: number;
  readonly silentSince: number;
}

export interface LineHealthOptions {
  /**
   * Who has the voices: the computers that ask, of whom the busiest has none, or the servers that are asked, of whom
   * one that answers outvotes all that do not. Default the computers.
   */
  readonly voices?: "computers" | "servers";
}

/** Whoever has a voice; hosts have a number, by which they are found sooner. */
export interface Voice {
  readonly number?: number;
}

export class LineHealth<Owner extends Voice> {
  readonly #voices: "computers" | "servers";
  readonly #voters = new Map<object, Voter>();
  /** The same by number, of voices that have one. */
  readonly #byNumber: (Voter | undefined)[] = [];
  #state: LineState;
  #evaluatedAt = 0;
  #silentVoices = 0;
  /** Since when, as far as can be told afterwards, nothing was answered; -1 while the line is not dead. */
  #deadSince = -1;

  constructor({ voices = "computers" }: LineHealthOptions = {}) {
    this.#voices = voices;
    this.#state = { state: "unknown", since: 0, text: `Too few ${voices} were heard to judge the line.` };
  }

  get state(): LineState {
    return this.#state;
  }

  /** Who is heard at all. */
  get voices(): number {
    return this.#voters.size;
  }

  get isDead(): boolean {
    return this.#state.state === "dead";
  }

  /** How many but the busiest get no answer, as last looked at. */
  get silentVoices(): number {
    return this.#silentVoices;
  }

  /** Start of the silence that made the line dead; -1 while it is not. */
  get deadSince(): number {
    return this.#deadSince;
  }

  /** From when on the line could have been heard. */
  start(at: number): void {
    if (this.#state.since === 0) this.#state = { ...this.#state, since: at };
  }

  restore(state: LineState): void {
    this.#state = state;
    this.#deadSince = state.state === "dead" ? state.since : -1;
  }

  /** A host made a first contact of any kind: that is what makes it busy. */
  contacted(owner: Owner, at: number): void {
    const voter = this.#voterOf(owner, at);
    if (at - voter.windowAt >= busyWindowMs) {
      voter.previousContacts = at - voter.windowAt < 2 * busyWindowMs ? voter.contacts : 0;
      voter.contacts = 0;
      voter.windowAt = at;
    }
    voter.contacts += 1;
  }

  /** A host asked something beyond the line that ought to be answered. */
  asked(owner: Owner, kind: AskKind, target: unknown, at: number): void {
    this.askedBy(owner, kind, target, at);
  }

  /** Something from beyond the line answered this host; `answerer` as `target` was named when it was asked. */
  answered(owner: Owner, at: number, _answerer: unknown): void {
    this.answeredTo(owner, at);
  }

  forget(owner: Owner): void {
    this.forgetVoice(owner);
  }

  protected askedBy(voice: Voice, kind: AskKind, target: unknown, at: number): void {
    const asking = this.#voterOf(voice, at).asking[kind];
    if (asking.since < 0) {
      asking.since = at;
      asking.count = 1;
    } else if (target !== asking.lastTarget || at - asking.lastAt >= leastRepeatMs) {
      asking.count += 1;
    } else {
      return;
    }
    asking.lastTarget = target;
    asking.lastAt = at;
  }

  /** A name was answered on the site itself: the question is settled, but nothing is proven of the line. */
  answeredOnSite(owner: Owner, at: number): void {
    this.#voterOf(owner, at).asking.name.since = never;
  }

  protected answeredTo(voice: Voice, at: number): void {
    const voter = this.#voterOf(voice, at);
    voter.answeredAt = at;
    voter.asking.contact.since = never;
    voter.asking.name.since = never;
  }

  /** When the host was last answered from beyond the line, epoch milliseconds; 0 where never. */
  answeredAt(owner: Owner): number {
    return Math.max(0, this.#known(owner)?.answeredAt ?? 0);
  }

  protected forgetVoice(voice: Voice): void {
    this.#voters.delete(voice);
    if (voice.number !== undefined) this.#byNumber[voice.number] = undefined;
  }

  /** True where the state changed. */
  advance(at: number, graceMs: number): boolean {
    if (at - this.#evaluatedAt < evaluateEveryMs) return false;
    this.#evaluatedAt = at;
    const silenceMs = Math.max(graceMs, leastSilenceMs);
    const poll = this.#poll(at, silenceMs);
    this.#silentVoices = poll.silent;
    const dialled = this.dialledInVain(at, silenceMs);
    const next = dialled === null ? this.#judge(poll) : "dead";
    if (next === this.#state.state && (dialled === null || dialled.text === this.#state.text)) return false;
    const from = Math.min(poll.silentSince, dialled?.since ?? at);
    // It may have been dead before, in other words.
    const silentSince = this.isDead ? Math.min(from, this.#deadSince) : from;
    this.#deadSince = next === "dead" ? silentSince : -1;
    // What was dead was so from the first unanswered question on; "since" is what people compare with their clock.
    const since = next === "dead" ? silentSince : at;
    this.#state = { state: next, since, text: dialled?.text ?? sentence(next, poll, this.#voices) };
    return true;
  }

  /** Since when a router has dialled without getting through, and in what words; null where none does. */
  protected dialledInVain(_at: number, _silenceMs: number): Pick<LineState, "since" | "text"> | null {
    return null;
  }

  #judge(poll: Poll): LineState["state"] {
    const voters = poll.answered + poll.silent;
    const share = voters === 0 ? 0 : poll.silent / voters;
    // Silence of those who do not ask is no news: the state stands.
    if (voters === 0) return this.#state.state;
    if (this.#voices === "servers" && poll.isAnybodyAnswered) return share >= degradedShare ? "degraded" : "healthy";
    if (poll.silent >= leastSilentHosts && share >= deadShare) return "dead";
    if (this.isDead && poll.answered === 0) return "dead";
    if (poll.silent >= leastSilentHosts && share >= degradedShare) return "degraded";
    return poll.answered > 0 ? "healthy" : this.#state.state;
  }

  #poll(at: number, silenceMs: number): Poll {
    const busiest = this.#busiest(at);
    let isAnybodyAnswered = false;
    let answered = 0;
    let silent = 0;
    let silentSince = at;
    let lastProofAt = 0;
    for (const [owner, voter] of this.#voters) {
      if (voter.answeredAt > 0 && at - voter.answeredAt <= answerFreshMs) isAnybodyAnswered = true;
      if (owner !== busiest) lastProofAt = Math.max(lastProofAt, voter.answeredAt);
    }
    for (const [owner, voter] of this.#voters) {
      if (owner === busiest) continue;
      const silences = [voter.asking.contact, voter.asking.name].filter(
        (asking) => asking.since >= 0 && asking.count >= 2 && at - asking.since >= silenceMs,
      );
      if (silences.length === 0) {
        if (voter.answeredAt > 0 && at - voter.answeredAt <= answerFreshMs) answered += 1;
        continue;
      }
      const lastAskedAt = Math.max(...silences.map((asking) => asking.lastAt));
      if (at - lastAskedAt > silenceFreshMs) continue;
      // While dead, whoever last asked before the first new answer has not tried the line that came back.
      if (this.isDead && lastAskedAt < lastProofAt) continue;
      silent += 1;
      silentSince = Math.min(silentSince, ...silences.map((asking) => asking.since));
    }
    return { answered, isAnybodyAnswered, silent, silentSince };
  }

  /** Its silence may be its own doing, so it has no vote; alone it cannot tell the line from itself either. */
  #busiest(at: number): object | null {
    let busiest: object | null = null;
    let most = -1;
    for (const [owner, voter] of this.#voters) {
      if (at - voter.windowAt >= 2 * busyWindowMs) continue;
      const contacts = voter.contacts + voter.previousContacts;
      if (contacts <= most) continue;
      most = contacts;
      busiest = owner;
    }
    return busiest;
  }

  #voterOf(voice: Voice, at: number): Voter {
    const known = this.#known(voice);
    if (known !== undefined) return known;
    const voter = {
      answeredAt: never,
      asking: { contact: newAsking(), name: newAsking() },
      contacts: 0,
      previousContacts: 0,
      windowAt: at,
    };
    this.#voters.set(voice, voter);
    if (voice.number !== undefined) this.#byNumber[voice.number] = voter;
    return voter;
  }

  #known(voice: Voice): Voter | undefined {
    return voice.number === undefined ? this.#voters.get(voice) : this.#byNumber[voice.number];
  }
}

function newAsking(): Asking {
  return { since: never, lastAt: never, count: 0, lastTarget: undefined };
}

function sentence(state: LineState["state"], poll: Poll, voices: "computers" | "servers"): string {
  const voters = poll.answered + poll.silent;
  if (voices === "servers") return serverSentence(state, poll);
  switch (state) {
    case "dead":
      return `The line does not answer: ${poll.silent} of ${voters} computers that asked got no answer at all.`;
    case "degraded":
      return `The line answers some only: ${poll.silent} of ${voters} computers that asked got no answer.`;
    case "healthy":
      return `The line answers: ${poll.answered} of ${voters} computers that asked got answers.`;
    case "unknown":
      return "Too few computers were heard to judge the line.";
  }
}

function serverSentence(state: LineState["state"], { answered, silent }: Poll): string {
  const servers = answered + silent;
  switch (state) {
    case "dead":
      return `The line does not answer: ${silent} of ${servers} servers that were asked gave no answer at all.`;
    case "degraded":
      return `The line answers some only: ${silent} of ${servers} servers that were asked gave no answer.`;
    case "healthy":
      return `The line answers: ${answered} of ${servers} servers that were asked gave answers.`;
    case "unknown":
      return "Too few servers were heard to judge the line.";
  }
}
