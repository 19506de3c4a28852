/**
 * The listeners to the events of a runner, and what dispatches events to them.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { COMPLETED, isTerminal, RETRYING, type TaskStatus } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import type { Observer, RunEvent } from "../engine/observer.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { RunEndedEvent, TaskEvent, type TaskEventType } from "./events.ts";

/** What the language has as the type of listeners. */
type AnyListener = EventListenerOrEventListenerObject;

/**
 * Knows to which types of events a runner has listeners, so that events of other types cost nothing. A listener that throws
 * harms nothing.
 */
export class EventListeners {
  readonly #failed: (type: string, error: unknown) => void;
  readonly #wanted = new Set<string>();
  /** What is registered for each listener. */
  readonly #guarded = new WeakMap<object, EventListener>();

  /** @param failed Reports what a listener threw, or rejected with. */
  constructor(failed: (type: string, error: unknown) => void) {
    this.#failed = failed;
  }

  /** Whether there ever was a listener to events of that type. */
  wants(type: string): boolean {
    return this.#wanted.has(type);
  }

  /** Notes a listener. Returns what is to be registered for it. */
  add(type: string, listener: AnyListener | null): EventListener | null {
    const guarded = this.guard(listener);
    if (guarded !== null) this.#wanted.add(type);
    return guarded;
  }

  /**
   * What is registered for a listener.
   *
   * @throws {TypeError} If it is not a function or an object.
   */
  guard(listener: AnyListener | null): EventListener | null {
    if (listener === null) return null;
    if (typeof listener !== "function" && typeof listener !== "object") {
      throw new TypeError(`A listener to events must be a function, not ${describeValue(listener)}`);
    }
    let guarded = this.#guarded.get(listener);
    if (guarded === undefined) {
      const failed = this.#failed;
      guarded = function (this: unknown, event: Event): void {
        try {
          const result: unknown = typeof listener === "function"
            ? listener.call(this as never, event)
            : listener.handleEvent(event);
          if (result instanceof Promise) result.catch((error) => failed(event.type, error));
        } catch (error) {
          failed(event.type, error);
        }
      };
      this.#guarded.set(listener, guarded);
      this.#guarded.set(guarded, guarded); // an aborted `signal` removes what was registered
    }
    return guarded;
  }
}

/** Turns what a runner tells its observers into its events. */
export class TaskEventEmitter implements Observer {
  readonly #target: EventTarget;
  readonly #listeners: EventListeners;

  constructor(target: EventTarget, listeners: EventListeners) {
    this.#target = target;
    this.#listeners = listeners;
  }

  status(handle: TaskHandle<unknown>, from: TaskStatus | undefined, to: TaskStatus): void {
    if (from === undefined) this.#dispatch("submitted", handle, from);
    else if (to !== "pending") this.#dispatch(to, handle, from);
    this.#dispatch("status", handle, from);
  }

  progress(handle: TaskHandle<unknown>): void {
    this.#dispatch("progress", handle, handle.status);
  }

  run({ kind, report, error }: RunEvent): void {
    if (kind !== "ended" || !this.#listeners.wants("run")) return;
    if (report !== undefined) this.#target.dispatchEvent(new RunEndedEvent(report, error));
  }

  #dispatch(type: TaskEventType, handle: TaskHandle<unknown>, from: TaskStatus | undefined): void {
    if (!this.#listeners.wants(type)) return;
    this.#target.dispatchEvent(new TaskEvent(type, handle, errorOf(handle as Handle), from));
  }
}

function errorOf(handle: Handle): unknown {
  const { code, details } = handle;
  if (code === RETRYING) return details?.lastError;
  return isTerminal(code) && code !== COMPLETED ? handle.error : undefined;
}
