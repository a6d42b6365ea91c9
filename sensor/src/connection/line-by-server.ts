import { LineHealth, type AskKind, type Voice } from "./line-health.ts";

/** Servers that have a voice at once; an office asks a few dozen in a minute. */
const serversKept = 512;

/**
 * The line's health where one address stands for all machines of the site: nobody's silence can be told from the
 * line's by counting hosts, so the servers that are asked have the voices. Any answer to anybody says that the line
 * answers: a machine that asks in vain cannot make it look dead while others are answered.
 */
export class LineByServer<Owner extends Voice> extends LineHealth<Owner> {
  readonly #servers = new Map<unknown, Voice>();

  constructor() {
    super({ voices: "servers" });
  }

  override asked(_owner: Owner, kind: AskKind, target: unknown, at: number): void {
    this.askedBy(this.#serverOf(target), kind, target, at);
  }

  override answered(owner: Owner, at: number, answerer: unknown): void {
    super.answered(owner, at, answerer);
    const server = this.#servers.get(answerer);
    if (server !== undefined) this.answeredTo(server, at);
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
