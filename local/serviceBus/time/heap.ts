/** A binary min-heap: the smallest item by `keyOf` comes out first, in O(log n). */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #keyOf: (item: Item) => number;

  constructor(keyOf: (item: Item) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    const key = this.#keyOf(item);
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex];
      if (parent === undefined || this.#keyOf(parent) <= key) break;
      items[index] = parent;
      index = parentIndex;
    }
    items[index] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(0, last);
    return top;
  }

  /** Keeps only the items that `wanted` accepts, in O(n). */
  keep(wanted: (item: Item) => boolean): void {
    const kept = this.#items.filter(wanted);
    this.#items.length = 0;
    for (const item of kept) this.push(item);
  }

  #sink(start: number, item: Item): void {
    const items = this.#items;
    const key = this.#keyOf(item);
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = items[childIndex];
      if (child === undefined) break;
      const right = items[childIndex + 1];
      if (right !== undefined && this.#keyOf(right) < this.#keyOf(child)) {
        child = right;
        childIndex += 1;
      }
      if (this.#keyOf(child) >= key) break;
      items[index] = child;
      index = childIndex;
    }
    items[index] = item;
  }
}
