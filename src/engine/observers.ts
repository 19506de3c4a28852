/**
 * The observers of a runner.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import type { LogLine, TaskAttempt, WorkerEvent } from "../core/observations.ts";
import { type StatusCode, STATUSES } from "../core/status.ts";
import { callAround } from "./around.ts";
import type { Handle } from "./handle.ts";
import type { Observer, RunEvent, StartingAttempt } from "./observer.ts";

/** The name of a callback of an observer. */
type Callback = keyof Observer;

/** Called with the callback and the error when a callback has thrown or rejected. */
export type ObserverFailed = (callback: Callback, error: unknown) => void;

/**
 * Passes on to observers what happens. Each property is there only while an observer has such a callback, so that the engine
 * makes one comparison where there is none.
 */
export class Observers {
  readonly #all = new Set<{ readonly observer: Observer }>();
  /** Reports what a callback has thrown, or rejected with. */
  readonly failed: ObserverFailed;
  /** Tells that a task was submitted (`from` is `undefined`), or has another status. */
  status: ((handle: Handle, from: StatusCode | undefined, to: StatusCode) => void) | undefined;
  /** Tells that an attempt has started, or has ended. */
  attempt: ((handle: Handle, attempt: TaskAttempt) => void) | undefined;
  /** Passes on what a task has logged or printed. Returns whether an observer shows it. */
  log: ((handle: Handle, line: LogLine) => boolean) | undefined;
  /** Tells that a body has reported progress. */
  progress: ((handle: Handle) => void) | undefined;
  /** Tells what happened to a worker. */
  worker: ((event: WorkerEvent) => void) | undefined;
  /** Tells that `run()` or `serve()` has started, or has ended. */
  run: ((event: RunEvent) => void) | undefined;
  /** Calls a function exactly once, with observers around it. */
  around: ((handle: Handle, attempt: StartingAttempt, run: () => unknown) => unknown) | undefined;
  /** Called when the first observer with a callback comes, and when the last one goes. */
  changed: (() => void) | undefined;

  constructor(failed: ObserverFailed) {
    this.failed = failed;
  }

  /** Adds an observer, until what this returns is disposed of. One that is added twice is called twice. */
  add(observer: Observer): Disposable {
    const entry = { observer };
    this.#all.add(entry);
    this.#update();
    return {
      [Symbol.dispose]: () => {
        if (this.#all.delete(entry)) this.#update();
      },
    };
  }

  #update(): void {
    const status = this.#with("status");
    // Called several times for each task, so it makes no closures.
    this.status = status && ((handle, from, to) => {
      for (const observer of status) {
        try {
          const result: unknown = observer.status(
            handle,
            from === undefined ? undefined : STATUSES[from],
            STATUSES[to]!,
          );
          if (result instanceof Promise) result.catch((error) => this.failed("status", error));
        } catch (error) {
          this.failed("status", error);
        }
      }
    });
    const attempt = this.#with("attempt");
    this.attempt = attempt && ((handle, info) => {
      for (const observer of attempt) this.#call("attempt", () => observer.attempt(handle, info));
    });
    const log = this.#with("log");
    this.log = log && ((handle, line) => {
      let isShown = false;
      for (const observer of log) if (this.#call("log", () => observer.log(handle, line)) === true) isShown = true;
      return isShown;
    });
    const progress = this.#with("progress");
    this.progress = progress && ((handle) => {
      for (const observer of progress) this.#call("progress", () => observer.progress(handle));
    });
    const worker = this.#with("worker");
    this.worker = worker && ((event) => {
      for (const observer of worker) this.#call("worker", () => observer.worker(event));
    });
    const run = this.#with("run");
    this.run = run && ((event) => {
      for (const observer of run) this.#call("run", () => observer.run(event));
    });
    const around = this.#with("around");
    this.around = around && ((handle, attempt, run) => {
      const failed = (error: unknown) => this.failed("around", error);
      let layered = run;
      for (const observer of around.toReversed()) { // the first one is outermost
        const inner = layered;
        layered = () => callAround(inner, (next) => observer.around(handle, attempt, next), failed);
      }
      return layered();
    });
    this.changed?.();
  }

  /** The observers that have a callback; `undefined` if none has. */
  #with<C extends Callback>(callback: C): (Observer & Required<Pick<Observer, C>>)[] | undefined {
    const found: (Observer & Required<Pick<Observer, C>>)[] = [];
    for (const { observer } of this.#all) {
      if (typeof observer[callback] === "function") found.push(observer as typeof found[number]);
    }
    return found.length === 0 ? undefined : found;
  }

  /** Calls a callback, whose failure harms nothing. */
  #call<R>(callback: Callback, call: () => R): R | undefined {
    try {
      const result = call();
      if (result instanceof Promise) result.catch((error) => this.failed(callback, error));
      return result;
    } catch (error) {
      this.failed(callback, error);
      return undefined;
    }
  }
}

const CALLBACKS: Readonly<Record<Callback, true>> = {
  status: true,
  attempt: true,
  log: true,
  progress: true,
  worker: true,
  run: true,
  around: true,
};

/**
 * Checks an observer.
 *
 * @throws {TypeError} If it is not an object, one of its callbacks is not a function, or it has something, but no callback.
 */
export function checkObserver(observer: Observer): Observer {
  if (typeof observer !== "object" || observer === null) {
    throw new TypeError(`An observer must be an object with callbacks, not ${describeValue(observer)}`);
  }
  const callbacks = Object.keys(CALLBACKS) as Callback[];
  const names = Object.keys(observer);
  if (names.length > 0 && !callbacks.some((callback) => callback in observer)) {
    throw new TypeError(`An observer has ${names.join(", ")}, but none of the callbacks ${callbacks.join(", ")}`);
  }
  for (const callback of callbacks) {
    const value: unknown = observer[callback];
    if (value === undefined || typeof value === "function") continue;
    throw new TypeError(`${callback} of an observer must be a function, not ${describeValue(value)}`);
  }
  return observer;
}
