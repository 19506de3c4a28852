/**
 * Waiting until nothing is left to do.
 *
 * @module
 */

/** Lets callers wait until something is idle; no promise is made unless one waits. */
export class IdleGate {
  #waiting: PromiseWithResolvers<void> | undefined;

  /** Resolves once `isIdle()` is true, which is asked now and whenever the gate was opened: work may have come meanwhile. */
  async until(isIdle: () => boolean): Promise<void> {
    while (!isIdle()) await this.next();
  }

  /** Resolves when the gate is opened next. */
  next(): Promise<void> {
    return (this.#waiting ??= Promise.withResolvers()).promise;
  }

  /** Lets those who wait look again. */
  open(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
