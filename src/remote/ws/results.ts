/**
 * Large results that workers have sent to a hub, until its runner has read them.
 *
 * @module
 */

/**
 * Results by key, with at most so many bytes in all. Runners read results at once, so that the oldest are those that none asks
 * for: their workers died before they said what they had done, or send what was never wanted. They make room.
 */
export class Results {
  readonly #most: number;
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;
  #reservedBytes = 0;

  /** @param most In bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Makes room for a result that is announced. Returns whether there is any, besides what else is announced. */
  reserve(bytes: number): boolean {
    if (this.#reservedBytes + bytes > this.#most) return false;
    this.#reservedBytes += bytes;
    this.#makeRoom();
    return true;
  }

  /** The room for a result that was announced is needed no more. */
  release(bytes: number): void {
    this.#reservedBytes -= bytes;
  }

  keep(key: string, bytes: Uint8Array): void {
    this.drop(key);
    this.#kept.set(key, bytes);
    this.#keptBytes += bytes.length;
    this.#makeRoom();
  }

  get(key: string): Uint8Array | undefined {
    return this.#kept.get(key);
  }

  drop(key: string): void {
    this.#keptBytes -= this.#kept.get(key)?.length ?? 0;
    this.#kept.delete(key);
  }

  #makeRoom(): void {
    for (const key of this.#kept.keys()) {
      if (this.#keptBytes + this.#reservedBytes <= this.#most) return;
      this.drop(key);
    }
  }
}
