/**
 * Promises about a handle, in a task's body: awaiting one is waiting for the handle, listening to one is not.
 *
 * A body that waits gives its slot back, one that only listens (`handle.then(log)`, an `exception()` that is never
 * awaited) keeps it. What tells them apart is who calls `then()`: `await`, `Promise.all()` and the like pass functions of
 * the JavaScript engine, a listener passes its own.
 *
 * @module
 */

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
