/**
 * The listeners to the events of a runner, and what dispatches events to them.
 *
 * @module
 */

import { COMPLETED, isTerminal, RETRYING } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import type { StatusListener } from "../engine/status_store.ts";
import { TaskEvent, type TaskEventType } from "./events.ts";

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

  /** Whether there ever was a listener. */
  get isObserved(): boolean {
    return this.#wanted.size > 0;
  }

  /** Whether there ever was a listener to events of that type. */
  wants(type: string): boolean {
    return this.#wanted.has(type);
  }

  /** Notes a listener. Returns what is to be registered for it. */
  add(type: string, listener: AnyListener | null): EventListener | null {
    if (listener !== null) this.#wanted.add(type);
    return this.guard(listener);
  }

  /** What is registered for a listener. */
  guard(listener: AnyListener | null): EventListener | null {
    if (listener === null) return null;
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

/** Turns what an engine reports into events of its runner. */
export class TaskEventEmitter implements StatusListener {
  readonly #target: EventTarget;
  readonly #listeners: EventListeners;

  constructor(target: EventTarget, listeners: EventListeners) {
    this.#target = target;
    this.#listeners = listeners;
  }

  get isObserved(): boolean {
    return this.#listeners.isObserved;
  }

  emit(type: TaskEventType, handle: Handle): void {
    if (!this.#listeners.wants(type)) return;
    const { code, details } = handle;
    const error = code === RETRYING
      ? details?.lastError
      : isTerminal(code) && code !== COMPLETED
      ? handle.error
      : undefined;
    this.#target.dispatchEvent(new TaskEvent(type, handle, error));
  }
}
