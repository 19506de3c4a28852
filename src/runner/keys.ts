/**
 * Ids that users give, made unique.
 *
 * @module
 */

/** The keys of the handles that a runner knows. */
export class Keys {
  /** By key that was given more than once: how many ids it has led to, and how many handles hold one of them. */
  readonly #repeated = new Map<string, { given: number; held: number }>();
  readonly #ids = new Set<string>();

  /**
   * The id for a key: the key itself, or with `~2`, `~3` … after it if that is taken.
   *
   * @param isGiven Whether a handle without a key has that id.
   */
  claim(key: string, isGiven: (id: string) => boolean): string {
    let entry = this.#repeated.get(key);
    if (entry === undefined && !this.#ids.has(key) && !isGiven(key)) {
      this.#ids.add(key);
      return key;
    }
    if (entry === undefined) this.#repeated.set(key, entry = { given: 1, held: this.#ids.has(key) ? 1 : 0 });
    entry.given = this.#nextNumber(key, entry.given, isGiven);
    entry.held++;
    const id = idOf(key, entry.given);
    this.#ids.add(id);
    return id;
  }

  /** The id that `claim()` would return. */
  next(key: string, isGiven: (id: string) => boolean): string {
    return idOf(key, this.#nextNumber(key, this.#repeated.get(key)?.given ?? 0, isGiven));
  }

  /** Whether a handle has that id from its key. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** How many handles have an id from a key. */
  get size(): number {
    return this.#ids.size;
  }

  /** Says that the handle with that key and id is forgotten; with the last one of a key, the key is. */
  release(key: string, id: string): void {
    this.#ids.delete(id);
    const entry = this.#repeated.get(key);
    if (entry !== undefined && --entry.held === 0) this.#repeated.delete(key);
  }

  #nextNumber(key: string, given: number, isGiven: (id: string) => boolean): number {
    let number = given;
    let id: string;
    do id = idOf(key, ++number); while (this.#ids.has(id) || isGiven(id));
    return number;
  }
}

function idOf(key: string, number: number): string {
  return number === 1 ? key : `${key}~${number}`;
}
