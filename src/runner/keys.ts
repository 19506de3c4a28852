/**
 * Ids that users give, made unique.
 *
 * @module
 */

/** The keys of the handles that a runner knows. */
export class Keys {
  readonly #known = new Map<string, { given: number; held: number }>();

  /** The id for a key: the key itself, or with `~2`, `~3` … after it if it was given before. */
  claim(key: string): string {
    let entry = this.#known.get(key);
    if (entry === undefined) this.#known.set(key, entry = { given: 0, held: 0 });
    entry.given++;
    entry.held++;
    return entry.given === 1 ? key : `${key}~${entry.given}`;
  }

  /** Says that a handle with that key is forgotten; with the last of them, the key is. */
  release(key: string): void {
    const entry = this.#known.get(key);
    if (entry !== undefined && --entry.held === 0) this.#known.delete(key);
  }
}
