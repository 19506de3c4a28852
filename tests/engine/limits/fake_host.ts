import { Timers } from "../../../src/core/timers.ts";
import type { Handle } from "../../../src/engine/handle.ts";
import type { LimitMaker, TaskLimits } from "../../../src/engine/limits/task_limits.ts";
import { Ticket } from "../../../src/engine/limits/ticket.ts";
import type { ResolvedTaskOptions } from "../../../src/core/options.ts";
import { fakeHandle } from "../fake_handle.ts";

/** What limits work with, on a clock that the test sets. */
export class FakeHost implements LimitMaker {
  readonly alarms = new Timers();
  time = 0;
  openings = 0;
  #lastId = 0;

  now(): number {
    return this.time;
  }

  opened(): void {
    this.openings++;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  made(): void {}
}

/** The limits that the tests below give to tasks. */
export type Rules = Pick<ResolvedTaskOptions, "throttle" | "concurrency">;

/** A handle with limits, for a key. */
export function limitedHandle(own: TaskLimits, rules: Rules, seq: number, key?: string, priority = 0): Handle {
  const handle = fakeHandle(seq, { priority });
  handle.ensureDetails().ticket = new Ticket(own, rules as ResolvedTaskOptions, key, key);
  return handle;
}
