/**
 * A submitted task: its state and its public face in one object, so that a million of them cost one object each.
 *
 * Users see {@linkcode TaskHandle}. Inside, each field has one writer:
 *
 * | field                                        | written by                     | when                                        |
 * | -------------------------------------------- | ------------------------------ | ------------------------------------------- |
 * | `code`                                       | `StatusStore.transition()`     | each change of status                       |
 * | `outcome`, `finishedMs`                      | `Completion`                   | once, right before the last status          |
 * | `args`                                       | `Completion`, `HandleStore`    | dropped at the end, of what did not complete when it is forgotten |
 * | `submittedBy`                                | `Completion`, `HandleStore`    | at the end only the handle; dropped when it is forgotten |
 * | `dependencies`, `dependents`, `blocking`     | `Admission`, `Dependencies`, `Completion` | at submit; by `after()` and retries; as dependencies end |
 * | `submittedBy`, `submittedMs`, `depth`, `spec` | `Admission`                   | at submit                                   |
 * | `readyMs`                                    | `Releaser`                     | when it becomes ready, if that is not at submit |
 * | `attempt`, `attempts`, `startedMs`           | `Executor`                     | as attempts start and end                   |
 * | `heapIndex`                                  | `ReadyQueue`                   | while the task is ready                     |
 * | `observed`                                   | the handle itself, `Completion`, `RunControl` | once someone asks how it ends, or its failure is logged |
 * | `details` (dueAt, dueTimer, delay, waits)    | `Admission`, `Delays`          | at submit, from its record; while it waits  |
 * | `details` (key, source, signal, isStreamed …) | `Admission`, `CancelGroups`    | at submit                                   |
 * | `details` (progress)                         | `Engine.report()`              | as the body reports                         |
 * | `details` (deadline)                         | `Admission`, `Deadlines`       | at submit, from its record, and at the end  |
 * | `details` (round)                            | `Admission`, `Durability`      | as it is run again, or from its record      |
 * | `details` (backoff, overrun, lastError)      | `Executor`                     | between attempts                            |
 * | `details` (ticket)                           | `Limits`                       | when its dependencies have finished         |
 * | `details` (cache)                            | `Caching`                      | when nothing blocks it any more             |
 * | `details` (label, shownArgs)                 | `describeArgs()`, `Durability`    | once the arguments are known, or on record  |
 * | `details` (decided, durable)                 | the `Durability` of the runner | see `durability.ts`                         |
 *
 * @module
 */

import type { AsyncContext } from "../core/async_context.ts";
import { abortSignal, refuseUnknown } from "../core/checks.ts";
import { toMilliseconds } from "../core/duration.ts";
import type { Clock } from "../core/clock.ts";
import type { TaskError } from "../core/errors.ts";
import { type GraphNode, type Links, listLinks } from "../core/graph.ts";
import type { HeapEntry } from "../core/heap.ts";
import type { TaskAttempt } from "../core/observations.ts";
import type { TaskResult } from "../core/result.ts";
import { COMPLETED, isTerminal, PENDING, READY, type StatusCode, STATUSES, type TaskStatus } from "../core/status.ts";
import type { Timer, Timers } from "../core/timers.ts";
import type { WallTimer } from "../core/wall_timers.ts";
import { ENDS } from "../tasks/as_completed.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { TaskHandle, WaitOptions } from "../tasks/task_handle.ts";
import { historyOf, type PastAttempt, resultOf } from "./handle_facts.ts";
import { HandlePromise, isAwait, markHandled, settledWithin, type WaitEnd } from "./handle_promise.ts";

/**
 * - `staged`: its pool prefetched it; the task is still ready.
 * - `running`: it holds a slot.
 * - `waiting`: its body waits for a handle; the slot is given back, unless the pool is strict.
 * - `returning`: that wait has ended; it queues for a slot.
 * - `aborted`: cancelled or timed out. Its handle moved on without it, but its body may still run.
 * - `over`: its body has ended.
 */
export type AttemptPhase = "staged" | "running" | "waiting" | "returning" | "aborted" | "over";

/** Whole milliseconds since the start of an engine. @param now A reading of `elapsed()` of its clock. */
export function sinceStart(
  { origin, clock }: Pick<HandleOwner, "origin" | "clock">,
  now: number = clock.elapsedCoarse(),
): number {
  return Math.round(now - origin);
}

