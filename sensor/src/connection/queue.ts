/** First in, first out, in a ring that grows by doubling and is then used again and again. */
export class Queue<Item> {
  #ring: (Item | undefined)[] = new Array<Item | undefined>(64).fill(undefined);
  #head = 0;
  #size = 0;

  get first(): Item | undefined {
    return this.#ring[this.#head];
  }

  get size(): number {
    return this.#size;
  }

  push(item: Item): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  shift(): void {
    if (this.#size === 0) return;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
  }

  #grow(): void {
    const { length } = this.#ring;
    const inOrder = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    this.#ring = inOrder.concat(new Array<undefined>(length).fill(undefined));
    this.#head = 0;
  }
}
