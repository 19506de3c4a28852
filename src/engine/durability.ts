/**
 * The port through which the engine has its tasks recorded, and gets back what an earlier run recorded.
 *
 * The engine calls it at fixed points of a task's way: `identify` and `admitted` at submit, `release` when nothing
 * blocks the task any more, `starting` and `changed` while it runs, `settle` when its body has ended, `finished` at the
 * end. A runner without a checkpointer has {@linkcode NO_DURABILITY}, which does nothing of this.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { CheckpointError } from "../core/errors.ts";
import type { Links } from "../core/graph.ts";
import type { StatusCode } from "../core/status.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { InternalSubmitOptions } from "../tasks/submitter.ts";
import type { Attempt } from "./attempt.ts";
import type { Handle } from "./handle.ts";

/** A task that is being submitted, whose arguments and options were checked. */
export interface Submission {
  readonly spec: TaskSpec;
  /** As given, handles included. */
  readonly args: readonly unknown[];
  /** What it waits for, handles among the arguments included. */
  readonly dependencies: Links<Handle>;
  /** The attempt whose body submits it; one that was aborted may still do so. */
  readonly attempt: Attempt | undefined;
  readonly options: InternalSubmitOptions;
  /** The key under which it is the same as other unfinished tasks. */
  readonly dedupKey: string | undefined;
}

/** How a submission is known on record. */
export interface Identity {
  readonly id: string;
  /** The arguments that bodies get, handles included. */
  readonly args: readonly unknown[];
  /** For `HandleDetails.durable`. */
  readonly durable: object | undefined;
  /** The handle that it stands for as well, where the engine has released it. */
  readonly known?: Handle | undefined;
}

/** A task that is submitted from its record. */
export interface Resubmission {
  readonly id: string;
  readonly key: string | undefined;
  readonly dedupKey: string | undefined;
  readonly source: string | undefined;
  readonly durable: object | undefined;
  /** The handle of the task whose body submitted it, if that is known. */
  readonly parent: Handle | undefined;
}

/** How an earlier run ended a task. */
export interface RecordedEnd {
  readonly code: StatusCode;
  /** Its value or error. */
  readonly outcome: unknown;
}

/**
 * What `release` says of a task that nothing blocks any more: it may start (`"go"`), is held back until
 * {@linkcode DurabilityHost.released}, ends as it is on record, waits until a time (milliseconds since the epoch), or fails.
 */
export type Release = "go" | "held" | RecordedEnd | { readonly retryAt: number } | { readonly failure: unknown };

/** Gives a task its last status. */
export type Publish = (handle: Handle, code: StatusCode, outcome: unknown) => void;

/** What an earlier run has left of signals. */
export interface KnownSignals {
  /** A key was delivered. */
  delivered(key: string, value: unknown): void;
  /** The task with that id timed out as it waited for a key. */
  timedOut(key: string, id: string): void;
  /** A task waits for a key that was not submitted again yet. @param dueAt When it times out, in milliseconds since the epoch. */
  left(key: string, dueAt: number | undefined): void;
  /** What was delivered for a key is on record no more. */
  forgotten(key: string): void;
  /** A task is on record no more. */
  forgottenTask(id: string): void;
}

/** A signal on its way to the record. */
export interface KeptSignal {
  /** The value, or a copy. */
  readonly value: unknown;
  /** Resolves once it is on record; rejects if it cannot be saved. */
  readonly saved: Promise<void>;
}

/** The run that a program does its part of: the same in all programs that continue from one checkpoint. */
export interface Run {
  readonly id: string;
  /** Whether an earlier program has begun it. */
  readonly resumed: boolean;
  /** Resolves once it is on record, if it is to be. */
  readonly recorded: Promise<void>;
}

/** What a durability asks of its engine. */
export interface DurabilityHost {
  /** Milliseconds since the epoch that the times of handles count from. */
  readonly epoch: number;
  /** The same moment, by `elapsed()` of the clock. */
  readonly origin: number;
  readonly clock: Clock;
  /** Where signals are known. */
  readonly signals: KnownSignals;
  /** The handle with that id, if it is in memory. */
  find(id: string): Handle | undefined;
  /** Whether the name of a task stands for several functions, which equal submissions do not tell apart. */
  hasNamesake(spec: TaskSpec): boolean;
  /** Whether the body of a task survives the program, and is then under way for the next run. */
  survives(handle: Handle): boolean;
  /** Says that the end of a task is on record. */
  recordedEnd(handle: Handle): void;
  /** Whether a slice of tasks has ended, and the next one follows once others have had their turn. */
  isBetweenSlices(): boolean;
  /** Says that what an earlier run left has been dealt with, so that tasks may start. */
  begun(): void;
  /** Says that nothing more can be saved; by then the tasks concerned have failed. */
  broken(error: CheckpointError): void;
  /** All unfinished handles. */
  unfinished(): Iterable<Handle>;
  /** Lets a task continue that was held back. */
  released(handle: Handle): void;
  /** Fails an unfinished task, which cannot be saved as it was submitted. Logs that a completed one cannot be saved. */
  refuse(handle: Handle, error: CheckpointError): void;
  /** Whether tasks may be submitted for other programs: not while everything is being cancelled. */
  isTakingRequests(): boolean;
  /**
   * Submits a task that another program asks for.
   *
   * @throws {TypeError} If its pool is not there, or cannot run it.
   */
  submit(spec: TaskSpec, args: readonly unknown[], options: InternalSubmitOptions): Handle;
  /** Completes what waits for a key, now or later; see `TaskRunner.deliver()`. */
  deliver(key: string, value: unknown): Promise<boolean>;
  /** Cancels a task. */
  cancel(handle: Handle, reason: unknown): boolean;
  /**
   * Submits a task from its record.
   *
   * @throws {TypeError} If its pool is not there, or cannot run it.
   */
  resubmit(
    spec: TaskSpec,
    args: readonly unknown[],
    dependencies: readonly Handle[],
    resubmission: Resubmission,
  ): Handle;
}