/** A body waiting for a handle. */
export interface Wait {
  readonly handle: Handle;
  /** Whether a timer or a signal may end it before the handle has finished. */
  readonly isLimited: boolean;
  /** Handles, that one among them, any of which ends the wait; those that have finished leave it. */
  readonly among?: ReadonlyMap<Handle, unknown> | undefined;
}

/** The handles that a body waits for, of which one is enough. */
export function handlesOf({ handle, among }: Wait): Iterable<Handle> {
  return among?.keys() ?? [handle];
}

/** What a handle knows of an attempt at it. */
export interface AttemptState {
  readonly handle: Handle;
  readonly phase: AttemptPhase;
  /** What its body waits for. */
  readonly waits: ReadonlySet<Wait>;
  /** The thread or subprocess where it runs, once that is known. */
  readonly worker: string | undefined;
  /** Unfinished handles that its body submitted. */
  readonly children: Set<Handle> | undefined;
  /** Called when the body of an aborted attempt has ended. */
  onEnd: (() => void)[] | undefined;
  /**
   * Lets its body wait for an unfinished handle; the slot is given back until the wait ends.
   *
   * @param until Ends the wait, with its own outcome; default: the end of the handle.
   * @param among The handles any of which settles `until`, if it is not that one only.
   */
  wait<T>(handle: Handle, until?: WaitEnd<T>, among?: Wait["among"]): Promise<T>;
}

/** What a handle asks of the engine it was submitted to. */
export interface HandleOwner {
  /** Milliseconds since the epoch that the times of handles count from: small numbers need no heap. */
  readonly epoch: number;
  /** The same moment on the clock of `elapsed()`, by which they count: a clock that is put forward changes no duration. */
  readonly origin: number;
  readonly clock: Clock;
  readonly alarms: Timers;
  cancel(handle: Handle, reason: unknown): boolean;
  addDependencies(handle: Handle, dependencies: readonly unknown[]): void;
  /** Starts the runner, as something waits for a handle. Returns the attempt whose body that is, if it is one. */
  startWait(handle: Handle): AttemptState | undefined;
  /** Resolves once the submission of a handle is on record. */
  saved(handle: Handle): Promise<void>;
  explain(handle: Handle): string;
  /** The name of the pool of a task. */
  poolOf(handle: Handle): string | undefined;
  /** The handles that the bodies of a task have submitted, as far as they are known. */
  childrenOf(handle: Handle): readonly Handle[];
  /** The results of handles, of any owners, in the order of their ends. */
  endsOf(handles: ReadonlySet<Handle>): AsyncIterable<TaskResult>;
}

/** An error that is made when it is first read: a million cancelled tasks then cost no stack trace each. */
export class LazyError {
  readonly #make: (handle: Handle) => TaskError;

  constructor(make: (handle: Handle) => TaskError) {
    this.#make = make;
  }

  /** Whether a value is one: checked in a way that proxies, which bodies may throw as well, do not notice. */
  static is(value: unknown): value is LazyError {
    return typeof value === "object" && value !== null && #make in value;
  }

  make(handle: Handle): TaskError {
    return this.#make(handle);
  }
}

/**
 * Why the outcome of a task can no longer change: what its body returned or threw is being saved, or an earlier run has
 * ended it.
 */
export type Decided = "by its body" | "by an earlier run";

/** An attempt, a signal, or the program itself, that wants a deduplicated task to run. */
export type Submitter = AttemptState | AbortSignal | "program";

/** What the attempts at a task wait for; see `TaskWaits`. */
export interface UnclaimedWaits {
  /** What an attempt had begun that was tried again, and no later one has asked for. */
  unclaimed(): Iterable<Handle>;
}

