/**
 * What a pool and its workers say to each other.
 *
 * A worker runs the tasks that it is sent one at a time, in order, and tells how each ended and whether it begins the
 * next. As long as they take no longer than {@linkcode LEASE_MS}, it continues by itself. After one that took longer, it
 * pauses: the pool, which knew that this one had begun and had no message since, may have given what was in the queue
 * behind it to another worker. It continues with the task to which the pool gives credit.
 *
 * @module
 */

import type { ThreadMemory } from "./thread_memory.ts";

/**
 * After a task that took more milliseconds, a worker waits for credit. Less than the 5 ms of silence after which the pool
 * revokes what stands behind a task (`STUCK_MS`): a worker must have paused by then, however long a message takes. More
 * than quick tasks take, which are to need no credit.
 */
export const LEASE_MS = 2;

/** Messages to a worker. */
export const TO = {
  /** Gives a number to a task: `ref`, `module`, the name it has there, and whether to tell when its bodies start. */
  define: 1,
  /**
   * To run: `seq`, `ref`, `attempt`, `timeout` in ms or 0, `id`, `args`, its name if that is not the one in its module, and
   * headers if there are any.
   */
  run: 2,
  /** To continue with `seq`, and drop everything else that was sent before `next`. */
  credit: 3,
  /** To cancel `seq`, for a `reason` (in an envelope). */
  cancel: 4,
  /** To end, at once. */
  end: 5,
  /**
   * Goes before `cancel`, for the same `seq`: to be answered by {@linkcode FROM.heardAbort} before anything else. To read a
   * reason may take a new subprocess a tenth of a second, as it loads `node:v8` for some.
   */
  aborting: 6,
  /** Whether to tell what `console` prints, by {@linkcode FROM.print}. */
  tap: 7,
  /**
   * Several to run, numbered from `seq` on, that differ in their ids and arguments only: `seq`, `ref`, `attempt`, `timeout`,
   * ids, the arguments of all in one list, each with as many, and the name if that is not the one in its module.
   */
  bundle: 8,
} as const;

/** Messages from a worker. */
export const FROM = {
  /** It is ready for tasks. */
  ready: 1,
  /** A body returned: `seq`, `flow`, `value`. */
  done: 2,
  /** A body threw: `seq`, `flow`, `error` (in an envelope). */
  failed: 3,
  /** A body was ended as it was out of time: `seq`, `flow`. */
  timedOut: 4,
  /** Progress: `seq`, `fraction`, `message`. */
  progress: 5,
  /** For the log: `seq`, `level`, `data`. */
  log: 6,
  /** It knows that `seq` is aborted, and its event loop turns. */
  heardAbort: 7,
  /** It is broken, or a task asked it to end, for a `reason` (in an envelope). It runs nothing more. */
  lost: 8,
  /** It ends, as it was told to. */
  ended: 9,
  /** The next message comes by `postMessage()`, as it is too large or cannot be written as bytes. */
  outOfBand: 10,
  /** It begins `seq`, and has more in line behind it. */
  begun: 11,
  /** It has paused after all, and waits for {@linkcode TO.credit}. */
  requestCredit: 12,
  /** The body of `seq` starts, which its task wants to know. */
  started: 13,
  /** Something is printed: `seq` of the task that does, or 0; `level`, whether by `console` (1) or not (0), `text`. */
  print: 14,
} as const;

/** After a task, the worker begins the next one in its queue. */
export const CONTINUES = 0;
/** After a task, it waits for {@linkcode TO.credit}. */
export const PAUSED = 1;
/** After a task, it has nothing in its queue. */
export const IDLE = 2;

/** What a worker does after a task. */
export type Flow = typeof CONTINUES | typeof PAUSED | typeof IDLE;

/** What a thread is told first. */
export interface ThreadStart {
  readonly memory: ThreadMemory;
  /** The module of the task that it is started for. */
  readonly module: string;
  /** Whether that task has a timeout. */
  readonly hasTimeout: boolean;
  /** Whether to tell what `console` prints, from the first import on. */
  readonly taps: boolean;
}

/** A message to a worker. */
export type ToWorker =
  | readonly [kind: typeof TO.define, ref: number, module: string, definedAs: string, tellsStart?: true]
  | RunMessage
  | BundleMessage
  | readonly [kind: typeof TO.credit, seq: number, next: number]
  | readonly [kind: typeof TO.cancel, seq: number, reason: unknown]
  | readonly [kind: typeof TO.end]
  | readonly [kind: typeof TO.aborting, seq: number]
  | readonly [kind: typeof TO.tap, isOn: boolean];

/** A task to run. */
export type RunMessage = readonly [
  kind: typeof TO.run,
  seq: number,
  ref: number,
  attempt: number,
  timeout: number,
  id: string,
  args: readonly unknown[],
  name: string | undefined,
  headers?: Readonly<Record<string, string>> | undefined,
];

/** Several tasks to run. */
export type BundleMessage = readonly [
  kind: typeof TO.bundle,
  seq: number,
  ref: number,
  attempt: number,
  timeout: number,
  ids: readonly string[],
  args: readonly unknown[],
  name: string | undefined,
];

/** Levels of a log in the order of their numbers. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
