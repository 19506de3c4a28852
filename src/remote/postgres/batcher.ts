/**
 * One statement for much: what comes while a statement is under way goes with the next one.
 *
 * @module
 */

/** Collects items, and sends them a batch at a time. */
export class Batcher<T> {
  readonly #send: (items: readonly T[]) => Promise<void>;
  readonly #maxItems: number;
  #items: T[] = [];
  #isSending = false;
  #idle: PromiseWithResolvers<void> | undefined;

  /** @param send Sends a batch; it is to deal with errors itself. */
  constructor(send: (items: readonly T[]) => Promise<void>, maxItems = 500) {
    this.#send = send;
    this.#maxItems = maxItems;
  }

  add(...items: readonly T[]): void {
    this.#items.push(...items);
    if (!this.#isSending) void this.#sendAll();
  }

  /** Removes items that were not sent. Returns whether there were any. */
  remove(isRemoved: (item: T) => boolean): boolean {
    const before = this.#items.length;
    this.#items = this.#items.filter((item) => !isRemoved(item));
    return this.#items.length < before;
  }

  /** Whether one of those that were not sent is such an item. */
  has(isIt: (item: T) => boolean): boolean {
    return this.#items.some(isIt);
  }

  /** Resolves once all is sent. */
  async flushed(): Promise<void> {
    while (this.#isSending) await (this.#idle ??= Promise.withResolvers()).promise;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    await Promise.resolve(); // what comes in this turn goes together
    while (this.#items.length > 0) await this.#send(this.#items.splice(0, this.#maxItems));
    this.#isSending = false;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
