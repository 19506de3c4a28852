/**
 * The handles that a runner knows, in the order of submission.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { RUNNING } from "../core/status.ts";
import type { Durability } from "./durability.ts";
import type { Handle } from "./handle.ts";

/** Fewer gaps than this are not worth copying the list for. */
const MIN_GAPS = 64;

/** Keeps all unfinished handles, and as many finished ones as it is told to. */
export class HandleStore {
  readonly #retain: number;
  readonly #durability: Durability;
  /** Ascending by `seq`; a handle that was forgotten leaves its `seq` in its place, to be searched by. */
  #handles: (Handle | number)[] = [];
  #gaps = 0;
  /** Handles whose id is not made of their name and `seq`. */
  readonly #byId = new Map<string, Handle>();
  /** The handles that each task has submitted, from when that is first asked for until there are others. */
  #children: Map<Handle, Handle[]> | undefined;
  /** Finished handles in the order they finished. */
  readonly #finished = new Fifo<Handle>();
  /** The same for those of streams, which may have any length: they are never more than `#retain`. */
  readonly #streamed = new Fifo<Handle>();

  /** @param retain How many finished handles `trim()` leaves. */
  constructor(retain: number, durability: Durability) {
    this.#retain = retain;
    this.#durability = durability;
  }

  add(handle: Handle): void {
    this.#handles.push(handle);
    this.#children = undefined;
    const id = handle.details?.id;
    if (id !== undefined) this.#byId.set(id, handle); // of two with one id, the later one counts
  }

  /** The last handle that was submitted with that id, if it is known. */
  find(id: string): Handle | undefined {
    const handle = this.#byId.get(id);
    if (handle !== undefined) return handle;
    const seq = /#(\d+)$/.exec(id)?.[1];
    const found = seq === undefined ? undefined : this.findSeq(Number(seq));
    return found?.id === id ? found : undefined;
  }

  /** Says that a handle has finished. */
  finished(handle: Handle): void {
    if (handle.details?.isStreamed !== true) {
      this.#finished.push(handle);
      return;
    }
    this.#streamed.push(handle);
    if (this.#streamed.size > this.#retain) this.#forget(this.#streamed.shift()!);
  }

  /** Forgets all but the last finished handles, those that finished first before the others. */
  trim(lastSeq = Infinity): void {
    while (this.#finished.size > this.#retain && this.#finished.first!.seq <= lastSeq) {
      this.#forget(this.#finished.shift()!);
    }
  }

  /** The handle with that `seq`, if it is known. */
  findSeq(seq: number): Handle | undefined {
    const found = this.#handles[this.#indexOf(seq)];
    return found !== undefined && isHandle(found) && found.seq === seq ? found : undefined;
  }

  /** The handles submitted after the one with that `seq`, and all of them by default. */
  list(after = 0): Handle[] {
    const found = this.#handles.slice(this.#indexOf(after + 1));
    return this.#gaps === 0 ? found as Handle[] : found.filter(isHandle);
  }

  /** The handles of the tasks that are running, in the order of submission. */
  running(): Handle[] {
    return this.list().filter(({ code }) => code === RUNNING);
  }

  /** The handles that the bodies of a task have submitted, in the order of submission. */
  childrenOf(handle: Handle): readonly Handle[] {
    if (this.#children === undefined) {
      this.#children = new Map();
      for (const each of this.list()) {
        const { parent } = each;
        if (parent === undefined) continue;
        const children = this.#children.get(parent);
        if (children === undefined) this.#children.set(parent, [each]);
        else children.push(each);
      }
    }
    return Object.freeze([...this.#children.get(handle) ?? []]);
  }

  #forget(handle: Handle): void {
    this.#handles[this.#indexOf(handle.seq)] = handle.seq;
    this.#gaps++;
    const id = handle.details?.id;
    if (id !== undefined && this.#byId.get(id) === handle) this.#byId.delete(id);
    handle.dependencies = undefined;
    handle.submittedBy = undefined;
    this.#children = undefined;
    handle.args = undefined;
    this.#durability.forgotten(handle);
    if (this.#gaps < MIN_GAPS || this.#gaps * 2 < this.#handles.length) return;
    this.#handles = this.#handles.filter(isHandle);
    this.#gaps = 0;
  }

  /** The index of the first entry with that `seq` or a later one. */
  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#handles.length;
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
