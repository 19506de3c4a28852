/**
 * A queue.
 *
 * @module
 */

/** First in, first out. Adding and removing take constant time, whatever the length. */
export class Fifo<T> {
  #entries: (T | undefined)[] = [];
  /** The index of the first entry; those before it were removed. */
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }

  get first(): T | undefined {
    return this.#entries[this.#head];
  }

  get last(): T | undefined {
    return this.size === 0 ? undefined : this.#entries[this.#entries.length - 1];
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  /** The entries, in order. */
  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#head; at < this.#entries.length; at++) yield this.#entries[at]!;
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    // As below, but the array keeps its memory, which a line of one after the other would else take each time.
    if (this.#entries.length === 1) return this.#entries.pop();
    const entry = this.#entries[this.#head];
    // The array must not keep it from being garbage-collected.
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Keeps only the entries for which `wanted` returns `true`. */
  filter(wanted: (entry: T) => boolean): void {
    this.#entries = this.#entries.slice(this.#head).filter((entry) => wanted(entry as T));
    this.#head = 0;
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries = [];
    this.#head = 0;
  }
}
