/**
 * Ready tasks meet free slots.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../../core/clock.ts";
import { elapsedCoarse } from "../../core/elapsed.ts";
import { afterOthers } from "../../core/io_turns.ts";
import { runDetached } from "../../core/run_detached.ts";
import { beginSlice, SLICE_MS, sliceHasEnded } from "../../core/slice.ts";
import { COMPLETED, READY } from "../../core/status.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import type { Handle } from "../handle.ts";
import type { StatusStore } from "../status_store.ts";
import type { PoolQueue } from "./pool_queue.ts";

/**
 * Whether tasks may start.
 *
 * - `closed`: no.
 * - `barred`: no, and once it is opened not before `unbar()`, as the checkpoint is not ready.
 * - `waiting`: opened, but barred.
 * - `open`: yes.
 * - `held`: no, whatever is awaited, as the runner stops and leaves them.
 * - `heldBarred`: the same, and barred.
 * - `disposed`: never again.
 */
export type Gate = "closed" | "barred" | "waiting" | "open" | "held" | "heldBarred" | "disposed";

type GateEvent = "open" | "close" | "bar" | "unbar" | "hold" | "letGo" | "dispose";

/** Each state of the gate, and where an event leads; events that are not listed change nothing. */
export const GATE: Readonly<Record<Gate, Partial<Record<GateEvent, Gate>>>> = {
  closed: { open: "open", bar: "barred", hold: "held", dispose: "disposed" },
  barred: { open: "waiting", unbar: "closed", hold: "heldBarred", dispose: "disposed" },
  waiting: { close: "barred", unbar: "open", hold: "heldBarred", dispose: "disposed" },
  open: { close: "closed", bar: "waiting", hold: "held", dispose: "disposed" },
  held: { letGo: "closed", dispose: "disposed" },
  heldBarred: { unbar: "held", letGo: "barred", dispose: "disposed" },
  disposed: {},
};

/**
 * Who will look at the queues next.
 *
 * - `idle`: no one; a touched queue schedules a microtask.
 * - `scheduled`: a microtask.
 * - `expected`: a caller that said so and calls `pump()` before it returns.
 * - `pumping`: `pump()`, which is under way.
 * - `yielding`: a callback for the time when others have had their turn, as a slice has ended.
 */
export type Activity = "idle" | "scheduled" | "expected" | "pumping" | "yielding";

type ActivityEvent = "touch" | "expect" | "pump" | "drained" | "sliceEnded" | "turn";

/** The same for {@linkcode Activity}. */
export const ACTIVITY: Readonly<Record<Activity, Partial<Record<ActivityEvent, Activity>>>> = {
  idle: { touch: "scheduled", expect: "expected", pump: "pumping" },
  scheduled: { expect: "expected", pump: "pumping" },
  expected: { pump: "pumping" },
  pumping: { drained: "idle", sliceEnded: "yielding" },
  yielding: { turn: "idle" },
};

/** Runs a task for which a slot was taken, or a place in its pool's line. */
export interface Starter {
  /** @param now A reading of `elapsed()`. */
  start(handle: Handle, queue: PoolQueue, now: number): void;
}

/** Starts tasks, in all queues of a runner. */
export class Dispatcher {
  readonly #statuses: StatusStore;
  readonly #queues: ReadonlyMap<string, PoolQueue>;
  readonly #defaultQueue: string;
  readonly #clock: Clock;
  #starter: Starter | undefined;
  /** What `queueOf()` was asked for last: it is asked several times for each task, and mostly for tasks of one kind in a row. */
  #lastSpec: TaskSpec | undefined;
  #lastQueue: PoolQueue | undefined;
  #gate: Gate = "closed";
  #activity: Activity = "idle";
  /** Queues in which something may have become possible. */
  #touched: PoolQueue[] = [];
  /** Queues that have tasks, and were looked at while none was to start. */
  readonly #shut = new Set<PoolQueue>();
  /** A reading of `elapsed()`, while only code of the engine has run since. To read it takes a tenth of a small task. */
  #now: number | undefined;
  /** Calls off what begins the next slice. */
  #stopYielding: (() => void) | undefined;

  /** @param defaultQueue For tasks that name neither a backend nor a pool. */
  constructor(
    statuses: StatusStore,
    queues: ReadonlyMap<string, PoolQueue>,
    defaultQueue: string,
    clock: Clock = SYSTEM_CLOCK,
  ) {
    this.#clock = clock;
    this.#statuses = statuses;
    this.#queues = queues;
    this.#defaultQueue = defaultQueue;
  }

  /** Says who starts tasks: as a ring has no first part, it is made after this. */
  startWith(starter: Starter): void {
    this.#starter = starter;
  }

  /** Whether it was opened. */
  get isOpen(): boolean {
    return this.#gate === "open" || this.#gate === "waiting";
  }

  /** Whether a slice has ended, and the next one follows once others have had their turn. */
  get isBetweenSlices(): boolean {
    return this.#is("yielding");
  }

  /** Whether nothing may start as the runner stops. */
  get isHeld(): boolean {
    return this.#gate === "held" || this.#gate === "heldBarred";
  }

