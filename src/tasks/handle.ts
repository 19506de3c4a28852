/**
 * A submitted task: its record and its public face in one object, so that a million of them cost one object each.
 *
 * Its fields belong to the runner, which alone writes them; users see {@linkcode TaskHandle}.
 *
 * @module
 */

import type { Timer, Timers } from "../core/timers.ts";
import { abortSignal } from "../core/checks.ts";
import type { HandleRef } from "../core/checkpointer.ts";
import { onAbort } from "../core/on_abort.ts";
import type { TaskError } from "../core/errors.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { type GraphNode, type Links, listLinks } from "../core/graph.ts";
import type { HeapEntry } from "../core/heap.ts";
import type { TaskResult } from "../core/result.ts";
import { COMPLETED, isTerminal, PENDING, type StatusCode, STATUSES, type TaskStatus } from "../core/status.ts";
import type { TaskSpec } from "./spec.ts";
import type { TaskHandle, WaitOptions } from "./task_handle.ts";

/**
 * - `staged`: its pool has it in line; the task is still ready.
 * - `running`: it holds a slot.
 * - `waiting`: its body waits for a handle; the slot is given back.
 * - `returning`: that wait is over; it stands in line for a slot.
 * - `aborted`: cancelled or out of time. Its handle went on without it, but its body may still run.
 * - `over`: its body is over.
 */
export type AttemptPhase = "staged" | "running" | "waiting" | "returning" | "aborted" | "over";

/** A body waiting for a handle. */
export interface Wait {
  readonly handle: Handle;
}

/** What a handle knows of an attempt at it. */
export interface AttemptState {
  readonly handle: Handle;
  readonly phase: AttemptPhase;
  /** What its body waits for. */
  readonly waits: ReadonlySet<Wait>;
  /** Handles that its body submitted and that are not over. */
  readonly children: Set<Handle> | undefined;
}

/** What a handle asks of the runner it was submitted to. */
export interface HandleOwner {
  /** Milliseconds since the epoch that `startedAt` and `finishedAt` count from: small numbers need no heap. */
  readonly epoch: number;
  readonly alarms: Timers;
  cancel(handle: Handle, reason: unknown): boolean;
  addDependencies(handle: Handle, dependencies: readonly unknown[]): void;
  /**
   * Waits for a handle that is not over; where a task's body does so, the task's slot is given back meanwhile.
   *
   * @param limited A wait for it that may end earlier.
   */
  wait<T>(handle: Handle<T>, limited: Promise<T> | undefined): Promise<T>;
  explain(handle: Handle): string;
}

/** An error that is made when somebody looks: a million cancelled tasks then cost no stack trace each. */
export class ErrorOnDemand {
  readonly #make: (handle: Handle) => TaskError;

  constructor(make: (handle: Handle) => TaskError) {
    this.#make = make;
  }

  /** Whether it is one: asked in a way that proxies do not notice, which bodies may throw as well. */
  static is(value: unknown): value is ErrorOnDemand {
    return typeof value === "object" && value !== null && #make in value;
  }

  make(handle: Handle): TaskError {
    return this.#make(handle);
  }
}

/** What is put on record of how a task was submitted. */
export interface SavedInputs {
  /** With `null` in place of handles. */
  readonly args: readonly unknown[];
  readonly refs: readonly HandleRef[];
  /** The id of the task whose body submitted it. */
  readonly parent: string | undefined;
}

/**
 * Why nothing can change any more how a task ends: what its body has brought is on record, or on its way there; or an
 * earlier run has ended it.
 */
export type Sealed = "by its body" | "by an earlier run";

/**
 * What bodies submit on behalf of a task whose record goes when it is over. Its id stands before theirs, so that the same
 * work done on behalf of another one is other work, and their records go with its own.
 */
export interface Errand {
  /** The id of the task. */
  readonly id: string;
  /** The ids of what is over. */
  readonly done: string[];
  isOver: boolean;
}

