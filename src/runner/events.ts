/**
 * What happens to tasks, for those who listen.
 *
 * @module
 */

import type { TaskHandle } from "../tasks/task_handle.ts";
import { COMPLETED, isTerminal, RETRYING, type TaskStatus } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import type { StatusListener } from "../engine/status_store.ts";

/** What can happen to a task. */
export type TaskEventType =
  | "submitted"
  | "ready"
  | "running"
  | "progress"
  | "retrying"
  | "completed"
  | "failed"
  | "cancelled"
  | "skipped";

/**
 * Something happened to a task. Events are dispatched by the runner as things happen, before anybody who waits for
 * the handle continues.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const seen: string[] = [];
 * runner.addEventListener("completed", (event) => seen.push(`${event.handle.name} ${event.status}`));
 * await runner.submit(function hello() {});
 * assertEquals(seen, ["hello completed"]);
 * ```
 */
export class TaskEvent extends Event {
  /** What happened. */
  declare readonly type: TaskEventType;
  /** The task's handle. */
  readonly handle: TaskHandle<unknown>;
  /** The handle's status at that moment. */
  readonly status: TaskStatus;
  /** How many attempts had been started. */
  readonly attempt: number;
  /** When it happened. */
  readonly at: Date;
  /** Whether an earlier run ended the task, and this event only reports it. */
  readonly restored: boolean;
  /** What failed, for `retrying`, `failed`, `cancelled` and `skipped`. */
  readonly error: unknown;

  /** Makes an event about a handle as it is now. */
  constructor(type: TaskEventType, handle: TaskHandle<unknown>, error?: unknown) {
    super(type);
    this.handle = handle;
    this.status = handle.status;
    this.attempt = handle.attempts;
    this.at = new Date();
    this.restored = handle.restored;
    this.error = error;
  }
}

/** What listens to a runner. */
export type TaskEventListener = ((event: TaskEvent) => void) | { handleEvent(event: TaskEvent): void };

/**
 * An `EventTarget` for what happens to tasks. It knows which types were never listened to, so that events cost nothing
 * then, and a listener that throws harms nothing.
 */
export class TaskEventTarget extends EventTarget {
  readonly #wanted = new Set<string>();
  /** What is registered for each listener. */
  readonly #guarded = new WeakMap<object, EventListener>();

  /** Whether anything ever listened. */
  get isObserved(): boolean {
    return this.#wanted.size > 0;
  }

  /** Whether anything ever listened to events of that type. */
  wants(type: TaskEventType): boolean {
    return this.#wanted.has(type);
  }

  /** Listens to what happens to tasks. A listener that throws is logged. */
  override addEventListener(
    type: TaskEventType,
    listener: TaskEventListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Listens to an event of another type. */
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | TaskEventListener | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener && this.#guard(listener as EventListenerOrEventListenerObject), options);
    if (listener !== null) this.#wanted.add(type);
  }

  /** Stops listening. */
  override removeEventListener(
    type: TaskEventType,
    listener: TaskEventListener | null,
    options?: boolean | EventListenerOptions,
  ): void;
  /** Stops listening. */
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | TaskEventListener | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener && this.#guard(listener as EventListenerOrEventListenerObject), options);
  }

  /**
   * Reports what a listener threw.
   *
   * @internal
   */
  protected listenerFailed(type: string, error: unknown): void {
    console.error(`A listener to "${type}" events failed:`, error);
  }

  #guard(listener: EventListenerOrEventListenerObject): EventListener {
    let guarded = this.#guarded.get(listener);
    if (guarded === undefined) {
      guarded = (event) => {
        try {
          const result: unknown = typeof listener === "function"
            ? listener.call(this, event)
            : listener.handleEvent(event);
          if (result instanceof Promise) result.catch((error) => this.listenerFailed(event.type, error));
        } catch (error) {
          this.listenerFailed(event.type, error);
        }
      };
      this.#guarded.set(listener, guarded);
      this.#guarded.set(guarded, guarded); // an aborted `signal` removes what was registered
    }
    return guarded;
  }
}

/** Turns what an engine tells into events of its runner. */
export class TaskEventEmitter implements StatusListener {
  readonly #target: TaskEventTarget;

  constructor(target: TaskEventTarget) {
    this.#target = target;
  }

  get isObserved(): boolean {
    return this.#target.isObserved;
  }

  emit(type: TaskEventType, handle: Handle): void {
    if (!this.#target.wants(type)) return;
    const { code, details } = handle;
    const error = code === RETRYING
      ? details?.lastError
      : isTerminal(code) && code !== COMPLETED
      ? handle.error
      : undefined;
    this.#target.dispatchEvent(new TaskEvent(type, handle, error));
  }
}
