import type { LineCheck } from "@cordon/contract";
import { QuestionBook } from "./connection/question-book.ts";
import { addressKey } from "./packet/address.ts";
import type { AddressKey, Packet } from "./packet/packet.ts";

/** Addresses of what stands between the machines and the line; an office has one router, or two that take turns. */
const routersKept = 8;

/** Machines make sure of a neighbour that they use every half minute or so, and by ARP only where nothing else has confirmed it. */
const routerAskedMs = 120_000;

const noAddress: AddressKey = 0;

/**
 * What answers on the way to the Internet, by what machines ask anyway. It convicts and excuses nobody, and the line's
 * state does not rest on it: it is told, so that whoever stands before a dead line knows how far it is alive.
 */
export class LineChecks {
  readonly #router = new QuestionBook(routerAskedMs);
  readonly #provider = new QuestionBook();
  readonly #names = new QuestionBook();
  readonly #contacts = new QuestionBook();
  readonly #routers = new Set<number>();
  readonly #isOutsideRouter: boolean;
  readonly #isGatewayMac: (mac: number) => boolean;

  /** @param isOutsideRouter whether the router is on the inside: the box stands between it and the modem. */
  constructor(isOutsideRouter: boolean, isGatewayMac: (mac: number) => boolean) {
    this.#isOutsideRouter = isOutsideRouter;
    this.#isGatewayMac = isGatewayMac;
  }

  /** ARP, of both sides. */
  arp(packet: Packet, at: number): void {
    const { arpOperation, arpSender, arpSenderMac, arpTarget, sourceMac } = packet;
    // Whoever speaks in another card's name speaks for nobody.
    if (arpOperation === 0 || arpSenderMac !== sourceMac) return;
    if (this.#isRouters(packet)) {
      if (arpSender === 0) return;
      if (this.#routers.size < routersKept) this.#routers.add(arpSender);
      if (arpOperation === 2) this.#router.answered(arpSender, packet.destinationMac, at);
    } else if (arpOperation === 1 && this.#routers.has(arpTarget)) {
      this.#router.asked(arpTarget, sourceMac, at);
    }
  }

  /** A question to a name server. */
  nameAsked(packet: Packet, id: number, isBeyond: boolean, at: number): void {
    const server = addressKey(packet, "destination");
    const mark = markOf(packet.sourcePort, id);
    this.#names.asked(server, mark, at);
    if (isBeyond) this.#provider.asked(server, mark, at);
  }

  /** A name server answered, and not just that it cannot. */
  nameAnswered(packet: Packet, id: number, isBeyond: boolean, at: number): void {
    const server = addressKey(packet, "source");
    const mark = markOf(packet.destinationPort, id);
    this.#names.answered(server, mark, at);
    if (isBeyond) this.#provider.answered(server, mark, at);
  }

  /** A machine called somebody beyond the router, of whom an answer can be expected. */
  called(target: AddressKey, sourcePort: number, at: number): void {
    this.#contacts.asked(target, sourcePort, at, false);
    this.#provider.asked(target, sourcePort, at, false);
  }

  /** Somebody beyond the router answered a call, or refused it. */
  callAnswered(answerer: AddressKey, sourcePort: number, at: number): void {
    this.#contacts.answered(answerer, sourcePort, at);
    this.#provider.answered(answerer, sourcePort, at);
  }

  /** The router looked for a provider by PPPoE, or asked it for a session; frames of that have no addresses. */
  dialled(at: number): void {
    this.#provider.asked(noAddress, 0, at);
  }

  /** A provider gave the router a session. */
  dialAnswered(at: number): void {
    this.#provider.answered(noAddress, 0, at);
  }

  /** From the router outward. */
  checks(at: number): LineCheck[] {
    const { address: _any, ...provider } = this.#provider.check("provider", at);
    const { address: _last, ...contacts } = this.#contacts.check("contacts", at);
    return [this.#router.check("router", at), provider, this.#names.check("names", at), contacts];
  }

  #isRouters({ side, sourceMac }: Packet): boolean {
    if (this.#isOutsideRouter) return side === "inside";
    // By a mirror's one port come both sides.
    return side === "outside" || (side === null && this.#isGatewayMac(sourceMac));
  }
}

function markOf(port: number, id: number): number {
  return port * 0x1_0000 + id;
}