/** What few handles have. */
export class HandleDetails {
  /** The id, where a key was given. */
  id: string | undefined;
  key: string | undefined;
  dedupKey: string | undefined;
  source: string | undefined;
  signal: AbortSignal | undefined;
  progress = 0;
  progressMessage: string | undefined;
  /** Rings when the backoff is over. */
  backoff: Timer | undefined;
  /** The error of the attempt that is being retried. */
  lastError: unknown;
  /** Rings when the lingering attempt has had its time. */
  grace: Timer | undefined;
  /** For its records, of a runner with a checkpointer; dropped when the task is over. */
  inputs: SavedInputs | undefined;
  sealed: Sealed | undefined;
  /** What its bodies have submitted and is not over, of a runner with a checkpointer. */
  children: Set<Handle> | undefined;
  /** Whether the body that has submitted it was over before it. */
  outlives = false;
  /** On whose behalf it is submitted, or what it submits. */
  errand: Errand | undefined;
  /** An attempt that ran out of time and whose body is not over: the next one must not overlap it. */
  lingering: AttemptState | undefined;
}

/** The implementation of {@linkcode TaskHandle}. */
export class Handle<T = unknown> implements TaskHandle<T>, GraphNode<Handle>, HeapEntry {
  readonly owner: HandleOwner;
  readonly spec: TaskSpec;
  /** The place in the order of submission. */
  readonly seq: number;
  /** As submitted; dropped when the task is over. */
  args: readonly unknown[] | undefined;
  code: StatusCode = PENDING;
  attempts = 0;
  /** The value of a completed task, else what it ended with. */
  outcome: unknown = undefined;
  blocking = 0;
  dependencies: Links<Handle> = undefined;
  dependents: Links<Handle> = undefined;
  heapIndex = -1;
  /** How many tasks deep it was submitted: 0 from outside, 1 by the body of such a task. */
  depth = 0;
  /** Milliseconds after the owner's epoch. */
  startedAt: number | undefined = undefined;
  /** Milliseconds after the owner's epoch. */
  finishedAt: number | undefined = undefined;
  attempt: AttemptState | undefined = undefined;
  /** The attempt whose body submitted it. */
  parent: AttemptState | undefined = undefined;
  details: HandleDetails | undefined = undefined;
  /** Whether anybody ever asked how it ends, or was told by a handle that depends on it. */
  noticed = false;
  #watchers: (() => void) | Set<() => void> | undefined = undefined;

  constructor(owner: HandleOwner, spec: TaskSpec, seq: number, args: readonly unknown[]) {
    this.owner = owner;
    this.spec = spec;
    this.seq = seq;
    this.args = args;
  }

  get id(): string {
    return this.details?.id ?? `${this.spec.options.name}#${this.seq}`;
  }

  get name(): string {
    return this.spec.options.name;
  }

  get status(): TaskStatus {
    return STATUSES[this.code]!;
  }

  get done(): boolean {
    return isTerminal(this.code);
  }

  get progress(): number {
    return this.details?.progress ?? 0;
  }

  get progressMessage(): string | undefined {
    return this.details?.progressMessage;
  }

  get retryAt(): Date | undefined {
    const at = this.details?.backoff?.dueAt;
    return at === undefined ? undefined : new Date(at);
  }

  get dependsOn(): readonly TaskHandle<unknown>[] {
    // after() adds what it is given, known or not.
    return Object.freeze([...new Set(listLinks(this.dependencies))]);
  }

  get source(): string {
    return this.details?.source ?? "manual";
  }

  get dedupKey(): string | undefined {
    return this.details?.dedupKey;
  }

  /** The value of a completed task, else `undefined`. */
  get value(): T | undefined {
    return this.code === COMPLETED ? this.outcome as T : undefined;
  }

  /** What a task that is over but did not complete ended with. */
  get error(): unknown {
    if (!this.done || this.code === COMPLETED) return undefined;
    if (ErrorOnDemand.is(this.outcome)) this.outcome = this.outcome.make(this as Handle);
    return this.outcome;
  }

  then<F = T, R = never>(
    onFulfilled?: ((value: T) => F | PromiseLike<F>) | null,
    onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null,
  ): Promise<F | R> {
    return this.#wait().then(onFulfilled, onRejected);
  }

  result(options: WaitOptions = {}): Promise<T> {
    const { timeout, signal } = options;
    return timeout === undefined && signal === undefined ? this.#wait() : silenced(this.#waitWithin(timeout, signal));
  }

  exception(): Promise<unknown> {
    return this.#wait().then(() => undefined, (error) => error);
  }

