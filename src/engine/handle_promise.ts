/**
 * Promises about a handle, in a task's body: awaiting one is waiting for the handle, listening to one is not.
 *
 * A body that waits gives its slot back, one that only listens (`handle.then(log)`, an `exception()` that is never
 * awaited) keeps it. What tells them apart is who calls `then()`: `await`, `Promise.all()` and the like pass functions of
 * the JavaScript engine, a listener passes its own.
 *
 * @module
 */

import { onAbort } from "../core/on_abort.ts";
import type { Timers } from "../core/timers.ts";

type Callback = ((value: never) => unknown) | null | undefined;

/** How the source of a function of the JavaScript engine ends. */
const NATIVE = "{ [native code] }";

/** Whether `then()` is called by `await` or a combinator such as `Promise.all()`, and not with a listener. */
export function isAwait(onFulfilled: Callback, onRejected: Callback): boolean {
  // One of them tells, and to look at the other one as well takes a tenth of a microsecond.
  return typeof onFulfilled === "function" && typeof onRejected === "function" &&
    Function.prototype.toString.call(onFulfilled).endsWith(NATIVE);
}

/** What ends a wait for a handle, other than the handle itself. */
export interface WaitEnd<T> {
  readonly promise: Promise<T>;
  /** Whether a timer or a signal may settle the promise before the handle has finished. */
  readonly isLimited: boolean;
  /** Rejects the promise that this one is derived from, as the wait would never end. */
  readonly reject: (error: unknown) => void;
}

/** An unfinished handle, as far as a wait with an end of its own needs it. */
export interface Unfinished<T> {
  readonly id: string;
  readonly owner: { readonly alarms: Timers };
  explain(): string;
  settle(deferred: PromiseWithResolvers<T>): void;
  onDone(listener: () => void): void;
  offDone(listener: () => void): void;
}

/** Ends as the task of a handle does, or is rejected after a time, or when the signal is aborted. */
export function settledWithin<T>(
  handle: Unfinished<T>,
  limitMs: number | undefined,
  signal: AbortSignal | undefined,
): WaitEnd<T> {
  const { alarms } = handle.owner;
  const deferred = Promise.withResolvers<T>();
  const end = () => {
    if (alarm !== undefined) alarms.clear(alarm);
    stopListening?.();
  };
  const settle = () => {
    end();
    handle.settle(deferred);
  };
  const reject = (reason: unknown) => {
    end();
    handle.offDone(settle);
    markHandled(deferred.promise);
    deferred.reject(reason);
  };
  const alarm = limitMs === undefined ? undefined : alarms.set(limitMs, () => {
    reject(
      new DOMException(`"${handle.id}" had not finished after ${limitMs} ms: ${handle.explain()}`, "TimeoutError"),
    );
  });
  const stopListening = signal === undefined ? undefined : onAbort(signal, () => reject(signal.reason));
  handle.onDone(settle);
  return { promise: deferred.promise, reject, isLimited: true };
}

function ignore(): void {}

/** Keeps a rejection that nothing handles from ending the program; code that does handle it still gets it. */
export function markHandled<T>(promise: Promise<T>): Promise<T> {
  Promise.prototype.then.call(promise, undefined, ignore); // not the promise's own, which may be that of a handle
  return promise;
}

/** What promises about a handle come from. */
export interface PromiseRoot extends Omit<WaitEnd<unknown>, "promise"> {
  readonly handle: { readonly done: boolean };
  /** Lets the body that holds the promise wait for the handle. */
  readonly wait: <T>(end: WaitEnd<T>) => Promise<T>;
}

/** A promise about a handle that a body holds. The wait for the handle begins once the promise is awaited. */
export class HandlePromise<T> extends Promise<T> {
  #root: PromiseRoot | undefined;
  #base: Promise<T> | undefined;

  /** Makes `base`, which is derived from `root`, a promise that the body holds. */
  static of<T>(root: PromiseRoot, base: Promise<T>): HandlePromise<T> {
    const made = new HandlePromise<T>((resolve, reject) => void base.then(resolve, reject));
    made.#root = root;
    made.#base = base;
    return made;
  }

  /** What `then()`, `catch()` and `finally()` of the base class make are plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<F = T, R = never>(
    onFulfilled?: ((value: T) => F | PromiseLike<F>) | null,
    onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null,
  ): Promise<F | R> {
    const root = this.#root;
    const base = this.#base;
    if (root === undefined || base === undefined || root.handle.done) return super.then(onFulfilled, onRejected);
    super.then(undefined, () => {}); // what follows is made from the base, and this one counts as handled
    if (!isAwait(onFulfilled, onRejected)) return HandlePromise.of(root, base.then(onFulfilled, onRejected));
    const { isLimited, reject } = root;
    return root.wait({ promise: base, isLimited, reject }).then(onFulfilled, onRejected);
  }
}
