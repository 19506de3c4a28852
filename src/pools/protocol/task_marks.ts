/**
 * What a thread and its pool have to know of tasks at once, also while a body loops: which ones have begun, and which
 * are aborted.
 *
 * @module
 */

/** Why a body is to end. */
export type Abort = "cancelled" | "out of time";

/** Places of 32-bit numbers. */
const ABORTED = 0; // twice the `seq` of the last task that was cancelled, and 1 more if it was out of time
const BEGUN = 1; // the `seq` of the last task that has begun, or was revoked

/** Marks in shared memory, seen from either side. */
export class TaskMarks {
  readonly #marks: Int32Array;

  /** @param memory Made by `makeMarks()`. */
  constructor(memory: SharedArrayBuffer) {
    this.#marks = new Int32Array(memory);
  }

  /** By the pool: lets the body of a task see that it is aborted, also in a loop. */
  setAbort(seq: number, why: Abort): void {
    Atomics.store(this.#marks, ABORTED, seq * 2 + (why === "out of time" ? 1 : 0));
  }

  /** By the thread: whether the pool has aborted that task; known even before a message can arrive. */
  abortOf(seq: number): Abort | undefined {
    const mark = Atomics.load(this.#marks, ABORTED);
    if (mark >> 1 !== seq || mark === 0) return undefined;
    return mark & 1 ? "out of time" : "cancelled";
  }

  /** By the thread: begins a task, unless the pool has revoked it. */
  begin(seq: number): boolean {
    const last = Atomics.load(this.#marks, BEGUN);
    return last < seq && Atomics.compareExchange(this.#marks, BEGUN, last, seq) === last;
  }

  /** By the pool: the last task that has begun, if `first` has. Those up to `last` that have not never will. */
  revokeAfter(first: number, last: number): number | undefined {
    for (;;) {
      const begun = Atomics.load(this.#marks, BEGUN);
      if (begun < first) return undefined;
      if (begun >= last || Atomics.compareExchange(this.#marks, BEGUN, begun, last) === begun) return begun;
    }
  }
}
