/**
 * Ready tasks meet free slots.
 *
 * @module
 */

import { READY } from "../core/status.ts";
import { runDetached } from "../core/run_detached.ts";
import type { Lane } from "../pools/lane.ts";

import type { Handle } from "../tasks/handle.ts";
import type { Ledger } from "./ledger.ts";

/** How long tasks may follow on each other before timers, signals and other events get their turn, in milliseconds. */
const SLICE_MS = 10;

/** Starts tasks, in all lanes of a runner. */
export class Dispatcher {
  readonly #ledger: Ledger;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #defaultLane: string;
  readonly #start: (handle: Handle, lane: Lane, now: number) => void;
  #isOpen = false;
  #isBarred = false;
  #isDisposed = false;
  #pumping = false;
  #scheduled = false;
  #pumpFollows = false;
  /** Lanes in which something may have become possible. */
  #listed: Lane[] = [];
  /** When the current turn of the event loop began, and the callback that ends it; both unset between turns. */
  #sliceStart = 0;
  #sliceEnd: ReturnType<typeof setImmediate> | undefined;
  #held = false;

  /**
   * @param defaultLane For tasks that name neither a backend nor a pool.
   * @param start Runs a task for which a slot was taken.
   */
  constructor(
    ledger: Ledger,
    lanes: ReadonlyMap<string, Lane>,
    defaultLane: string,
    start: (handle: Handle, lane: Lane, now: number) => void,
  ) {
    this.#ledger = ledger;
    this.#lanes = lanes;
    this.#defaultLane = defaultLane;
    this.#start = start;
  }

  /** Whether tasks may start. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The lane of a task, by its pool or backend. */
  laneOf({ spec: { options } }: Pick<Handle, "spec">): Lane {
    return this.#lanes.get(options.pool ?? options.backend ?? this.#defaultLane)!;
  }

  /** Lets tasks start from now on. */
  open(): void {
    if (this.#isOpen || this.#isDisposed) return;
    this.#isOpen = true;
    for (const lane of this.#lanes.values()) this.touch(lane);
  }

  /** Lets no task start, be it open or not, until `unbar()`. */
  bar(): void {
    this.#isBarred = true;
  }

  unbar(): void {
    if (!this.#isBarred) return;
    this.#isBarred = false;
    for (const lane of this.#lanes.values()) this.touch(lane);
  }

  /** Lets no more tasks start; those that wait for their slot back still get it. */
  close(): void {
    this.#isOpen = false;
  }

  /** Starts nothing more, ever, and takes back the one callback that may be under way. */
  dispose(): void {
    this.#isDisposed = true;
    this.close();
    clearImmediate(this.#sliceEnd);
    this.#sliceEnd = undefined;
  }

  /** Makes a pending or retrying task ready. */
  ready(handle: Handle): void {
    const lane = this.laneOf(handle);
    lane.push(handle); // first, as a listener may take it back
    this.#ledger.apply(handle, READY);
    this.touch(lane);
  }

  /** Frees the slot of a task. */
  release(handle: Handle): void {
    const lane = this.laneOf(handle);
    lane.release(handle);
    this.touch(lane);
  }

  /** Says that something may have become possible in a lane; what is possible starts in a microtask. */
  touch(lane: Lane): void {
    if (!lane.listed) {
      lane.listed = true;
      this.#listed.push(lane);
    }
    if (this.#scheduled || this.#pumping || this.#pumpFollows) return;
    this.#scheduled = true;
    runDetached(() =>
      queueMicrotask(() => {
        this.#scheduled = false;
        this.pump();
      })
    );
  }

  /** Says that `pump()` will be called before anything else happens, so that no microtask need be scheduled for it. */
  expectPump(): void {
    this.#pumpFollows = true;
  }

  /** Starts what can start. Called outside of every task, so that what it starts carries no task's context. */
  pump(): void {
    this.#pumpFollows = false;
    if (this.#pumping || this.#held) return;
    this.#pumping = true;
    try {
      while (!this.#held) {
        const lane = this.#listed.pop();
        if (lane === undefined) break;
        lane.listed = false;
        lane.grant();
        this.#fill(lane);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #fill(lane: Lane): void {
    while (this.#isOpen && !this.#isBarred) {
      const now = Date.now();
      if (this.#turnIsOver(now)) {
        this.touch(lane);
        return;
      }
      const handle = lane.take();
      if (handle === undefined) return;
      this.#start(handle, lane, now);
    }
  }

  /** Ends a turn that has lasted long enough: the rest starts after the event loop went round once. */
  #turnIsOver(now: number): boolean {
    if (this.#sliceEnd !== undefined) return this.#held = now - this.#sliceStart >= SLICE_MS;
    this.#sliceStart = now;
    this.#sliceEnd = setImmediate(() => {
      this.#sliceEnd = undefined;
      if (!this.#held) return;
      this.#held = false;
      this.pump();
    });
    return false;
  }
}
