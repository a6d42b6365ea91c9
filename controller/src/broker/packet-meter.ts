/**
 * Watches the lengths that MQTT packets declare, since the broker's parser gathers whatever
 * length it is told (up to 256 MB) before anybody may object.
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

  /** Takes the next bytes of a connection; false once a packet declares more than the limit, or no valid length. */
  accepts(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#pendingBytes > 0) {
        const skipped = Math.min(this.#pendingBytes, chunk.length - at);
        this.#pendingBytes -= skipped;
        at += skipped;
      } else if (this.#length === null) {
        this.#length = { value: 0, weight: 1 };
        this.#packets += 1;
        at += 1;
      } else {
        const digit = chunk[at] ?? 0;
        at += 1;
        this.#length.value += (digit & 0x7f) * this.#length.weight;
        this.#length.weight *= 128;
        if (this.#length.value > this.#limitBytes) return false;
        if ((digit & 0x80) === 0) {
          this.#pendingBytes = this.#length.value;
          this.#length = null;
        } else if (this.#length.weight > 128 ** 3) {
          // Four digits at most [MQTT-2.2.3].
          return false;
        }
      }
    }
    return true;
  }
}
