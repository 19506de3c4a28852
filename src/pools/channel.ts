/**
 * The way to a worker, whatever kind of worker it is.
 *
 * @module
 */

import type { JobTask } from "../core/pool.ts";
import type { WorkerLostErrorOptions } from "../core/errors.ts";
import type { LogLevel } from "../core/logger.ts";
import type { Flow, ToWorker } from "./protocol/messages.ts";
import type { Abort } from "./protocol/task_marks.ts";

/** What a worker tells. */
export interface ChannelListener {
  /** The worker has started. */
  ready(): void;
  /** A body starts, whose task wants to know. */
  started(seq: number): void;
  /** A body has begun, and other jobs are in the worker's queue behind it. */
  begun(seq: number): void;
  /** The worker has paused, although it said that it continues. */
  creditRequested(): void;
  /** A body returned. `flow` says whether the worker begins the next job. */
  done(seq: number, flow: Flow, value: unknown): void;
  /** A body threw. */
  failed(seq: number, flow: Flow, error: unknown): void;
  /** A body was ended because it was out of time. */
  timedOut(seq: number, flow: Flow): void;
  progress(seq: number, fraction: number, message: string | undefined): void;
  log(seq: number, level: LogLevel, data: readonly unknown[]): void;
  /** Something is printed by the body of `seq`, or else by something that an earlier one has left behind. */
  print(seq: number, level: LogLevel, source: "console" | "output", text: string): void;
  /** A subprocess has written a line to its standard output or error. Returns whether an observer shows it. */
  output(line: string): boolean;
  /** The body was told that it is aborted, and its event loop turns. */
  heardAbort(seq: number): void;
  /** There is nothing more to tell for now. */
  caughtUp(): void;
  /** The worker has ended, without having been told to by {@linkcode Channel.end}. Nothing follows. */
  gone(loss: Loss): void;
}

/** How a worker was lost. */
export interface Loss {
  /** A whole sentence but for its full stop. */
  readonly message: string;
  readonly options: WorkerLostErrorOptions;
  /** Whether the body that ran was out of time, and its worker was lost in ending it. */
  readonly outOfTime?: true;
}

/** What memory shared with a worker allows, at any time and without the worker's help. */
export interface SharedMemory {
  /** Reads what the worker has told so far. */
  drain(): void;
  /** Lets a body that loops see that it is aborted. */
  setAbort(seq: number, why: Abort): void;
  /**
   * Keeps the worker from beginning what it has not begun, up to the job `last`.
   *
   * @returns The last job that has begun, or `undefined` if not even `first` has; nothing is changed then.
   */
  revokeAfter(first: number, last: number): number | undefined;
}

/** The way to one worker. */
export interface Channel {
  /**
   * Sends messages together.
   *
   * @param moved Buffers that are moved and not copied, where the worker shares memory with this program.
   * @throws If one of them cannot be sent; none is then.
   */
  send(messages: readonly ToWorker[], moved: Transferable[]): void;
  /** Writes what `console` has printed in the worker to where it would have been written. */
  write(level: LogLevel, text: string): void;
  /** Where the worker shares memory with this program. */
  readonly shared?: SharedMemory;
  /** Ends a worker that has nothing to do. Resolves when it has ended. */
  end(): Promise<void>;
  /** Asks a worker to end whose event loop turns, although a body runs. Its end is told by `gone()`. */
  stop(): void;
  /** Ends a worker at once, whatever it does, where that can be done. Its end is told by `gone()`. */
  readonly kill?: () => void;
}

/**
 * Starts a worker that can run a task like this one.
 *
 * @param taps Whether it is to tell what `console` prints, from the first import on.
 */
export type OpenWorker = (task: JobTask, listener: ChannelListener, taps: boolean) => Channel;

/** A worker that was started and that nothing talks to yet. */
export interface StartedWorker {
  /** Ends it, if it is not needed. Resolves when nothing of it is left. */
  end(): Promise<void>;
}

/**
 * Makes the channel to a worker that was started for a task like this one. What the worker has told before, its end included,
 * is told to the listener afterwards.
 */
export type ConnectWorker<Started extends StartedWorker> = (
  worker: Started,
  task: JobTask,
  listener: ChannelListener,
) => Channel;

/** What a pool has to know of its workers. */
export interface WorkerKind {
  /** As in "on a thread". */
  readonly where: string;
  /** Whether its workers share memory with the program. */
  readonly memory: "shared" | "separate";
  /**
   * Checks a task that is being submitted, and returns which workers can run it: those that were started for the same.
   *
   * @throws {TypeError} If none can.
   */
  groupOf(task: JobTask): string;
  /**
   * Checks whether this program holds, at this moment, what a task asks for. Default: tasks ask for nothing.
   *
   * @throws {Deno.errors.NotCapable} If it does not.
   */
  requireRights?(task: JobTask): void;
  /** The first part of the names of its workers. */
  readonly name: string;
  /** Releases what the kind itself holds. */
  dispose(): Promise<void>;
}

/** A kind of workers that can be started while the code that talks to them is loaded. */
export interface StartableKind<Started extends StartedWorker> extends WorkerKind {
  /**
   * Starts a worker that can run a task like this one.
   *
   * @param taps Whether it is to tell what `console` prints, from the first import on.
   */
  start(task: JobTask, taps: boolean): Started;
  /** Loads what talks to workers. */
  load(): Promise<ConnectWorker<Started>>;
}
