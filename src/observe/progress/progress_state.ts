/**
 * What progress is shown of: what runs, what is retried, what has failed. Bounded, however many tasks there are.
 *
 * @module
 */

import type { TaskStatus } from "../../core/status.ts";
import type { Handle } from "../../engine/handle.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { errorSnapshot, failureLines, inShort, originOf } from "../error_snapshot.ts";
import { harmless, oneLine } from "../printable.ts";

/** Of how many names of tasks it is known what waits. */
const MAX_NAMES = 100;
/** From how many tasks on that have started it is worth while to forget those that have ended. */
const MIN_STARTED = 2_000;
/** How many kinds of failures are told apart, and shown again at the end. */
const MAX_KINDS = 50;
/** How many failures of one kind are shown in full. */
const MAX_IN_FULL = 3;

/** Failures of tasks of one name with the same message. */
export interface FailureKind {
  /** What failed first, with stack and causes, as lines. */
  readonly lines: readonly string[];
  /** The same in one line. */
  readonly short: string;
  count: number;
}

/** What is to be said of a failure. */
export interface Failure {
  /** The task, as people know it. */
  readonly who: string;
  readonly lines: readonly string[];
  readonly short: string;
}

/** Why ready tasks of one name do not run. */
export interface Obstacle {
  readonly name: string;
  readonly why: string;
}

/** What is known of a runner. It gets each change of a status. */
export class ProgressState {
  readonly retrying = new Set<TaskHandle<unknown>>();
  readonly kinds = new Map<string, FailureKind>();
  /** Failures of kinds that are not told apart any more. */
  unlisted = 0;
  /** Tasks that failed because a dependency did. */
  byDependency = 0;
  /** Tasks that have completed without a body: in an earlier run, or as sleeps and signals do. */
  restored = 0;
  /** What has started, in that order, and some that has ended since: to forget each at its end would cost more. */
  #started: TaskHandle<unknown>[] = [];
  /** From so many on, those that have ended are forgotten. */
  #maxStarted = MIN_STARTED;
  /** The task that became ready last. */
  #lastReady: TaskHandle<unknown> | undefined;
  /** For each name, the task that became ready last, and so is one of the last to run. */
  readonly #ready = new Map<string, TaskHandle<unknown>>();
  readonly #failed: (failure: Failure) => void;

  /** @param failed Called with each failure that is to be shown. */
  constructor(handles: Iterable<TaskHandle<unknown>>, failed: (failure: Failure) => void) {
    this.#failed = failed;
    for (const handle of handles) {
      if (!handle.done) this.changed(handle, undefined, handle.status);
    }
  }

  /** A task has another status. Called several times for each task, so it does little. */
  changed(handle: TaskHandle<unknown>, from: TaskStatus | undefined, to: TaskStatus): void {
    if (from === "retrying") this.retrying.delete(handle);
    switch (to) {
      case "running":
        if (this.#started.push(handle) >= this.#maxStarted) this.#forgetEnded();
        break;
      case "ready":
        if (this.#lastReady !== undefined && this.#lastReady.name !== handle.name) this.#noteReady();
        this.#lastReady = handle;
        break;
      case "retrying":
        this.retrying.add(handle);
        break;
      case "completed":
        if (from === "pending") this.restored++;
        break;
      case "failed":
        this.#noteFailure(handle);
        break;
    }
  }

  /** What runs, those that started first before the others. */
  running(): readonly TaskHandle<unknown>[] {
    this.#forgetEnded();
    return this.#started;
  }

  #forgetEnded(): void {
    // One that was retried has started twice.
    this.#started = [...new Set(this.#started.filter(({ status }) => status === "running"))];
    this.#maxStarted = Math.max(MIN_STARTED, this.#started.length * 2);
  }

  #noteReady(): void {
    const handle = this.#lastReady;
    if (handle === undefined) return;
    if (this.#ready.size < MAX_NAMES || this.#ready.has(handle.name)) this.#ready.set(handle.name, handle);
    this.#lastReady = undefined;
  }

  /** What waits for something else than a slot. */
  obstacles(most: number): Obstacle[] {
    this.#noteReady();
    const found: Obstacle[] = [];
    for (const [name, handle] of this.#ready) {
      if (handle.status !== "ready") this.#ready.delete(name);
      else if (found.length < most) {
        const why = /is ready, but (?:it )?(.*?)\.?$/s.exec(handle.explain())?.[1];
        if (why !== undefined && !/^waits for a slot|^its runner/.test(why)) {
          found.push({ name: oneLine(name), why: oneLine(why) });
        }
      }
    }
    return found;
  }

  #noteFailure(handle: TaskHandle<unknown>): void {
    const error = originOf(errorSnapshot((handle as Handle).error));
    if (error.name === "DependencyFailedError") {
      this.byDependency++;
      return;
    }
    const who = nameOf(handle);
    const short = oneLine(inShort(error)).slice(0, 300);
    const key = `${handle.name}\n${short}`;
    const known = this.kinds.get(key);
    if (known !== undefined) known.count++;
    const count = known?.count ?? 1;
    const isInFull = count <= MAX_IN_FULL;
    const after = handle.attempts > 1 ? ` after ${handle.attempts} attempts` : "";
    const lines = isInFull
      ? [`✗ ${who} failed${after}`, ...failureLines(error, "    ").map(harmless)]
      : [`✗ ${who} failed${after}: ${short} (${count} times so far)`];
    if (known === undefined) {
      if (this.kinds.size < MAX_KINDS) {
        this.kinds.set(key, { lines, short: `${oneLine(handle.name)}: ${short}`, count });
      } else this.unlisted++;
    }
    if (isInFull || isRound(count)) this.#failed({ who, lines, short });
  }
}

/** Whether a count is worth a line: 10, 20 … 100, 200 …, so that a flood of failures is not one of lines. */
function isRound(count: number): boolean {
  return count % 10 ** Math.floor(Math.log10(count)) === 0;
}

/** A task as people know it: its name, and its label or what its id says besides. */
export function nameOf({ id, name, label }: TaskHandle<unknown>): string {
  return oneLine(label !== undefined ? `${name} ${label}` : id);
}