/** What few handles have, made when it is first needed. */
export class HandleDetails {
  /** The id, where it is not made of name and number: with a key, or a checkpointer. */
  id: string | undefined;
  key: string | undefined;
  dedupKey: string | undefined;
  source: string | undefined;
  label: string | undefined;
  /** What `redact` made of the arguments. */
  shownArgs: readonly unknown[] | undefined;
  signal: AbortSignal | undefined;
  /** The async context of the submission, which the body runs in; dropped when the task has finished. */
  asyncContext: AsyncContext | undefined;
  /** Who submitted it, if several did by one dedup key or key: it is cancelled once none of them wants it any more. */
  submitters: Set<Submitter> | undefined;
  progress = 0;
  progressMessage: string | undefined;
  /** When the task may start at the earliest, in milliseconds since the epoch. */
  dueAt: number | undefined;
  /** How long after its submission that was, in milliseconds, or when, of a task without a body. */
  delay: number | Date | undefined;
  /** Fires then, if nothing else blocks the task. */
  dueTimer: WallTimer | undefined;
  /** What its bodies wait for that they need not begin again. */
  waits: UnclaimedWaits | undefined;
  /** When the task must have finished, in milliseconds since the epoch. */
  deadlineAt: number | undefined;
  /** Fires then. */
  deadlineTimer: Timer | undefined;
  /** Fires when the backoff has passed. */
  backoff: Timer | undefined;
  /** The error of the attempt that is being retried. */
  lastError: unknown;
  /** How many of the attempts do not count for the task's retries: they ended with their program, or said so. */
  uncounted = 0;
  /** How often the task had ended before, and was run again. */
  round = 0;
  /** The last attempts before the current one. */
  history: PastAttempt[] | undefined;
  /** An attempt that timed out or was cancelled, and whose body has not ended: the next one must not overlap it. */
  overrunning: AttemptState | undefined;
  /** The same of the handle that this one is a retry of. */
  heldBy: AttemptState | undefined;
  /** Fires when the overrunning attempt has had its time. */
  overrunTimer: Timer | undefined;
  /** Whether the next submission of its key makes a new handle: it was cancelled together with the body that submitted it. */
  isReplaceable = false;
  /** Whether it is one of a stream, of which the runner keeps the last finished handles only. */
  isStreamed = false;
  decided: Decided | undefined;
  /** What the engine keeps about the limits of the task, if it has any: a `Ticket`. */
  ticket: object | undefined;
  /** What the engine knows about the result of the task in the runner's cache, if it has one: see `Caching`. */
  cache: object | "waits" | "cached" | undefined;
  /** What the engine's `Durability` keeps about the task. */
  durable: object | undefined;
}

/** What is told when a task has finished: a function is called, a promise settled as the task ended. */
type Listener<T> = (() => void) | PromiseWithResolvers<T>;

/** The implementation of {@linkcode TaskHandle}. */
export class Handle<T = unknown> implements TaskHandle<T>, GraphNode<Handle>, HeapEntry {
  readonly owner: HandleOwner;
  readonly spec: TaskSpec;
  /** The place in the order of submission. */
  readonly seq: number;
  /** As submitted; dropped when the task has completed. */
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
  submittedMs: number;
  /** Milliseconds after the owner's epoch; `undefined` if it was ready when it was submitted. */
  readyMs: number | undefined = undefined;
  /** Milliseconds after the owner's epoch. */
  startedMs: number | undefined = undefined;
  /** Milliseconds after the owner's epoch. */
  finishedMs: number | undefined = undefined;
  /** The attempt whose body submitted it; only its handle, once that does not matter any more. */
  submittedBy: AttemptState | Handle | undefined = undefined;
  /** The attempt under way, else the name of the worker of the last one: one field, as there are a million of them. */
  #attempt: AttemptState | string | undefined = undefined;
  details: HandleDetails | undefined = undefined;
  /** Whether anyone asked how it ends, or it was the cause in the error of a handle that depends on it. */
  observed = false;
  #listeners: Listener<T> | Set<Listener<T>> | undefined = undefined;

  constructor(owner: HandleOwner, spec: TaskSpec, seq: number, args: readonly unknown[]) {
    this.owner = owner;
    this.spec = spec;
    this.seq = seq;
    this.args = args;
    this.submittedMs = sinceStart(owner);
  }

  /** The attempt under way. */
  get attempt(): AttemptState | undefined {
    return typeof this.#attempt === "object" ? this.#attempt : undefined;
  }

  set attempt(attempt: AttemptState | undefined) {
    this.#attempt = attempt ?? this.worker;
  }

