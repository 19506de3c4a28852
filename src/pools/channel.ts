/**
 * The way to a worker, whatever kind of worker it is.
 *
 * @module
 */

import type { JobTask } from "../core/pool.ts";
import type { WorkerLostErrorOptions } from "../core/errors.ts";
import type { LogLevel } from "../core/logger.ts";
import type { ToWorker } from "./protocol/messages.ts";
import type { Abort } from "./protocol/ring.ts";

/** What a worker tells. */
export interface ChannelListener {
  /** The worker has started. */
  ready(): void;
  /** A body begins. */
  begun(seq: number): void;
  /** The worker has paused, though it said that it goes on. */
  requestCredit(): void;
  /** A body returned; `flow` is `CONTINUES`, `PAUSED` or `IDLE`. */
  done(seq: number, flow: number, value: unknown): void;
  /** A body threw. */
  failed(seq: number, flow: number, error: unknown): void;
  /** A body was ended by its timeout. */
  timedOut(seq: number, flow: number): void;
  progress(seq: number, fraction: number, message: string | undefined): void;
  log(seq: number, level: LogLevel, data: readonly unknown[]): void;
  /** The body knows that it is cancelled. */
  cancelling(seq: number): void;
  /** For now there is nothing more to tell. */
  caughtUp(): void;
  /** The worker is no more. Nothing follows. */
  gone(loss: Loss): void;
}

/** How a worker was lost. */
export interface Loss {
  /** Follows "was lost", or stands for itself. */
  readonly message: string;
  readonly options: WorkerLostErrorOptions;
  /** Whether the body that ran was out of time, and its worker was lost in ending it. */
  readonly outOfTime?: true;
}

/** Whether the end of a worker is certain. */
export type End = "ended" | "loops";

/** What memory that is shared with a worker is good for. */
export interface SharedAccess {
  /** Hears what the worker has told so far. */
  hear(): void;
  /** Lets a body that loops see that it is aborted. */
  setAbort(seq: number, why: Abort): void;
  /**
   * Keeps the worker from beginning what it has not begun, up to `last`.
   *
   * @returns The last one that has begun, or `undefined` if not even `first` has; nothing is changed then.
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
  /** What can be done at any time, without the worker's help, where it shares memory with this program. */
  readonly shared?: SharedAccess;
  /** Ends a worker that has nothing to do. */
  end(): Promise<void>;
  /**
   * Ends a worker that has.
   *
   * @param responsive Whether its event loop goes round.
   */
  kill(how: "responsive" | "looping"): Promise<End>;
}

/** A kind of workers. */
export interface WorkerKind {
  /** As in "on a thread". */
  readonly where: string;
  /**
   * Looks at a task that is being submitted, and returns which workers can run it: those that were opened for the same.
   *
   * @throws {TypeError} If none can.
   */
  groupOf(task: JobTask): string;
  /** Starts a worker that can run a task like this one. */
  open(task: JobTask, listener: ChannelListener): Channel;
  /** Lets go of what the kind itself holds. */
  dispose(): Promise<void>;
}
