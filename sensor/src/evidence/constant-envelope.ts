import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, MailCommand } from "./detector.ts";
import { envelopeHash, senderDomain } from "./envelope-hash.ts";
import { defences } from "./likelihoods.ts";

/** Servers remembered, as many as are called at most. */
const serversKept = 1024;

/**
 * One greeting and one or two senders' domains towards many servers: how mail servers, relays and
 * newsletter tools write, and few mailers do. It leaves the decision to a person.
 */
export class ConstantEnvelope implements Detector {
  readonly #servers = new Set<AddressKey>();
  readonly #salt: number;
  readonly #senders = new Set<number>();
  #greeting: number | null = null;
  #isConstant = true;
  #firstAt = 0;
  #lastAt = 0;

  constructor(salt: number) {
    this.#salt = salt;
  }

  get isConstant(): boolean {
    return this.#isConstant;
  }

  get servers(): number {
    return this.#servers.size;
  }

  command(command: MailCommand): void {
    if (command.verb === "rcpt" || command.argument === "" || !this.#isConstant) return;
    if (command.verb === "mail") {
      this.#senders.add(envelopeHash(this.#salt, senderDomain(command.argument)));
      if (this.#senders.size > defences.constantEnvelope.senders) this.#stop();
      return;
    }
    if (this.#firstAt === 0) this.#firstAt = command.at;
    this.#lastAt = command.at;
    const greeting = envelopeHash(this.#salt, command.argument);
    this.#greeting ??= greeting;
    // A machine that greets by a bare word or a bracketed number has no name in the world to answer for.
    if (this.#greeting !== greeting || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(command.argument)) this.#stop();
    else if (this.#servers.size < serversKept) this.#servers.add(command.server);
  }

  findings(): readonly Finding[] {
    const servers = this.#servers.size;
    if (!this.#isConstant || servers < defences.constantEnvelope.servers) return [];
    return [
      {
        kind: "constant-envelope",
        for: false,
        subject: "mail",
        strength: defences.constantEnvelope.strength,
        count: servers,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Greeted ${servers} mail servers by one and the same name: a mail server or a newsletter does. Ask whose it is.`,
      },
    ];
  }

  /** Once it varied there is nothing more to know, and nothing of anybody's mail to keep. */
  #stop(): void {
    this.#isConstant = false;
    this.#greeting = null;
    this.#senders.clear();
    this.#servers.clear();
  }
}
