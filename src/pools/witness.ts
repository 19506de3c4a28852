/**
 * How much chance to run other threads had.
 *
 * On a busy machine a thread may wait for a second until it gets a processor. Whether it was given one cannot be read off a
 * clock. So a witness works in its place: a thread of the same program that does a fixed amount of work. When that work is
 * done, any thread that could run has had about as much of a processor, whatever the machine does besides.
 *
 * @module
 */

import { runDetached } from "../core/run_detached.ts";

/** Tells when other threads have had a fair chance to run. */
export interface Witness {
  /**
   * Calls back after a fair chance, never at once.
   *
   * @returns A function that calls it off.
   */
  wait(then: () => void): () => void;
}

/** The bytes that are hashed in one piece of work: about 1 ms of a processor's time, and one turn of the event loop. */
const PIECE_BYTES = 1 << 20;

/**
 * How many pieces are a fair chance: some 30 ms of a processor. Of 400 workers that got the message of an abort, the slowest took 7
 * pieces to say so, on two processors with 0 to 16 other busy processes. Measured by a clock it was between 1 ms and 0.5 s.
 */
const PIECES = 30;

interface Waiter {
  left: number;
  readonly then: () => void;
}

/**
 * A witness that hashes bytes, which Deno does on a thread of its own, without any permission. It works only while someone
 * waits, and once for all that do.
 */
export class HashingWitness implements Witness {
  readonly #waiters = new Set<Waiter>();
  #working: Promise<void> | undefined;

  wait(then: () => void): () => void {
    const waiter: Waiter = { left: PIECES, then };
    this.#waiters.add(waiter);
    this.#working ??= runDetached(() => this.#work());
    return () => void this.#waiters.delete(waiter);
  }

  /** Resolves when it does not work any more, once no one waits. */
  async stopped(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    const piece = new Uint8Array(PIECE_BYTES);
    while (this.#waiters.size > 0) {
      // Where a program has replaced it by something that fails, time alone decides.
      await crypto.subtle.digest("SHA-256", piece).catch(() => {});
      for (const waiter of [...this.#waiters]) {
        if (--waiter.left > 0 || !this.#waiters.delete(waiter)) continue;
        waiter.then();
      }
    }
    this.#working = undefined;
  }
}
