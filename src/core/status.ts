/**
 * The statuses of a task, and the one table of transitions between them.
 *
 * Inside the engine a status is a small integer, an index into {@linkcode STATUSES}: it costs one machine word per task, and
 * the table below is one bit mask per row.
 *
 * @module
 */

/**
 * The status of a task:
 *
 * - `pending`: it waits for dependencies.
 * - `ready`: it waits for a slot of its pool, or for the runner to start.
 * - `running`: its body runs.
 * - `retrying`: an attempt failed, and the next one waits for its backoff.
 * - `completed`, `failed`, `cancelled`, `skipped`: it has finished.
 */
export type TaskStatus =
  | "pending"
  | "ready"
  | "running"
  | "retrying"
  | "completed"
  | "failed"
  | "cancelled"
  | "skipped";

/** All statuses; the index of each is its code. The terminal ones come last. */
export const STATUSES: readonly TaskStatus[] = Object.freeze([
  "pending",
  "ready",
  "running",
  "retrying",
  "completed",
  "failed",
  "cancelled",
  "skipped",
]);

export const PENDING = 0;
export const READY = 1;
export const RUNNING = 2;
export const RETRYING = 3;
export const COMPLETED = 4;
export const FAILED = 5;
export const CANCELLED = 6;
export const SKIPPED = 7;

/** A status as an index into {@linkcode STATUSES}. */
export type StatusCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * Which statuses may follow which. `ready → pending` is `after()` giving a task one more
 * dependency; `pending → completed` and `pending → retrying` are tasks that a checkpoint knows, and the former sleeps and signals as well.
 */
export const TRANSITIONS: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = Object.freeze({
  pending: ["ready", "retrying", "completed", "failed", "cancelled", "skipped"],
  ready: ["running", "pending", "failed", "cancelled", "skipped"],
  running: ["completed", "retrying", "failed", "cancelled"],
  retrying: ["ready", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
  skipped: [],
});

/** {@linkcode TRANSITIONS} as one bit mask per status code: bit `to` is set where `from → to` is allowed. */
const ALLOWED: readonly number[] = STATUSES.map((from) =>
  TRANSITIONS[from].reduce((mask, to) => mask | (1 << STATUSES.indexOf(to)), 0)
);

/** Whether the table allows `from → to`. */
export function mayMove(from: StatusCode, to: StatusCode): boolean {
  return (ALLOWED[from]! & (1 << to)) !== 0;
}

/** Whether a status is a final one. */
export function isTerminal(code: StatusCode): boolean {
  return code >= COMPLETED;
}
