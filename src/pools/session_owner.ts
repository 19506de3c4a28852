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
  /** It can take jobs, or it has done some. */
  caughtUp(session: Session): void;
  /** Jobs that have not begun go back, to be run elsewhere. */
  giveBack(assignments: readonly Assignment[]): void;
  /** It takes no more jobs, though its last one may not be over. */
  retired(session: Session): void;
  /** It is no more; `error` if it was lost. */
  gone(session: Session, loss: Loss | undefined): void;
  /** It gives no sign of life, and may be one that cannot be ended. */
  suspected(session: Session): void;
  /** It is one that cannot be ended, for what a task of that name does. */
  loops(session: Session, task: string): void;
  /** It has ended after all. */
  cleared(session: Session): void;
  /** A job took so long on average, in milliseconds. */
  took(milliseconds: number): void;
  /** The number of a task, known to all workers of the pool. */
  referenceTo(job: Job): TaskReference;
}

/** A task, as workers know it. */
export interface TaskReference {
  readonly ref: number;
  readonly define: ToWorker;
}
