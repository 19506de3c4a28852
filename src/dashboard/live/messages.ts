/**
 * What a page is sent. The modules of the page have their types from here, so that both ends agree. No module that is imported
 * here may need Deno.
 *
 * @module
 */

/** Columns by row, and what few rows have by the index of the row. Times are relative to the `epoch` of the connection. */
export interface RowColumns {
  readonly seq: number[];
  /** A digit for each row. */
  status: string;
  readonly attempts: number[];
  readonly ready: (number | null)[];
  readonly started: (number | null)[];
  readonly finished: (number | null)[];
  readonly worker: (number | null)[];
  readonly progress?: Record<number, number>;
  readonly message?: Record<number, string>;
  readonly retry?: Record<number, number>;
  readonly error?: Record<number, string>;
  readonly label?: Record<number, string>;
  readonly spans?: Record<number, (number | null)[]>;
  /** From here on: of new rows only. */
  readonly name?: number[];
  readonly pool?: number[];
  readonly submitted?: (number | null)[];
  readonly dependsOn?: Record<number, readonly number[]>;
  readonly parent?: Record<number, number>;
  /** Where the id is not made of name and `seq`. */
  readonly id?: Record<number, string>;
  readonly tags?: Record<number, number[]>;
  readonly reused?: number[];
}

/** A line of the log of a task. */
export interface LineView {
  readonly attempt: number;
  readonly level: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly source: string;
  readonly text: string;
}

/** A thread or subprocess. */
export interface WorkerView {
  readonly pool: string;
  readonly worker: string;
  readonly state: string;
  readonly at: number;
}

/** A `run()` or `serve()`, or what a checkpoint has of one. Times are in milliseconds since the epoch. */
export interface RunView {
  readonly mode: string;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly error?: string;
}

/** What some tasks wait for. */
export interface WaitView {
  readonly why: string;
  readonly count: number;
  /** One of them. */
  readonly id: string;
  /** What `deliver()` needs, if it is that. */
  readonly key?: string;
}

/** A limit: what `TaskRunner.limits()` tells, of which `limit_statistics.ts` says what it means. */
export interface LimitView {
  readonly kind: "throttle" | "concurrency" | "pause";
  readonly pool: string;
  readonly task?: string;
  readonly key?: string;
  readonly limit?: number;
  readonly periodMs?: number;
  readonly used?: number;
  readonly waiting: number;
  readonly opensInMs?: number;
}

/** A pool. */
export interface PoolView {
  readonly maxWorkers: number | null;
  readonly busy: number;
  readonly queued: number;
  readonly paused?: true;
  readonly workers?: number;
  readonly remote?: readonly RemoteWorkerView[];
}

/** A worker that is a program of its own, perhaps on another machine. */
export interface RemoteWorkerView {
  readonly name: string;
  readonly slots: number;
  readonly busy: number;
  readonly tags: readonly string[];
}

/** How many tasks have each status. */
export type StatusCounts = Readonly<
  Record<
    "pending" | "ready" | "running" | "retrying" | "completed" | "failed" | "cancelled" | "skipped",
    number
  >
>;

/** What is shown besides tasks. */
export interface Summary {
  readonly title?: string;
  readonly open?: boolean;
  readonly onRecord?: boolean;
  /** When anything on record has changed last, in milliseconds since the epoch. */
  readonly lastChange?: number | undefined;
  readonly problem?: string | undefined;
  readonly statistics?: StatusCounts & {
    /** Of these: those that another task stands for, as they were retried. */
    readonly retried?: StatusCounts;
    readonly pools: Readonly<Record<string, PoolView>>;
  };
  readonly workers?: readonly WorkerView[];
  readonly runs?: readonly RunView[];
}

/** Rows, and what has changed besides. */
export interface RowMessage {
  readonly t?: undefined;
  readonly now: number;
  readonly strings?: readonly string[] | undefined;
  readonly add?: RowColumns | undefined;
  readonly set?: RowColumns | undefined;
  readonly drop?: readonly number[] | undefined;
  readonly summary?: Summary | undefined;
  /** Whether the page has all rows now. */
  readonly last?: boolean | undefined;
  /** What the task that the page has open has logged. */
  readonly lines?: { readonly id: string; readonly lines: readonly LineView[] } | undefined;
}

/** The first message: all that the page knows is void. */
export interface HelloMessage {
  readonly t: "hello";
  readonly v: number;
  readonly epoch: number;
  readonly total: number;
}
