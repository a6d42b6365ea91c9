import { LineHealth, type AskKind, type Voice } from "./line-health.ts";

/** A router that finds no provider tries again after a pause, which grows with some to a minute. */
const dialFreshMs = 120_000;
/** One question alone may have been lost. */
const leastDials = 2;

/** Servers that have a voice at once; an office asks a few dozen in a minute. */
const serversKept = 512;

/**
 * The line's health where one address stands for all machines of the site: nobody's silence can be told from the
 * line's by counting hosts, so the servers that are asked have the voices. Any answer to anybody says that the line
 * answers: a machine that asks in vain cannot make it look dead while others are answered. A router that dials by PPPoE
 * has no session and sends nothing else, so that it looks for a provider in vain says the same as servers' silence.
 */
export class LineByServer<Owner extends Voice> extends LineHealth<Owner> {
  readonly #servers = new Map<unknown, Voice>();
  /** How often a provider was looked for since the last answer to anything, and when first and last. */
  #dials = 0;
  #dialledFrom = 0;
  #dialledAt = 0;

  constructor() {
    super({ voices: "servers" });
  }

  override asked(_owner: Owner, kind: AskKind, target: unknown, at: number): void {
    this.askedBy(this.#serverOf(target), kind, target, at);
  }

  override answered(owner: Owner, at: number, answerer: unknown): void {
    super.answered(owner, at, answerer);
    this.#dials = 0;
    const server = this.#servers.get(answerer);
    if (server !== undefined) this.answeredTo(server, at);
  }

  /** The router looks for a provider by PPPoE, or asks one that it has found for a session. */
  dialled(at: number): void {
    if (this.#dials === 0) this.#dialledFrom = at;
    this.#dials += 1;
    this.#dialledAt = at;
  }

  /** A provider has given the router a session. */
  dialAnswered(): void {
    this.#dials = 0;
  }

  protected override dialledInVainFrom(at: number, silenceMs: number): number {
    const isInVain = this.#dials >= leastDials && at - this.#dialledFrom >= silenceMs;
    return isInVain && at - this.#dialledAt <= dialFreshMs ? this.#dialledFrom : -1;
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
