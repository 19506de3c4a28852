/**
 * What makes a job due.
 *
 * @module
 */

import type { CronTimes } from "./cron_times.ts";
import type { Zone } from "./zone.ts";

/** When a job is due. Times are in milliseconds since the epoch. */
export interface Trigger {
  /** The first time after `time`, if there is one. */
  after(time: number): number | undefined;
  /** When its times are counted from, for a trigger for which that matters. */
  anchor: number | undefined;
}

/** Again and again, a fixed time apart. */
export class EveryTrigger implements Trigger {
  /** In milliseconds. */
  readonly interval: number;
  anchor: number;

  constructor(interval: number, anchor: number) {
    this.interval = interval;
    this.anchor = anchor;
  }

  after(time: number): number {
    const { anchor, interval } = this;
    const count = Math.floor((time - anchor) / interval) + 1;
    const next = anchor + Math.max(1, count) * interval;
    // Division may have rounded.
    return next > time ? next : next + interval;
  }
}

/** When a cron expression says so. */
export class CronTrigger implements Trigger {
  readonly anchor = undefined;
  readonly times: CronTimes;
  readonly zone: Zone;

  constructor(times: CronTimes, zone: Zone) {
    this.times = times;
    this.zone = zone;
  }

  after(time: number): number {
    return this.times.after(time, this.zone);
  }
}

/** Once. */
export class AtTrigger implements Trigger {
  readonly anchor = undefined;
  readonly time: number;

  constructor(time: number) {
    this.time = time;
  }

  after(time: number): number | undefined {
    return time < this.time ? this.time : undefined;
  }
}
