/**
 * The handles that a runner knows, in the order of submission.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { Handle } from "../tasks/handle.ts";

/** Below this, a list with gaps is not worth closing up. */
const SMALL = 64;

/** Keeps all that are not over, and of those that are over as many as it is told to. */
export class Roster {
  readonly #retain: number;
  readonly #onForget: (handle: Handle) => void;
  /** Ascending by `seq`; a handle that was forgotten leaves its `seq` in its place, to be searched by. */
  #handles: (Handle | number)[] = [];
  #gaps = 0;
  /** Finished handles in the order they finished. */
  readonly #finished = new Fifo<Handle>();

  /** @param retain How many finished handles `trim()` leaves. */
  constructor(retain: number, onForget: (handle: Handle) => void) {
    this.#retain = retain;
    this.#onForget = onForget;
  }

  add(handle: Handle): void {
    this.#handles.push(handle);
  }

  /** Says that a handle's task is over. */
  finished(handle: Handle): void {
    this.#finished.push(handle);
  }

  /** Forgets all but the last finished handles, beginning with the first that finished. */
  trim(lastSeq = Infinity): void {
    while (this.#finished.size > this.#retain && this.#finished.first!.seq <= lastSeq) {
      this.#forget(this.#finished.shift()!);
    }
  }

  /** The handle with that `seq`, if it is known. */
  find(seq: number): Handle | undefined {
    const found = this.#handles[this.#indexOf(seq)];
    return found !== undefined && isHandle(found) && found.seq === seq ? found : undefined;
  }

  /** The handles submitted after the one with that `seq`, and all of them by default. */
  list(after = 0): Handle[] {
    return this.#handles.filter((handle): handle is Handle => isHandle(handle) && handle.seq > after);
  }

  #forget(handle: Handle): void {
    this.#handles[this.#indexOf(handle.seq)] = handle.seq;
    this.#gaps++;
    this.#onForget(handle);
    if (this.#gaps < SMALL || this.#gaps * 2 < this.#handles.length) return;
    this.#handles = this.#handles.filter(isHandle);
    this.#gaps = 0;
  }

  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#handles.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#handles[middle]!;
      if ((isHandle(found) ? found.seq : found) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isHandle(entry: Handle | number): entry is Handle {
  return typeof entry === "object";
}
