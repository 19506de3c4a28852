/**
 * From a task that nothing blocks any more to its queue: the step after `submit()`, or after the end of its last dependency.
 *
 * Most tasks are ready at once. Others have ended as an earlier run recorded it, wait for their time, for a signal or for a
 * look into the cache, or fail as the key of a limit cannot be computed.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { listLinks } from "../core/graph.ts";
import type { Logger } from "../core/logger.ts";
import { COMPLETED, FAILED } from "../core/status.ts";
import type { Timers } from "../core/timers.ts";
import { WallTimers } from "../core/wall_timers.ts";
import type { Backoffs } from "./backoffs.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { Caching } from "./caching.ts";
import type { Completion } from "./completion.ts";
import type { Deadlines } from "./deadlines.ts";
import { Delays } from "./delays.ts";
import type { Durability, Release } from "./durability.ts";
import { type Handle, sinceStart } from "./handle.ts";
import { describeArgs } from "./label.ts";
import type { Limits } from "./limits/limits.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { Signals } from "./signals.ts";
import type { SlotWaits } from "./slot_waits.ts";

/** Whether a task has functions that are called, and may take long, as it completes or becomes ready. */
export function hasFunctions({ options: { label, redact, cache, throttle, concurrency } }: TaskSpec): boolean {
  return label !== undefined || redact !== undefined || cache !== undefined || throttle !== undefined ||
    concurrency !== undefined;
}

/** What the release of tasks needs of the rest of the engine. */
export interface ReleaserParts {
  readonly owner: { readonly origin: number; readonly clock: Clock };
  readonly alarms: Timers;
  readonly logger: Logger;
  readonly durability: Durability;
  readonly completion: Completion;
  readonly dispatcher: Dispatcher;
  readonly deadlines: Deadlines;
  readonly backoffs: Backoffs;
  readonly signals: Signals;
  readonly caching: Caching;
  readonly limits: Limits;
  readonly waits: SlotWaits;
}

/** Starts tasks on their way that nothing blocks any more. */
export class Releaser {
  readonly #parts: ReleaserParts;
  readonly #delays: Delays;

  constructor(parts: ReleaserParts) {
    this.#parts = parts;
    this.#delays = new Delays(new WallTimers(parts.alarms), (handle) => this.#due(handle));
  }

  /**
   * Starts a pending task on its way: it becomes ready, or waits for a time, or its end is on record.
   *
   * @param sinceMs Since when, in milliseconds after the owner's epoch. Default: since it was submitted, just now.
   */
  unblocked(handle: Handle, sinceMs?: number): void {
    const release = this.#parts.durability.release(handle);
    if (release === "go") this.#go(handle, sinceMs);
    else this.#continueAsRecorded(handle, release);
  }

  /** Removes one reason to hold a task back. */
  released(handle: Handle): void {
    handle.blocking--;
    if (handle.done || handle.blocking > 0) return;
    const { owner, waits } = this.#parts;
    this.unblocked(handle, sinceStart(owner));
    waits.scheduleStallCheck(); // bodies that wait for it may hold all slots
  }

  /** Forgets a task that is finishing. */
  finishing(handle: Handle): void {
    this.#delays.clear(handle);
  }

  #continueAsRecorded(handle: Handle, release: Exclude<Release, "go">): void {
    const { durability, completion, backoffs } = this.#parts;
    if (release === "held") handle.blocking++;
    else if ("retryAt" in release) {
      if (this.#hasLimitsOf(handle)) backoffs.waitUntil(handle, release.retryAt);
    } else if ("failure" in release) completion.end(handle, FAILED, release.failure);
    else {
      completion.restore(handle, release);
      durability.restored(handle);
    }
  }

  /** A task that is to run, unless one of its dependencies did not complete: now, or at its time. */
  #go(handle: Handle, sinceMs: number | undefined): void {
    const { details, dependencies, spec: { wait } } = handle;
    if (dependencies !== undefined || details !== undefined) {
      this.#parts.deadlines.arm(handle); // of a task whose end might have been on record
      if (this.#parts.completion.endForDependencies(handle, listLinks(dependencies))) return;
      if (wait !== "signal" && this.#delays.hold(handle)) {
        handle.blocking++;
        return;
      }
    }
    if (wait === undefined) this.#makeReady(handle, sinceMs);
    else if (wait === "signal") this.#awaitSignal(handle);
    else this.#parts.completion.end(handle, COMPLETED, undefined); // a sleep, which has ended
  }

  /** Lets a task into its queue, unless its result is in the cache. */
  #makeReady(handle: Handle, sinceMs: number | undefined): void {
    const { logger, durability, caching, dispatcher } = this.#parts;
    handle.readyMs ??= sinceMs;
    if (describeArgs(handle, logger)) durability.changed(handle);
    const { throttle, concurrency, cache } = handle.spec.options;
    if (cache !== undefined && !caching.admits(handle)) return;
    const isPlain = throttle === undefined && concurrency === undefined;
    if (isPlain || this.#hasLimitsOf(handle)) dispatcher.ready(handle);
  }

  #awaitSignal(handle: Handle): void {
    const { signals } = this.#parts;
    const mayTimeOut = signals.begin(handle) && handle.details?.dueAt !== undefined;
    if (mayTimeOut && !this.#delays.hold(handle)) signals.due(handle); // its time may have come just now
  }

  /** The time of a task has come. */
  #due(handle: Handle): void {
    if (handle.spec.wait === "signal") this.#parts.signals.due(handle);
    else this.released(handle);
  }

  /** Makes sure that the limits of a task are known. Fails it if they cannot be. */
  #hasLimitsOf(handle: Handle): boolean {
    try {
      this.#parts.limits.prepare(handle);
      return true;
    } catch (error) {
      this.#parts.completion.end(handle, FAILED, error);
      return false;
    }
  }
}
