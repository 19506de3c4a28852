/**
 * How long a body that was aborted has to end.
 *
 * @module
 */

/** How long until its worker is taken out of service, in milliseconds. */
const PATIENCE_MS = 50;
/** How long it then has to clean up, if it heard that it was aborted. */
const GRACE_MS = 1_000;
/** Between looks at whether something is certain, in milliseconds. */
const LOOK_MS = 5;
/** A timer that is later than this by as much, in milliseconds, was kept from ringing. */
const LATE_MS = 20;

/** One timer, for the one body of a session that may be aborted. */
export class Patience {
  readonly #isLost: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param isLost Told when it is lost for the first time, or when it is time to look again. */
  constructor(isLost: () => void) {
    this.#isLost = isLost;
  }

  /** Begins to wait, if that has not begun. */
  begin(): void {
    if (this.#timer !== undefined) return;
    const since = performance.now();
    this.#timer = setTimeout(() => {
      // Where this program was too busy for its timers, it was so for what the worker has to say.
      if (performance.now() - since > PATIENCE_MS + LATE_MS) this.#timer = setTimeout(this.#isLost, LATE_MS);
      else this.#isLost();
    }, PATIENCE_MS);
  }

  /** Looks again in a moment. */
  lookAgain(): void {
    this.#timer = setTimeout(this.#isLost, LOOK_MS);
  }

  /** Gives the body time to clean up. */
  grant(then: () => void): void {
    this.#timer = setTimeout(then, GRACE_MS);
  }

  /** Ends the wait: the body is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