  /** The queue of a task, by its pool or backend. */
  queueOf({ spec }: Pick<Handle, "spec">): PoolQueue {
    if (spec === this.#lastSpec) return this.#lastQueue!;
    const { pool, backend } = spec.options;
    this.#lastSpec = spec;
    return this.#lastQueue = this.#queues.get(pool ?? backend ?? this.#defaultQueue)!;
  }

  /**
   * The same for a task that is being submitted.
   *
   * @throws {TypeError} If its pool is not there.
   */
  queueFor(spec: TaskSpec): PoolQueue {
    const { name, pool } = spec.options;
    if (pool === undefined || this.#queues.has(pool)) return this.queueOf({ spec });
    throw new TypeError(
      `Cannot submit "${name}": its pool "${pool}" is not one of the runner's pools, which are ${this.#names()}`,
    );
  }

  /**
   * The queue of that name, or all of them.
   *
   * @throws {TypeError} If there is none.
   */
  queuesNamed(name: string | undefined): Iterable<PoolQueue> {
    if (name === undefined) return this.#queues.values();
    const queue = this.#queues.get(name);
    if (queue !== undefined) return [queue];
    throw new TypeError(`There is no pool "${name}": the runner's pools are ${this.#names()}`);
  }

  /** Changes whether tasks may start. Bodies that wait for their slot back get it in any case. */
  gate(event: GateEvent): void {
    const before = this.#gate;
    this.#gate = GATE[before][event] ?? before;
    if (this.#gate === "open" && before !== "open") {
      for (const queue of this.#shut) this.touch(queue);
      this.#shut.clear();
    }
    if (event !== "dispose") return;
    this.#stopYielding?.();
    this.#move("turn");
  }

  /** Makes a pending or retrying task ready. */
  ready(handle: Handle): void {
    const queue = this.queueOf(handle);
    queue.push(handle); // first, as a listener may cancel it
    this.#statuses.transition(handle, READY);
    this.touch(queue);
  }

  /** Says that an attempt at a task has asked for a pause, which tasks that are ready have to know. */
  considerLimits(): void {
    for (const queue of this.#queues.values()) queue.considerLimits();
  }

  /** Frees the slot of a task. */
  release(handle: Handle): void {
    const queue = this.queueOf(handle);
    queue.release(handle);
    this.touch(queue);
  }

  /** Says that something may have become possible in a queue; what is possible starts in a microtask. */
  touch(queue: PoolQueue): void {
    if (!queue.touched) {
      queue.touched = true;
      this.#touched.push(queue);
    }
    if (this.#is("idle")) this.#schedulePump();
  }

  /** Apart from `touch()`, which is called several times for each task, as a function with closures allocates memory. */
  #schedulePump(): void {
    this.#move("touch");
    runDetached(() => queueMicrotask(() => this.pump()));
  }

  /** Says that the caller will call `pump()` before anything else happens, so that no microtask is needed. */
  expectPump(): void {
    this.#move("expect");
  }

  /**
   * Starts what can start. Called outside of every task, so that what it starts carries no task's context.
   *
   * @param now A reading of `elapsed()` of the engine's clock, if only code of the engine has run since.
   */
  pump(now?: number): void {
    this.#now = this.#clock === SYSTEM_CLOCK ? now : undefined;
    if (this.#is("pumping") || this.#is("yielding")) return;
    this.#move("pump");
    try {
      while (this.#is("pumping")) {
        const queue = this.#touched.pop();
        if (queue === undefined) break;
        queue.touched = false;
        queue.serveResumers();
        this.#fill(queue);
      }
    } finally {
      this.#move("drained");
    }
  }

  #names(): string {
    return [...this.#queues.keys()].map((each) => `"${each}"`).join(", ");
  }

  #fill(queue: PoolQueue): void {
    while (this.#gate === "open" && queue.mayTake) { // asked first, as to read the clock takes longer
      const now = this.#now ?? elapsedCoarse();
      if (sliceHasEnded(now)) {
        this.touch(queue);
        return this.#endSlice();
      }
      const handle = queue.take();
      if (handle === undefined) return;
      this.#starter!.start(handle, queue, this.#clock === SYSTEM_CLOCK ? now : this.#clock.elapsed());
      if (handle.code !== COMPLETED) this.#now = undefined; // its body may have taken long
    }
    if (this.#gate !== "open" && queue.queued > 0) this.#shut.add(queue);
  }

  /** Lets others have their turn before the rest starts. */
  #endSlice(): void {
    this.#move("sliceEnded");
    this.#stopYielding = afterOthers(SLICE_MS, () => this.#beginSlice());
  }

  #beginSlice(): void {
    this.#stopYielding = undefined;
    beginSlice(elapsedCoarse());
    this.#move("turn");
    this.pump();
  }

  #is(activity: Activity): boolean {
    return this.#activity === activity;
  }

  #move(event: ActivityEvent): void {
    this.#activity = ACTIVITY[this.#activity][event] ?? this.#activity;
  }
}
