/**
 * What a session knows of the queue inside its worker: states, and the one table of moves between them.
 *
 * This is the pool's side of credit-based flow control, see `protocol/messages.ts`. A worker may begin the next job in its
 * queue only while it has credit. What has not begun can be revoked, but only where it is certain that the first job has
 * begun: otherwise the worker could begin it a moment later, together with what was revoked.
 *
 * @module
 */

import { CONTINUES, type Flow, PAUSED } from "./protocol/messages.ts";
import type { Transitions } from "./transitions.ts";

/**
 * What a session knows of the queue inside its worker.
 *
 * - `idle`: there is no job, and the worker will begin the next one at once.
 * - `paused`: there is no job, and the worker needs credit before it begins one.
 * - `sent`: there are jobs, and it is not known whether the first one has begun.
 * - `running`: there are jobs, and the worker has said that the first one has begun.
 * - `alone`: the first job has begun, and those behind it were revoked: the worker needs credit after it.
 */
export type FlowState = "idle" | "paused" | "sent" | "running" | "alone";

/**
 * What moves a worker's queue from one state to another.
 *
 * - `assigned`: a job was sent to a worker that had none, or the first one has ended and another follows.
 * - `begun`: the worker said that the first job has begun.
 * - `continued`: the first job has ended, and the worker said that it begins the next one in its queue.
 * - `pausedAfter`: the first job has ended, and the worker waits for credit.
 * - `ranDry`: the first job has ended, and the worker's queue is empty.
 * - `creditRequested`: the worker has paused after all, and has not begun the first job.
 * - `revoked`: what stands behind the first job was revoked.
 * - `emptied`: the last job was taken out although it has not ended.
 */
export type FlowEvent =
  | "assigned"
  | "begun"
  | "continued"
  | "pausedAfter"
  | "ranDry"
  | "creditRequested"
  | "revoked"
  | "emptied";

/** Which event is legal in which state, and the state that follows. */
export const FLOW_TRANSITIONS: Transitions<FlowState, FlowEvent> = {
  idle: { assigned: "sent", creditRequested: "paused" },
  paused: { assigned: "sent", creditRequested: "paused" },
  sent: {
    begun: "running",
    continued: "running",
    pausedAfter: "paused",
    ranDry: "idle",
    creditRequested: "sent",
    revoked: "alone",
    emptied: "idle",
  },
  running: {
    continued: "running",
    pausedAfter: "paused",
    ranDry: "idle",
    creditRequested: "sent",
    revoked: "alone",
    emptied: "idle",
  },
  alone: {
    begun: "alone",
    continued: "paused",
    pausedAfter: "paused",
    ranDry: "paused",
    creditRequested: "alone",
    revoked: "alone",
    emptied: "paused",
  },
};

/** The event that an outcome is, by what the worker said of the next job. */
export function outcomeEvent(flow: Flow): FlowEvent {
  return flow === CONTINUES ? "continued" : flow === PAUSED ? "pausedAfter" : "ranDry";
}