  get worker(): string | undefined {
    return typeof this.#attempt === "object" ? this.#attempt.worker : this.#attempt;
  }

  /** Of an attempt that an earlier run made. */
  set worker(worker: string | undefined) {
    this.#attempt = worker;
  }

  /** The attempt whose body submitted it, while that matters. */
  get parentAttempt(): AttemptState | undefined {
    return this.submittedBy instanceof Handle ? undefined : this.submittedBy;
  }

  get parent(): Handle | undefined {
    return this.submittedBy instanceof Handle ? this.submittedBy : this.submittedBy?.handle;
  }

  children(): readonly Handle[] {
    return this.owner.childrenOf(this as Handle);
  }

  get pool(): string | undefined {
    return this.owner.poolOf(this as Handle);
  }

  get submittedAt(): Date {
    return new Date(this.owner.epoch + this.submittedMs);
  }

  get readyAt(): Date | undefined {
    const wasReady = this.readyMs !== undefined || this.code === READY || this.startedMs !== undefined;
    return wasReady ? new Date(this.owner.epoch + (this.readyMs ?? this.submittedMs)) : undefined;
  }

  get startedAt(): Date | undefined {
    return this.startedMs === undefined ? undefined : new Date(this.owner.epoch + this.startedMs);
  }

  get finishedAt(): Date | undefined {
    const { finishedMs, owner: { epoch } } = this;
    return finishedMs === undefined || !this.done ? undefined : new Date(epoch + finishedMs);
  }

  get history(): readonly TaskAttempt[] {
    return historyOf(this);
  }

  get shownArgs(): readonly unknown[] | undefined {
    const { details, spec: { options: { redact } } } = this;
    return details?.shownArgs ?? (redact === undefined ? this.args : []);
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
    return this.code === COMPLETED ? 1 : this.details?.progress ?? 0;
  }

  get progressMessage(): string | undefined {
    return this.details?.progressMessage;
  }

  get retryAt(): Date | undefined {
    const at = this.details?.backoff?.dueAt;
    return at === undefined ? undefined : new Date(at);
  }

  get deadline(): Date | undefined {
    const at = this.details?.deadlineAt;
    return at === undefined ? undefined : new Date(at);
  }

  get dependsOn(): readonly TaskHandle<unknown>[] {
    // after() adds what it is given, known or not.
    return Object.freeze([...new Set(listLinks(this.dependencies))]);
  }

  get source(): string {
    return this.details?.source ?? "manual";
  }

  get label(): string | undefined {
    return this.details?.label;
  }

  get tags(): readonly string[] {
    return this.spec.options.tags;
  }

  get dedupKey(): string | undefined {
    return this.details?.dedupKey;
  }

  get restored(): boolean {
    return this.details?.decided === "by an earlier run";
  }

  get cached(): boolean {
    return this.done && this.details?.cache === "cached";
  }

  /** The value of a completed task, else `undefined`. */
  get value(): T | undefined {
    return this.code === COMPLETED ? this.outcome as T : undefined;
  }

  /** Why a finished task did not complete. */
  get error(): unknown {
    if (!this.done || this.code === COMPLETED) return undefined;
    if (LazyError.is(this.outcome)) this.outcome = this.outcome.make(this as Handle);
    return this.outcome;
  }

  then<F = T, R = never>(
    onFulfilled?: ((value: T) => F | PromiseLike<F>) | null,
    onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null,
  ): Promise<F | R> {
    const attempt = this.#startWait();
    if (attempt === undefined) return this.whenDone().then(onFulfilled, onRejected);
    if (isAwait(onFulfilled, onRejected)) return attempt.wait<T>(this as Handle).then(onFulfilled, onRejected);
    return this.#promise(this.#settled(), (promise) => promise.then(onFulfilled, onRejected), attempt);
  }

