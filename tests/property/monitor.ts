/**
 * Watches a runner from outside and complains when one of the engine's invariants is broken.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { currentTask, type TaskEventType, type TaskHandle, type TaskRunner, type TaskStatus } from "../../mod.ts";
import { TRANSITIONS } from "../../src/core/status.ts";
import { turn } from "../support.ts";

const EVENTS: readonly TaskEventType[] = [
  "submitted",
  "ready",
  "running",
  "retrying",
  "completed",
  "failed",
  "cancelled",
  "skipped",
];
const TERMINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "skipped"]);

/** Counts bodies and events of one runner; problems are collected, as listeners and bodies must not throw. */
export class Monitor {
  readonly problems: string[] = [];
  /** Handles in the order in which their attempts began. */
  readonly started: TaskHandle<unknown>[] = [];
  readonly failedFirst: { error: unknown }[] = [];
  readonly #runner: TaskRunner;
  readonly #slots: Readonly<Record<string, number>>;
  readonly #last = new Map<TaskHandle<unknown>, TaskStatus>();
  readonly #terminal = new Map<TaskHandle<unknown>, number>();
  /** Bodies at work by pool, without those that wait for a handle or were told to stop. */
  readonly #busy = new Map<string, number>();
  /** Ids of tasks with a body under way, whether anyone still waits for it or not. */
  readonly #bodies = new Set<string>();

  constructor(runner: TaskRunner, slots: Readonly<Record<string, number>>) {
    this.#runner = runner;
    this.#slots = slots;
    for (const type of EVENTS) runner.addEventListener(type, (event) => this.#see(type, event.handle, event.error));
  }

  /** All handles ever submitted. */
  get handles(): TaskHandle<unknown>[] {
    return [...this.#last.keys()];
  }

  /** To be called first in each body; the body calls what it returns at its very end. */
  enter(pool: string, dependencies: readonly TaskHandle<unknown>[]): Work {
    const context = currentTask()!;
    const { id, signal } = context;
    if (this.#bodies.has(id)) this.problems.push(`attempt ${context.attempt} of ${id} overlaps another one`);
    this.#bodies.add(id);
    for (const dependency of dependencies) {
      if (!dependency.done) this.problems.push(`${id} runs although ${dependency.id} is ${dependency.status}`);
    }
    let counted = false;
    const count = () => {
      if (counted || signal.aborted) return;
      counted = true;
      this.#add(pool, 1);
    };
    const uncount = () => {
      if (!counted) return;
      counted = false;
      this.#add(pool, -1);
    };
    signal.addEventListener("abort", uncount);
    count();
    return {
      async pause<T>(waiting: () => PromiseLike<T>): Promise<T> {
        try {
          const promise = waiting();
          uncount();
          return await promise;
        } finally {
          count();
        }
      },
      leave: () => {
        uncount();
        signal.removeEventListener("abort", uncount);
        this.#bodies.delete(id);
      },
    };
  }

  /** Waits for bodies that were left to themselves. */
  async untilQuiet(): Promise<void> {
    for (let turns = 0; this.#bodies.size > 0; turns++) {
      assert(turns < 10_000, `bodies do not end: ${[...this.#bodies].join()}`);
      await turn();
    }
    await turn();
  }

  /** To be called when everything has finished. */
  check(): void {
    for (const handle of this.handles) {
      const times = this.#terminal.get(handle) ?? 0;
      if (times !== 1) this.problems.push(`${handle.id} got ${times} terminal statuses`);
      if (handle.status !== this.#last.get(handle)) {
        this.problems.push(`${handle.id} is ${handle.status}, but the last event said ${this.#last.get(handle)}`);
      }
    }
    assertEquals(this.problems, []);
    const { pools, abandoned, quarantined, submitted, pending, ready, running, retrying, retried: _retried, ...over } =
      this.#runner
        .statistics();
    for (const [name, { busy, queued }] of Object.entries(pools)) {
      assertEquals({ name, busy, queued }, { name, busy: 0, queued: 0 });
    }
    assertEquals({ abandoned, quarantined, pending, ready, running, retrying }, {
      abandoned: 0,
      quarantined: 0,
      pending: 0,
      ready: 0,
      running: 0,
      retrying: 0,
    });
    assertEquals(submitted, this.handles.length);
    assertEquals(over, countsOf(this.handles));
  }

  #add(pool: string, by: number): void {
    const busy = (this.#busy.get(pool) ?? 0) + by;
    this.#busy.set(pool, busy);
    if (busy > this.#slots[pool]!) {
      this.problems.push(`${busy} bodies run in the ${this.#slots[pool]} slots of ${pool}`);
    }
  }

  #see(type: TaskEventType, handle: TaskHandle<unknown>, error: unknown): void {
    if (type === "submitted") {
      if (this.#last.has(handle)) this.problems.push(`${handle.id} was submitted twice`);
      this.#last.set(handle, "pending");
      return;
    }
    const from = this.#last.get(handle);
    const to = type as TaskStatus;
    // ready → pending has no event of its own.
    const allowed = from === undefined
      ? []
      : from === "ready"
      ? [...TRANSITIONS.ready, ...TRANSITIONS.pending]
      : TRANSITIONS[from];
    if (!allowed.includes(to)) this.problems.push(`${handle.id} went from ${from} to ${to}`);
    this.#last.set(handle, to);
    if (TERMINAL.has(type)) this.#terminal.set(handle, (this.#terminal.get(handle) ?? 0) + 1);
    if (type === "running") this.started.push(handle);
    if (type === "failed" && this.failedFirst.length === 0) this.failedFirst.push({ error });
  }
}

/** What a body tells the monitor. */
export interface Work {
  /** Waits for handles, without a slot. */
  pause<T>(waiting: () => PromiseLike<T>): Promise<T>;
  leave(): void;
}

/** How many handles have each of the last statuses. */
export function countsOf(
  handles: readonly TaskHandle<unknown>[],
): Record<"completed" | "failed" | "cancelled" | "skipped", number> {
  const of = (status: TaskStatus) => handles.filter((handle) => handle.status === status).length;
  return { completed: of("completed"), failed: of("failed"), cancelled: of("cancelled"), skipped: of("skipped") };
}
