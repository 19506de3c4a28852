/**
 * Ids that users give, made unique.
 *
 * @module
 */

/** The keys of the handles that a runner knows. */
export class Keys {
  /** By key: how many ids it has led to, and how many handles hold one of them. */
  readonly #known = new Map<string, { given: number; held: number }>();
  readonly #ids = new Set<string>();

  /**
   * The id for a key: the key itself, or with `~2`, `~3` … after it if that is taken.
   *
   * @param isGiven Whether a handle without a key has that id.
   */
  claim(key: string, isGiven: (id: string) => boolean): string {
    let entry = this.#known.get(key);
    if (entry === undefined) this.#known.set(key, entry = { given: 0, held: 0 });
    let id: string;
    do id = idOf(key, ++entry.given); while (this.#ids.has(id) || isGiven(id));
    entry.held++;
    this.#ids.add(id);
    return id;
  }

  /** The id that `claim()` would return. */
  next(key: string, isGiven: (id: string) => boolean): string {
    let given = this.#known.get(key)?.given ?? 0;
    let id: string;
    do id = idOf(key, ++given); while (this.#ids.has(id) || isGiven(id));
    return id;
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
    const entry = this.#known.get(key);
    if (entry !== undefined && --entry.held === 0) this.#known.delete(key);
  }
}

function idOf(key: string, number: number): string {
  return number === 1 ? key : `${key}~${number}`;
}
