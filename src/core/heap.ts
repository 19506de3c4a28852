/**
 * A binary heap whose entries know their index, so that any of them can be removed in O(log n).
 *
 * @module
 */

/** What a heap needs of its entries: a field that only the heap writes. */
export interface HeapEntry {
  /** The entry's index in its heap, or -1 outside one. */
  heapIndex: number;
}

/** A priority queue: the entry that `before` puts first comes out first. */
export class Heap<T extends HeapEntry> {
  readonly #entries: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    this.#entries.push(entry);
    this.#up(entry, this.#entries.length - 1);
  }

  pop(): T | undefined {
    const first = this.#entries[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Removes an entry. Does nothing if it is not in the heap. */
  remove(entry: T): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop()!;
    if (last === entry) return;
    this.#up(last, index);
    if (last.heapIndex === index) this.#down(last, index);
  }

  #up(entry: T, from: number): void {
    const entries = this.#entries;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex]!;
      if (!this.#before(entry, parent)) break;
      entries[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    entries[index] = entry;
    entry.heapIndex = index;
  }

  #down(entry: T, from: number): void {
    const entries = this.#entries;
    let index = from;
    while (true) {
      let childIndex = 2 * index + 1;
      if (childIndex >= entries.length) break;
      const right = childIndex + 1;
      if (right < entries.length && this.#before(entries[right]!, entries[childIndex]!)) childIndex = right;
      const child = entries[childIndex]!;
      if (!this.#before(child, entry)) break;
      entries[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    entries[index] = entry;
    entry.heapIndex = index;
  }
}
