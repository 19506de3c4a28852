/**
 * The life of a worker as its session sees it: states, and the one table of moves between them.
 *
 * @module
 */

import type { Transitions } from "./transitions.ts";

/**
 * Where a worker is in its life.
 *
 * - `starting`: it has not said that it is ready.
 * - `serving`: it takes jobs.
 * - `draining`: it takes no more jobs, and ends after what it has begun.
 * - `stopping`: it was told to end, or killed, although a body runs.
 * - `quarantined`: its body does not respond to an abort, and no one can end it: it may run for ever.
 * - `ending`: it has nothing to do, and is being ended.
 * - `gone`: it has ended.
 */
export type WorkerState = "starting" | "serving" | "draining" | "stopping" | "quarantined" | "ending" | "gone";

/**
 * What moves a worker from one state to another.
 *
 * - `started`: the worker said that it is ready.
 * - `retired`: the pool wants it to end after what it has begun.
 * - `drained`: it has nothing more to do.
 * - `stopped`: the body that was aborted did not end in time, and the worker can be told to end, or killed.
 * - `quarantined`: the same, where nothing can be done.
 * - `released`: a body in quarantine has responded, or has ended.
 * - `ended`: the worker has ended, wanted or not.
 */
export type WorkerEvent = "started" | "retired" | "drained" | "stopped" | "quarantined" | "released" | "ended";

/** Which event is legal in which state, and the state that follows. */
export const WORKER_TRANSITIONS: Transitions<WorkerState, WorkerEvent> = {
  starting: { started: "serving", retired: "draining", ended: "gone" },
  serving: { retired: "draining", stopped: "stopping", quarantined: "quarantined", ended: "gone" },
  draining: { drained: "ending", stopped: "stopping", quarantined: "quarantined", ended: "gone" },
  stopping: { drained: "ending", quarantined: "quarantined", ended: "gone" },
  quarantined: { released: "draining", ended: "gone" },
  ending: { ended: "gone" },
  gone: {},
};
