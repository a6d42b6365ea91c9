/**
 * How high the rows of a long list are: what was measured, and until then a guess. Sums by a tree (Fenwick, 1994), so that a place
 * among a hundred thousand rows is found in some seventeen steps.
 */
export class RowHeights {
  #tree = new Float64Array(1);
  #heights = new Float64Array(0);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** All anew, px. */
  reset(heights: readonly number[]): void {
    this.#count = 0;
    this.#heights = new Float64Array(0);
    this.#tree = new Float64Array(1);
    this.append(heights);
  }

  /** Further rows behind the last one, px. */
  append(heights: readonly number[]): void {
    const from = this.#count;
    this.#count += heights.length;
    if (this.#heights.length < this.#count) {
      const grown = new Float64Array(Math.max(this.#count, 2 * from));
      grown.set(this.#heights);
      this.#heights = grown;
      const tree = new Float64Array(grown.length + 1);
      tree.set(this.#tree);
      this.#tree = tree;
    }
    for (let index = from; index < this.#count; index += 1) {
      const height = heights[index - from] ?? 0;
      this.#heights[index] = height;
      // A node holds the sum of the rows that end at it: its own, and those of the nodes below it.
      const node = index + 1;
      let sum = height;
      for (let below = node - 1; below > node - (node & -node); below -= below & -below) sum += this.#tree[below] ?? 0;
      this.#tree[node] = sum;
    }
  }

  /** Px. */
  at(index: number): number {
    return this.#heights[index] ?? 0;
  }

  set(index: number, height: number): void {
    const change = height - this.at(index);
    if (change === 0) return;
    this.#heights[index] = height;
    for (let node = index + 1; node <= this.#count; node += node & -node) {
      this.#tree[node] = (this.#tree[node] ?? 0) + change;
    }
  }

  /** Where a row begins, px from the first; of the row behind the last one: how high all are. */
  top(index: number): number {
    let sum = 0;
    for (let node = Math.min(index, this.#count); node > 0; node -= node & -node) sum += this.#tree[node] ?? 0;
    return sum;
  }

  /** The row at so many px from the first one's top; beyond the ends the first and the last one. */
  indexAt(px: number): number {
    let index = 0;
    let rest = px;
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.#count))); step >= 1; step /= 2) {
      const sum = this.#tree[index + step] ?? 0;
      if (index + step > this.#count || sum > rest) continue;
      index += step;
      rest -= sum;
    }
    return Math.max(0, Math.min(index, this.#count - 1));
  }
}
