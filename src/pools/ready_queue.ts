/**
 * Tasks that wait for a slot: by priority, then in the order of submission.
 *
 * Tasks mostly become ready in just that order, so they stand in a plain line, and only those that come out of turn
 * (a higher priority, a retry, a dependency that was over late) go to a heap beside it.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { Heap } from "../core/heap.ts";
import { READY } from "../core/status.ts";
import type { Handle } from "../tasks/handle.ts";

/** Below this, a line with entries that nobody wants is not worth cleaning. */
const SMALL = 64;

function before(a: Handle, b: Handle): boolean {
  const difference = a.spec.options.priority - b.spec.options.priority;
  return difference === 0 ? a.seq < b.seq : difference > 0;
}

function isReady(handle: Handle): boolean {
  return handle.code === READY;
}

/** The ready tasks of one pool. */
export class ReadyQueue {
  readonly #line = new Fifo<Handle>();
  readonly #heap = new Heap<Handle>(before);
  /** How many in the line left it without being taken. They are passed over, as their status is not "ready". */
  #gone = 0;

  /** How many wait. */
  get size(): number {
    return this.#line.size - this.#gone + this.#heap.size;
  }

  /** Adds a task that has become ready. */
  push(handle: Handle): void {
    const last = this.#line.last;
    if (last === undefined || before(last, handle)) this.#line.push(handle);
    else this.#heap.push(handle);
  }

  /** The task whose turn it is. */
  peek(): Handle | undefined {
    let first = this.#line.first;
    while (first !== undefined && !isReady(first)) {
      this.#line.shift();
      if (this.#gone > 0) this.#gone--;
      first = this.#line.first;
    }
    const other = this.#heap.peek();
    return first === undefined || (other !== undefined && before(other, first)) ? other : first;
  }

  /** Takes the task that `peek()` shows. */
  take(): Handle | undefined {
    const handle = this.peek();
    if (handle === undefined) return undefined;
    if (handle.heapIndex >= 0) this.#heap.remove(handle);
    else this.#line.shift();
    return handle;
  }

  /** Whether the task whose turn it is here comes before the one of another queue. */
  precedes(other: ReadyQueue): boolean {
    const mine = this.peek();
    const theirs = other.peek();
    return mine !== undefined && (theirs === undefined || before(mine, theirs));
  }

  /** Lets go of a task that was ready and no longer is; call it after its status changed. */
  forget(handle: Handle): void {
    if (handle.heapIndex >= 0) {
      this.#heap.remove(handle);
      return;
    }
    this.#gone++;
    if (this.#line.size < SMALL || this.#gone * 2 < this.#line.size) return;
    this.#line.filter(isReady);
    this.#gone = 0;
  }
}