  getResult(): Promise<TaskResult<T>> {
    return this.#wait().then(() => this.#snapshot(), (error) => {
      if (this.done) return this.#snapshot();
      throw error;
    });
  }

  peek(): TaskResult<T> | undefined {
    this.noticed = true;
    return this.done ? this.#snapshot() : undefined;
  }

  cancel(reason?: unknown): boolean {
    return this.owner.cancel(this as Handle, reason);
  }

  after(...handles: readonly TaskHandle<unknown>[]): this {
    this.owner.addDependencies(this as Handle, handles);
    return this;
  }

  explain(): string {
    return this.owner.explain(this as Handle);
  }

  /** Where few handles have something to keep, made when first needed. */
  need(): HandleDetails {
    return this.details ??= new HandleDetails();
  }

  /** Tells those who wait that the task is over; the runner calls it once. */
  publish(): void {
    const watchers = this.#watchers;
    this.#watchers = undefined;
    if (typeof watchers === "function") watchers();
    else for (const watcher of watchers ?? []) watcher();
  }

  /** Calls a function when the task is over, at once and before anything new is started. */
  watch(onOver: () => void): void {
    if (this.#watchers === undefined) this.#watchers = onOver;
    else if (typeof this.#watchers === "function") this.#watchers = new Set([this.#watchers, onOver]);
    else this.#watchers.add(onOver);
  }

  /** Takes `watch()` back. */
  unwatch(onOver: () => void): void {
    if (this.#watchers === onOver) this.#watchers = undefined;
    else if (typeof this.#watchers === "object") this.#watchers.delete(onOver);
  }

  /** Settles a promise as the task ended; a rejection that nobody handles is no fault. */
  settle({ promise, resolve, reject }: PromiseWithResolvers<T>): void {
    if (this.code === COMPLETED) {
      resolve(this.outcome as T);
    } else {
      silenced(promise);
      reject(this.error);
    }
  }

  /** Settles when the task is over; nothing is started. */
  whenOver(): Promise<T> {
    const deferred = Promise.withResolvers<T>();
    if (this.done) this.settle(deferred);
    else this.watch(() => this.settle(deferred));
    return deferred.promise;
  }

  /** Waits as the program or as a running task does. */
  #wait(limited?: Promise<T>): Promise<T> {
    this.noticed = true;
    return this.done ? limited ?? this.whenOver() : this.owner.wait(this, limited);
  }

  async #waitWithin(timeout: Duration | undefined, signal: AbortSignal | undefined): Promise<T> {
    const what = `of a wait for "${this.id}"`;
    const limit = timeout === undefined ? undefined : toMilliseconds(timeout, `timeout ${what}`);
    if (signal !== undefined) abortSignal(signal, `signal ${what}`).throwIfAborted();
    return await this.#wait(this.done ? undefined : this.#within(limit, signal));
  }

  #within(limit: number | undefined, signal: AbortSignal | undefined): Promise<T> {
    const { alarms } = this.owner;
    const deferred = Promise.withResolvers<T>();
    const end = () => {
      if (alarm !== undefined) alarms.clear(alarm);
      release?.();
    };
    const settle = () => {
      end();
      this.settle(deferred);
    };
    const giveUp = (reason: unknown) => {
      end();
      this.unwatch(settle);
      silenced(deferred.promise);
      deferred.reject(reason);
    };
    const alarm = limit === undefined ? undefined : alarms.set(limit, () => {
      giveUp(new DOMException(`"${this.id}" was not over after ${limit} ms: ${this.explain()}`, "TimeoutError"));
    });
    const release = signal === undefined ? undefined : onAbort(signal, () => giveUp(signal.reason));
    this.watch(settle);
    return deferred.promise;
  }

  #snapshot(): TaskResult<T> {
    const { id, name, status, value, error, attempts, startedAt, finishedAt } = this;
    const { epoch } = this.owner;
    return Object.freeze({
      id,
      name,
      status,
      value,
      error,
      attempts,
      ...(startedAt !== undefined && { startedAt: new Date(epoch + startedAt) }),
      ...(finishedAt !== undefined && { finishedAt: new Date(epoch + finishedAt) }),
      ...(startedAt !== undefined && finishedAt !== undefined && { durationMs: finishedAt - startedAt }),
      ok: this.code === COMPLETED,
    });
  }

  toString(): string {
    return this.id;
  }

  toJSON(): string {
    return this.id;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `TaskHandle "${this.id}" (${this.status})`;
  }
}

function ignore(): void {}

/** Keeps a rejection that nobody looks at from ending the program; whoever does look still gets it. */
export function silenced<T>(promise: Promise<T>): Promise<T> {
  promise.then(undefined, ignore);
  return promise;
}
