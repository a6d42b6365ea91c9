/** Why no more is read: a length beyond the limit or none at all, or a packet that clients do not send. */
export type PacketFault = "packet-too-large" | "no-client-packet";

/** CONNACK, SUBACK, UNSUBACK and PINGRESP are a broker's, 0 and 15 nobody's [MQTT-2.2.1]. The broker behind would end some of them without a word. */
const notOfClients = new Set([0, 2, 9, 11, 13, 15]);

/**
 * Watches the heads of MQTT packets: the broker's parser gathers whatever length they declare (up to 256 MB)
 * before anybody may object.
 */
export class PacketMeter {
  readonly #limitBytes: number;
  /** Bytes of the present packet's body that are still to come. */
  #pendingBytes = 0;
  /** Within the variable-length length: its value so far and the weight of the next digit; null outside. */
  #length: { value: number; weight: number } | null = null;
  #packets = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Packets begun so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Takes the next bytes of a connection; what is wrong with a packet in them, or null. */
  take(chunk: Uint8Array): PacketFault | null {
    let at = 0;
    while (at < chunk.length) {
      if (this.#pendingBytes > 0) {
        const skipped = Math.min(this.#pendingBytes, chunk.length - at);
        this.#pendingBytes -= skipped;
        at += skipped;
      } else if (this.#length === null) {
        if (notOfClients.has((chunk[at] ?? 0) >> 4)) return "no-client-packet";
        this.#length = { value: 0, weight: 1 };
        this.#packets += 1;
        at += 1;
      } else {
        const digit = chunk[at] ?? 0;
        at += 1;
        this.#length.value += (digit & 0x7f) * this.#length.weight;
        this.#length.weight *= 128;
        if (this.#length.value > this.#limitBytes) return "packet-too-large";
        if ((digit & 0x80) === 0) {
          this.#pendingBytes = this.#length.value;
          this.#length = null;
        } else if (this.#length.weight > 128 ** 3) {
          // Four digits at most [MQTT-2.2.3].
          return "packet-too-large";
        }
      }
    }
    return null;
  }
}
