/**
 * What a session and its pool have to do with each other.
 *
 * @module
 */

import type { Job } from "../core/pool.ts";
import type { Assignment } from "./assignment.ts";
import type { Loss } from "./channel.ts";
import type { ToWorker } from "./protocol/messages.ts";

/**
 * What a session tells its pool.
 *
 * @typeParam Session The session itself.
 */
export interface SessionOwner<Session> {
  /** Whether someone wants to know what bodies print. */
  readonly taps: boolean;
  /** Its worker has started, which took that many milliseconds. */
  started(session: Session, milliseconds: number): void;
  /** Its worker has ended, though it was not told to. It is told to be gone next. */
  lost(session: Session, loss: Loss): void;
  /** It can take jobs, or it has done some. */
  caughtUp(session: Session): void;
  /** Jobs that have not begun come back, to be run elsewhere. */
  giveBack(assignments: readonly Assignment[]): void;
  /** It takes no more jobs, though its last one may not have ended. */
  retired(session: Session): void;
  /** Its worker does not respond to an abort and cannot be ended, because of what a task of that name does. */
  quarantined(session: Session, task: string): void;
  /** It has responded after all, and will end like any other. */
  released(session: Session): void;
  /** Its worker has ended. `failure` says why, if it had not even started. */
  gone(session: Session, failure: Loss | undefined): void;
  /** Jobs took that many milliseconds on average. */
  observeDuration(milliseconds: number): void;
  /** The number of a task, which all workers of the pool know it by. */
  referenceTo(job: Job): TaskReference;
}

/** A task, as workers know it. */
export interface TaskReference {
  readonly ref: number;
  readonly define: ToWorker;
}
