/**
 * A witness that works when a test says so.
 *
 * @module
 */

import type { Witness } from "../../src/pools/witness.ts";

/** Gives other threads a fair chance when told to. */
export class FakeWitness implements Witness {
  readonly #waiting = new Set<() => void>();

  wait(then: () => void): () => void {
    const call = () => then();
    this.#waiting.add(call);
    return () => void this.#waiting.delete(call);
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** All that wait have had their chance. */
  work(): void {
    for (const call of [...this.#waiting]) if (this.#waiting.delete(call)) call();
  }
}
