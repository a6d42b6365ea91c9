import { addressKey } from "../packet/address.ts";
import { readByte, readUint16 } from "../packet/bytes.ts";
import { protocols, type AddressKey, type Packet } from "../packet/packet.ts";

/** A question for a name that went inside to a card. */
interface Question {
  readonly id: number;
  readonly mac: number;
  readonly asker: AddressKey;
  readonly port: number;
  readonly at: number;
}

const dnsPort = 53;
const answerWithinMs = 10_000;
// RFC 1035 4.1.1: whether a message is an answer.
const responseFlag = 0x80;

/**
 * Which cards inside answer others' questions for names. A question counts that came in by the outside port and was sent to the
 * card, so that nobody inside can ask himself; of each resolver the newest is remembered.
 */
export class NameAnswers {
  readonly #questions = new Map<number, Question>();

  /** Takes a packet; the address from which its sender has answered just now, else null. `isResolver` says whose questions count. */
  observe(packet: Packet, isResolver: (address: number) => boolean): number | null {
    const { family, protocol, sourcePort, destinationPort, payloadOffset, payloadLength } = packet;
    if (protocol !== protocols.udp || family !== 4 || payloadOffset < 0 || payloadLength < 3) return null;
    if (sourcePort !== dnsPort && destinationPort !== dnsPort) return null;
    const isAnswer = (readByte(packet.bytes, payloadOffset + 2) & responseFlag) !== 0;
    if (packet.side === "outside" && destinationPort === dnsPort && !isAnswer) this.#asked(packet, isResolver);
    return packet.side === "inside" && sourcePort === dnsPort && isAnswer ? this.#answered(packet) : null;
  }

  #asked(packet: Packet, isResolver: (address: number) => boolean): void {
    const resolver = addressKey(packet, "destination");
    if (typeof resolver !== "number" || !isResolver(resolver)) return;
    this.#questions.set(resolver, {
      id: readUint16(packet.bytes, packet.payloadOffset),
      mac: packet.destinationMac,
      asker: addressKey(packet, "source"),
      port: packet.sourcePort,
      at: packet.at,
    });
  }

  #answered(packet: Packet): number | null {
    const resolver = addressKey(packet, "source");
    const question = typeof resolver === "number" ? this.#questions.get(resolver) : undefined;
    if (typeof resolver !== "number" || question === undefined || packet.at - question.at > answerWithinMs) return null;
    const isFitting =
      question.mac === packet.sourceMac &&
      question.port === packet.destinationPort &&
      question.asker === addressKey(packet, "destination") &&
      question.id === readUint16(packet.bytes, packet.payloadOffset);
    return isFitting ? resolver : null;
  }
}
