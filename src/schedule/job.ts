/**
 * A job: a task, and when it is due.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { HeapEntry } from "../core/heap.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { ResolvedJobOptions } from "./job_options.ts";
import { Progress, type Stretch } from "./progress.ts";
import type { Trigger } from "./trigger.ts";

/**
 * A task that a scheduler submits again and again, or once.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Scheduler, task } from "@workflowy/workflowy";
 *
 * let now = Date.parse("2026-06-01T00:00:00Z");
 * await using scheduler = new Scheduler({ clock: () => now });
 * const job = scheduler.every("1h").do(task({ name: "clean-up" }, () => "clean"));
 * assertEquals(job.nextFire, new Date("2026-06-01T01:00:00Z"));
 * now += 3_600_000;
 * scheduler.tick();
 * assertEquals(await job.lastHandle, "clean");
 * ```
 */
export interface ScheduledJob {
  /** What it is called. */
  readonly name: string;
  /** When it is due next, before any jitter; `undefined` if it is paused, over, or waits for an event. */
  readonly nextFire: Date | undefined;
  /** The handle of its last task. */
  readonly lastHandle: TaskHandle<unknown> | undefined;
  /** `"over"` once it was cancelled, or was due for the last time. */
  readonly status: JobStatus;
  /** Ends it, and forgets what was kept for a later run; its task that runs is not affected. Returns whether it was not over. */
  cancel(): boolean;
  /** Lets it not be due until `resume()`; what it misses meanwhile is not made up for. What waits already is still done. */
  pause(): void;
  /** Takes `pause()` back. */
  resume(): void;
}

/** Whether a job can be due. */
export type JobStatus = "active" | "paused" | "over";

/** Submits the job's task under an id. */
export type Submit = (id: string, args: readonly unknown[]) => TaskHandle<unknown>;

/** A time at which a job was due, as far as it was heeded. */
export interface Fire {
  /** In milliseconds since the epoch. */
  readonly due: number;
  readonly args: readonly unknown[];
  /** What it stands for, and where that is noted. */
  readonly stretch: Stretch;
  readonly progress: Progress;
  /** Who hears of a failure, if that is not for the scheduler to tell. */
  readonly audience?: "deno" | undefined;
}

/** What a job is made of. */
export interface JobParts {
  readonly name: string;
  /** By which it is found on record. */
  readonly key: string;
  readonly options: ResolvedJobOptions;
  /** `undefined` if it waits for an event. */
  readonly trigger: Trigger | undefined;
  /** What its task is called with, but for jobs that wait for events. */
  readonly args: readonly unknown[];
  readonly submit: Submit;
  /** Told that the job was cancelled, paused or resumed. */
  readonly onChange: (job: Job) => void;
}

let made = 0;

/** The implementation of {@linkcode ScheduledJob}. Its scheduler alone writes its fields. */
export class Job implements ScheduledJob, HeapEntry {
  readonly parts: JobParts;
  /** The place among all jobs, by when they were made. */
  readonly order = made++;
  heapIndex = -1;
  status: JobStatus = "active";
  /** When it is due next, in milliseconds since the epoch, if it is for the scheduler to see to that. */
  due: number | undefined;
  /** When that is acted on: `due` and some jitter. */
  startsAt = 0;
  /** Tells when it is due next if somebody else sees to that. */
  dueElsewhere: (() => number | undefined) | undefined;
  progress: Progress;
  lastHandle: TaskHandle<unknown> | undefined;
  /** How many of its tasks are not over. */
  underWay = 0;
  /** What waits for the last task to be over. */
  readonly waiting = new Fifo<Fire>();
  /** Whether it is over as somebody said so. */
  isCancelled = false;

  /** @param now Nothing that was due until then counts. */
  constructor(parts: JobParts, now: number) {
    this.parts = parts;
    this.progress = new Progress(now);
  }

  get name(): string {
    return this.parts.name;
  }

  get nextFire(): Date | undefined {
    if (this.status !== "active") return undefined;
    const due = this.due ?? this.dueElsewhere?.();
    return due === undefined ? undefined : new Date(due);
  }

  [Symbol.for("Deno.customInspect")](): string {
    const due = this.nextFire === undefined ? "" : `, due ${this.nextFire.toISOString()}`;
    return `ScheduledJob "${this.name}" (${this.status}${due})`;
  }

  /** Whether what it has done is kept for a later run. */
  get isOnRecord(): boolean {
    return this.parts.options.catchUp !== "none" && !this.isCancelled;
  }

  /** The id of its task for that time. */
  idAt(due: number): string {
    return `${this.parts.key}@${new Date(due).toISOString()}`;
  }

  /** The first time after `time` at which it is due and that was not seen to. */
  dueAfter(time: number): number | undefined {
    const { trigger } = this.parts;
    let due = trigger?.after(time);
    while (due !== undefined) {
      const until = this.progress.doneFrom(due);
      if (until === undefined) return due;
      due = trigger!.after(until);
    }
    return undefined;
  }

  /** Begins what it is due for, which stands for all until then. */
  fireAt(due: number, until: number, args = this.parts.args): Fire {
    const { progress } = this;
    return { due, args, stretch: progress.begin(until), progress };
  }

  cancel(): boolean {
    if (this.status === "over") return false;
    this.status = "over";
    this.isCancelled = true;
    this.waiting.filter(() => false);
    this.parts.onChange(this);
    return true;
  }

  pause(): void {
    if (this.status !== "active") return;
    this.status = "paused";
    this.parts.onChange(this);
  }

  resume(): void {
    if (this.status !== "paused") return;
    this.status = "active";
    this.parts.onChange(this);
  }
}
