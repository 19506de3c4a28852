/**
 * Tasks that wait for a slot: by priority, then by how deeply they are nested, then in the order of submission.
 *
 * Tasks mostly become ready in just that order, so they stand in a plain line, and only those that come out of turn
 * (a higher priority, a retry, a dependency that had finished late) go to a heap beside it.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import { Heap } from "../../core/heap.ts";
import type { Handle } from "../handle.ts";

/** Below this, a line with entries that no one wants is not worth cleaning. */
const SMALL = 64;

/**
 * Whether `a` starts before `b`. What running tasks submitted comes before what has yet to begin, the deeper the sooner:
 * tasks that wait for tasks hold no slot, so that otherwise all would begin before any could end.
 */
export function before(a: Handle, b: Handle): boolean {
  const difference = a.spec.options.priority - b.spec.options.priority || a.depth - b.depth;
  return difference === 0 ? a.seq < b.seq : difference > 0;
}

/** A handle's `heapIndex` while it stands in the line. */
const IN_LINE = -2;
/** A handle's `heapIndex` once it is released while its place in the line is still there. */
const GONE = -3;

/** The ready tasks of one pool. */
export class ReadyQueue {
  readonly #line = new Fifo<Handle>();
  readonly #heap = new Heap<Handle>(before);
  /** How many places in the line are left over from handles that were released. */
  #gone = 0;

  /** How many wait. */
  get size(): number {
    return this.#line.size - this.#gone + this.#heap.size;
  }

  /** Adds a task that is becoming ready. */
  push(handle: Handle): void {
    if (handle.heapIndex === GONE) { // its old place is still the right one
      this.#gone--;
      handle.heapIndex = IN_LINE;
      return;
    }
    const last = this.#line.last;
    if (last === undefined || before(last, handle)) {
      handle.heapIndex = IN_LINE;
      this.#line.push(handle);
    } else {
      this.#heap.push(handle);
    }
  }

  /** The task whose turn it is. */
  peek(): Handle | undefined {
    let first = this.#line.first;
    while (first?.heapIndex === GONE) {
      this.#gone--;
      this.#shift();
      first = this.#line.first;
    }
    const other = this.#heap.peek();
    return first === undefined || (other !== undefined && before(other, first)) ? other : first;
  }

  /** Takes the task that `peek()` shows. */
  take(): Handle | undefined {
    const handle = this.peek();
    if (handle === undefined) return undefined;
    if (handle.heapIndex === IN_LINE) this.#shift();
    else this.#heap.remove(handle);
    return handle;
  }

  /** Whether the task whose turn it is here comes before the one of another queue. */
  precedes(other: ReadyQueue): boolean {
    const mine = this.peek();
    const theirs = other.peek();
    return mine !== undefined && (theirs === undefined || before(mine, theirs));
  }

  /** Releases a task that is no longer ready. */
  forget(handle: Handle): void {
    if (handle.heapIndex !== IN_LINE) {
      this.#heap.remove(handle);
      return;
    }
    handle.heapIndex = GONE;
    this.#gone++;
    if (this.#line.size < SMALL || this.#gone * 2 < this.#line.size) return;
    this.#line.filter((each) => {
      if (each.heapIndex === IN_LINE) return true;
      each.heapIndex = -1;
      return false;
    });
    this.#gone = 0;
  }

  /** Forgets the places of handles that were released, so that those can stand in another queue. */
  clear(): void {
    while (this.#line.size > 0) this.#shift();
    this.#gone = 0;
  }

  #shift(): void {
    const handle = this.#line.shift();
    if (handle !== undefined) handle.heapIndex = -1;
  }
}