/** Records tasks. */
export interface Durability {
  /** Why nothing more can be saved, if that is so. */
  readonly broken: CheckpointError | undefined;
  /** Whether signals are known for as long as they are on record, and not for as long as they are retained. */
  readonly remembersSignals: boolean;
  /** Whether another run can continue this one. */
  readonly isLasting: boolean;
  /** Names the run. It is recorded from then on; called once, when tasks may start. */
  run(): Run;
  /** Connects it with its engine, before anything else is called. Returns whether tasks may start at once. */
  attach(host: DurabilityHost): boolean;
  /**
   * The identity of a submission, the same in each run; `undefined` where tasks are not recorded.
   *
   * @throws {CheckpointError} If its arguments cannot be saved; the message names the path to what cannot.
   */
  identify(submission: Submission): Identity | undefined;
  /**
   * What a new handle of a finished task is known by, which takes its place on record: for `HandleDetails.durable`.
   *
   * @param args Its arguments, with handles.
   * @param dependencies What it will depend on.
   */
  renew(handle: Handle, args: readonly unknown[], dependencies: Links<Handle>): object | undefined;
  /** Says that a submission of that identity got a handle that was submitted before. */
  shared(handle: Handle, identity: Identity): void;
  /** Says that a handle is new; called before listeners are told. Returns whether its end may be on record. */
  admitted(handle: Handle): boolean;
  /** Says that nothing blocks a pending task any more. */
  release(handle: Handle): Release;
  /** Says that a record ended a task; what it left behind is submitted. */
  restored(handle: Handle): void;
  /** Says that an attempt is about to start. The body must wait for the promise, if there is one. */
  starting(attempt: Attempt): Promise<void> | undefined;
  /** Says that an unfinished task is not what it was: it has started, waits, waits no more, or has other dependencies. */
  changed(handle: Handle): void;
  /** The arguments for a body on this event loop. */
  argsFor(handle: Handle): readonly unknown[];
  /**
   * Says that a body has returned a value which another run may find before the end of its task is on record: that run will
   * not run the body. What follows must wait for the promise, if there is one: what the body submitted is then on record.
   *
   * @throws {CheckpointError} If it cannot be saved.
   */
  returned(handle: Handle): Promise<void> | undefined;
  /** Saves what a body returned or threw, and then publishes it, or at once where that is wanted. */
  settle(handle: Handle, code: StatusCode, outcome: unknown, publish: Publish): void;
  /** Says that a task has its last status. */
  finished(handle: Handle): void;
  /** Says that the engine releases a finished handle. */
  forgotten(handle: Handle): void;
  /**
   * Saves what is delivered for a key.
   *
   * @throws {CheckpointError} If the value cannot be saved; the message names the path to what cannot.
   */
  keepSignal(key: string, value: unknown): KeptSignal;
  /**
   * Takes what other programs ask for, from now on.
   *
   * @returns Resolves once what is there was taken; `undefined` if other programs cannot ask for anything.
   */
  openToRequests(): Promise<void> | undefined;
  /** Takes nothing more of what other programs ask for. */
  closeToRequests(): void;
  /** From now on, top-level submissions are new work, also if they equal what is on record. */
  takeNewWork(): void;
  /**
   * Resolves once the submission of a handle is on record.
   *
   * @throws {CheckpointError} If it cannot be saved.
   */
  saved(handle: Handle): Promise<void>;
  /** Leaves unfinished tasks on record as they are now, whatever happens to them in memory; ends of bodies are saved. */
  freeze(): void;
  /**
   * Saves all that is not saved.
   *
   * @throws {CheckpointError} If that cannot be done.
   */
  flush(): Promise<void>;
  /** Resolves when nothing is being saved, or to be saved, whether or not it could be. */
  idle(): Promise<void>;
  /**
   * Makes sure that everything could be saved so far.
   *
   * @throws {CheckpointError} If it could not.
   */
  check(): void;
  /** Notes that the caller of `run()`, `serve()` or a handle was told that it is broken. */
  acknowledge(): void;
  /**
   * Saves what can be saved and closes the checkpointer. Any number of calls do it once.
   *
   * @throws {CheckpointError} If something could not be saved and no one was told.
   */
  close(): Promise<void>;
}

/** For a runner without a checkpointer. */
export const NO_DURABILITY: Durability = {
  broken: undefined,
  remembersSignals: false,
  isLasting: false,
  run: () => ({ id: crypto.randomUUID(), resumed: false, recorded: Promise.resolve() }),
  attach: () => true,
  identify: () => undefined,
  renew: () => undefined,
  shared: () => {},
  admitted: () => false,
  release: () => "go",
  restored: () => {},
  starting: () => undefined,
  changed: () => {},
  argsFor: (handle) => handle.args ?? [],
  returned: () => undefined,
  settle: (handle, code, outcome, publish) => publish(handle, code, outcome),
  finished: () => {},
  forgotten: () => {},
  keepSignal: (_, value) => ({ value, saved: Promise.resolve() }),
  openToRequests: () => undefined,
  closeToRequests: () => {},
  takeNewWork: () => {},
  saved: () => Promise.resolve(),
  freeze: () => {},
  flush: () => Promise.resolve(),
  idle: () => Promise.resolve(),
  check: () => {},
  acknowledge: () => {},
  close: () => Promise.resolve(),
};
