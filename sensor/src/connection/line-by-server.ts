import type { LineState } from "@cordon/contract";
import { LineHealth, type AskKind, type Voice } from "./line-health.ts";

/** A router that finds no provider tries again after a pause, which grows with some to a minute. */
const dialFreshMs = 120_000;
/** One question alone may have been lost. */
const leastDials = 2;
/** So many sessions are lost again before the line is called dead for that; an outage may take one with it. */
const leastLost = 2;
/** Who loses a session after this time without dialling has had one: routers hang up once a day. */
const lostFreshMs = 600_000;

const inVain = "The line does not answer: the router dials by PPPoE, and no provider gives it a session.";
const notLetIn =
  "The line does not answer: the router dials by PPPoE and loses each session before anything passes. The provider refuses its login, or has closed the line.";

/** Servers that have a voice at once; an office asks a few dozen in a minute. */
const serversKept = 512;

/**
 * The line's health where one address stands for all machines of the site: nobody's silence can be told from the
 * line's by counting hosts, so the servers that are asked have the voices. Any answer to anybody says that the line
 * answers: a machine that asks in vain cannot make it look dead while others are answered. A router that dials by PPPoE
 * has no session and sends nothing else, so that it looks for a provider in vain says the same as servers' silence; so does
 * that it is given sessions and dials anew after each without an answer to anything: a login is refused inside a session.
 */
export class LineByServer<Owner extends Voice> extends LineHealth<Owner> {
  readonly #servers = new Map<unknown, Voice>();
  /** How often a provider was looked for since the last answer to anything, and when first and last. */
  #dials = 0;
  #dialledFrom = 0;
  #dialledAt = 0;
  /** Whether the last dial was answered by a session, and how many such were lost since the last answer to anything. */
  #hasSession = false;
  #lost = 0;
  #lostFrom = 0;

  constructor() {
    super({ voices: "servers" });
  }

  override asked(_owner: Owner, kind: AskKind, target: unknown, at: number): void {
    this.askedBy(this.#serverOf(target), kind, target, at);
  }

  override answered(owner: Owner, at: number, answerer: unknown): void {
    super.answered(owner, at, answerer);
    this.#dials = 0;
    this.#lost = 0;
    this.#hasSession = false;
    const server = this.#servers.get(answerer);
    if (server !== undefined) this.answeredTo(server, at);
  }

  /** The router looks for a provider by PPPoE, or asks one that it has found for a session. */
  dialled(at: number): void {
    if (at - this.#dialledAt > lostFreshMs) {
      this.#lost = 0;
      this.#hasSession = false;
    }
    if (this.#hasSession) {
      if (this.#lost === 0) this.#lostFrom = this.#dialledFrom;
      this.#lost += 1;
      this.#hasSession = false;
    }
    if (this.#dials === 0) this.#dialledFrom = at;
    this.#dials += 1;
    this.#dialledAt = at;
  }

  /** A provider has given the router a session. */
  dialAnswered(): void {
    this.#dials = 0;
    this.#hasSession = true;
  }

  protected override dialledInVain(at: number, silenceMs: number): Pick<LineState, "since" | "text"> | null {
    if (at - this.#dialledAt > dialFreshMs) return null;
    if (this.#lost >= leastLost) return { since: this.#lostFrom, text: notLetIn };
    const isInVain = this.#dials >= leastDials && at - this.#dialledFrom >= silenceMs;
    return isInVain ? { since: this.#dialledFrom, text: inVain } : null;
  }

  #serverOf(target: unknown): Voice {
    const known = this.#servers.get(target);
    const server = known ?? {};
    // Put at the end again: the one that was not asked for longest is forgotten first.
    this.#servers.delete(target);
    this.#servers.set(target, server);
    if (this.#servers.size > serversKept) {
      for (const [oldest, voice] of this.#servers) {
        this.#servers.delete(oldest);
        this.forgetVoice(voice);
        break;
      }
    }
    return server;
  }
}
