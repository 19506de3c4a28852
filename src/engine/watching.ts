/**
 * What observers of a runner need of the program and its pools: what `console` prints, and what happens to workers.
 *
 * @module
 */

import { tapConsole } from "../core/console_tap.ts";
import type { LogLevel } from "../core/logger.ts";
import type { WorkerEvent } from "../core/observations.ts";
import { currentAttempt } from "./attempt.ts";
import type { Observers } from "./observers.ts";
import type { PoolQueue } from "./queue/pool_queue.ts";

/** How many runners in this program have observers of what is printed. */
let runners = 0;
let untap: (() => void) | undefined;

/** Finds out which task prints, for all runners of the program. */
const TAP = {
  wants: () => currentAttempt() !== undefined,
  print: (level: LogLevel, text: string) => currentAttempt()?.print("console", level, text) ?? false,
};

function addRunner(): void {
  if (runners++ === 0) untap = tapConsole(TAP);
}

function removeRunner(): void {
  if (--runners > 0) return;
  untap?.();
  untap = undefined;
}

/** Listens to `console` and to pools while an observer needs it. */
export class Watching {
  readonly #observers: Observers;
  readonly #queues: Iterable<PoolQueue>;
  /** What ends it, for each pool. */
  #watched: (() => void)[] = [];
  #watchesWorkers = false;
  #listens = false;

  constructor(observers: Observers, queues: Iterable<PoolQueue>) {
    this.#observers = observers;
    this.#queues = queues;
    observers.changed = () => this.#update();
  }

  /** Listens no more. */
  dispose(): void {
    this.#observers.changed = undefined;
    this.#set(false, false);
  }

  #update(): void {
    this.#set(this.#observers.log !== undefined, this.#observers.worker !== undefined);
  }

  #set(listens: boolean, watchesWorkers: boolean): void {
    if (listens === this.#listens && watchesWorkers === this.#watchesWorkers) return;
    if (listens && !this.#listens) addRunner();
    if (!listens && this.#listens) removeRunner();
    this.#listens = listens;
    this.#watchesWorkers = watchesWorkers;
    const before = this.#watched;
    this.#watched = listens || watchesWorkers ? this.#watch(listens) : [];
    for (const end of before) end(); // only now, so that workers are not told to stop and begin again
  }

  #watch(prints: boolean): (() => void)[] {
    const watched: (() => void)[] = [];
    for (const queue of this.#queues) {
      const worker = (event: Omit<WorkerEvent, "pool">) => this.#observers.worker?.({ pool: queue.name, ...event });
      const watching = queue.ask("watch()", (pool) => pool.watch?.({ prints, worker }));
      if (watching !== undefined) watched.push(() => queue.ask("The end of watch()", () => watching[Symbol.dispose]()));
    }
    return watched;
  }
}
