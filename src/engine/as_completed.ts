/**
 * Results in the order in which tasks end.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { TaskResult } from "../core/result.ts";
import type { AttemptState, Handle, HandleOwner } from "./handle.ts";
import { markHandled } from "./handle_promise.ts";

type Step = IteratorResult<TaskResult, undefined>;

const END: Step = { done: true, value: undefined };

/** The ends of tasks. It listens to those that have not ended from the first `next()` on. */
export class Ends implements AsyncIterableIterator<TaskResult> {
  /** Handles that have not ended, and the listener on each. */
  readonly #open = new Map<Handle, () => void>();
  readonly #handles: ReadonlySet<Handle>;
  readonly #owners = new Set<HandleOwner>();
  /** Handles that have ended, and were not asked for. */
  readonly #ended = new Fifo<Handle>();
  /** Calls of `next()` that wait for an end. */
  readonly #waiting = new Fifo<PromiseWithResolvers<Step>>();
  #hasBegun = false;

  constructor(handles: ReadonlySet<Handle>) {
    this.#handles = handles;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A method and no generator, as it runs in the body that calls it, which gives its slot back. */
  next(): Promise<Step> {
    if (!this.#hasBegun) this.#begin();
    const ended = this.#ended.shift();
    if (ended !== undefined) return Promise.resolve({ done: false, value: ended.peek()! });
    const [first] = this.#open.keys();
    if (first === undefined) return Promise.resolve(END);
    const step = Promise.withResolvers<Step>();
    this.#waiting.push(step);
    const { promise, reject } = step;
    let attempt: AttemptState | undefined;
    for (const owner of this.#owners) attempt = owner.startWait(first);
    if (attempt === undefined) return promise;
    const fail = (error: unknown) => {
      if (![...this.#waiting].includes(step)) return; // it has its result, which is on its way to the body
      markHandled(promise);
      reject(error);
      this.#end();
    };
    return attempt.wait(first, { promise, isLimited: false, reject: fail }, this.#open);
  }

  return(): Promise<Step> {
    this.#hasBegun = true;
    this.#end();
    return Promise.resolve(END);
  }

  #begin(): void {
    this.#hasBegun = true;
    const ended: Handle[] = [];
    for (const handle of this.#handles) {
      handle.observed = true;
      if (handle.done) ended.push(handle);
      else this.#listen(handle);
    }
    ended.sort((a, b) => endOf(a) - endOf(b));
    for (const handle of ended) this.#ended.push(handle);
  }

  #listen(handle: Handle): void {
    const listener = () => {
      this.#open.delete(handle);
      const step = this.#waiting.shift();
      if (step === undefined) this.#ended.push(handle);
      else step.resolve({ done: false, value: handle.peek()! });
      if (this.#open.size === 0) this.#endWaiting();
    };
    this.#open.set(handle, listener);
    this.#owners.add(handle.owner);
    handle.onDone(listener);
  }

  #end(): void {
    for (const [handle, listener] of this.#open) handle.offDone(listener);
    this.#open.clear();
    this.#ended.clear();
    this.#endWaiting();
  }

  #endWaiting(): void {
    for (let step = this.#waiting.shift(); step !== undefined; step = this.#waiting.shift()) step.resolve(END);
  }
}

/** When a task ended, in milliseconds since the epoch. */
function endOf({ owner, finishedMs = 0 }: Handle): number {
  return owner.epoch + finishedMs;
}