  result(options?: WaitOptions): Promise<T> {
    if (options === undefined) {
      const attempt = this.#startWait();
      if (attempt === undefined) return this.whenDone();
      return markHandled(this.#promise(this.#settled(), (promise) => promise, attempt));
    }
    const what = `of a wait for "${this.id}"`;
    try {
      refuseUnknown(options, ["timeout", "signal"], what);
      const { timeout, signal } = options;
      if (timeout === undefined && signal === undefined) return this.result();
      const limit = timeout === undefined ? undefined : toMilliseconds(timeout, `timeout ${what}`);
      if (signal !== undefined) abortSignal(signal, `signal ${what}`).throwIfAborted();
      return markHandled(
        this.#promise(this.done ? this.#settled() : settledWithin<T>(this, limit, signal), (promise) => promise),
      );
    } catch (error) {
      return markHandled(Promise.reject(error));
    }
  }

  exception(): Promise<unknown> {
    return this.#promise(this.#settled(), (promise) => promise.then(() => undefined, (error: unknown) => error));
  }

  getResult(): Promise<TaskResult<T>> {
    return this.#promise(this.#settled(), (promise) =>
      promise.then(() => resultOf<T>(this), (error) => {
        if (this.done) return resultOf<T>(this);
        throw error;
      }));
  }

  saved(): Promise<void> {
    return this.owner.saved(this as Handle);
  }

  peek(): TaskResult<T> | undefined {
    this.observed = true;
    return this.done ? resultOf<T>(this) : undefined;
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

  /** The details, made when they are first needed. */
  ensureDetails(): HandleDetails {
    return this.details ??= new HandleDetails();
  }

  /** Tells those who wait that the task has finished; called once. */
  notify(): void {
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners instanceof Set) { for (const listener of listeners) this.#tell(listener); }
    else if (listeners !== undefined) this.#tell(listeners);
  }

  /** Tells a listener when the task has finished, synchronously and before anything new is started. */
  onDone(listener: Listener<T>): void {
    if (this.#listeners === undefined) this.#listeners = listener;
    else if (this.#listeners instanceof Set) this.#listeners.add(listener);
    else this.#listeners = new Set([this.#listeners, listener]);
  }

  /** Undoes `onDone()`. */
  offDone(listener: Listener<T>): void {
    if (this.#listeners === listener) this.#listeners = undefined;
    else if (this.#listeners instanceof Set) this.#listeners.delete(listener);
  }

  #tell(listener: Listener<T>): void {
    if (typeof listener === "function") listener();
    else this.settle(listener);
  }

  /** Settles a promise as the task ended; a rejection that nothing handles is not an error. */
  settle({ promise, resolve, reject }: PromiseWithResolvers<T>): void {
    if (this.code === COMPLETED) {
      resolve(this.outcome as T);
    } else {
      markHandled(promise);
      reject(this.error);
    }
  }

  /** Settles when the task has finished; starts nothing. */
  whenDone(): Promise<T> {
    // Most results are read when all is done: a promise that is made settled costs half of one that is settled later.
    return this.code === COMPLETED ? Promise.resolve(this.outcome as T) : this.#deferred().promise;
  }

  #deferred(): PromiseWithResolvers<T> {
    const deferred = Promise.withResolvers<T>();
    if (this.done) this.settle(deferred);
    else this.onDone(deferred);
    return deferred;
  }

  /** A promise that settles when the task has finished, or earlier if it is rejected. */
  #settled(): WaitEnd<T> {
    if (this.code === COMPLETED) return { promise: this.whenDone(), reject: ignore, isLimited: false };
    const { promise, reject } = this.#deferred();
    return { promise, reject, isLimited: false };
  }

  /** Notes that the end is asked for. Returns the attempt whose body asks, of a handle that has not finished. */
  #startWait(): AttemptState | undefined {
    this.observed = true;
    return this.done ? undefined : this.owner.startWait(this as Handle);
  }

  /** A promise about this handle, as the caller gets it: a body that awaits it gives its slot back meanwhile. */
  #promise<P>(
    { promise, reject, isLimited }: WaitEnd<T>,
    derive: (promise: Promise<T>) => Promise<P>,
    attempt = this.#startWait(),
  ): Promise<P> {
    const derived = derive(promise);
    if (attempt === undefined) return derived;
    const handle = this as Handle;
    const wait = <W>(end: WaitEnd<W>) => attempt.wait(handle, end);
    return HandlePromise.of({ handle, wait, isLimited, reject }, derived);
  }

  [ENDS](handles: ReadonlySet<Handle>): AsyncIterable<TaskResult> {
    return this.owner.endsOf(handles);
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

/** Nothing waits for a task that has completed. */
function ignore(): void {}
