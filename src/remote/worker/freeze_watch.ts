/**
 * Notices that this program stood still: it was stopped, or its machine slept, or its event loop was blocked.
 *
 * @module
 */

/** How much of a lease a program may stand still until what it has may be another worker's. */
const SHARE = 0.6;
/** How often it is looked, in parts of a lease. */
const LOOKS = 10;

/** Compares times that should be close to each other. */
export class FreezeWatch {
  readonly #limitMs: number;
  readonly #onFreeze: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #monotonic = performance.now();
  #wall = Date.now();

  constructor(leaseMs: number, onFreeze: () => void) {
    this.#limitMs = leaseMs * SHARE;
    this.#onFreeze = onFreeze;
    this.#timer = setInterval(() => this.look(), leaseMs / LOOKS);
  }

  /** Looks now; returns whether this program stood still. A machine that sleeps stops one of the two clocks. */
  look(): boolean {
    const monotonic = performance.now();
    const wall = Date.now();
    const gap = Math.max(monotonic - this.#monotonic, wall - this.#wall);
    this.#monotonic = monotonic;
    this.#wall = wall;
    if (gap <= this.#limitMs) return false;
    this.#onFreeze();
    return true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
