/**
 * Ready tasks with the same limits.
 *
 * @module
 */

import { ReadyQueue } from "../queue/ready_queue.ts";
import type { Limit, Waiting, WaitingQueue } from "./limit.ts";

/** Tasks with the same limits in one queue. */
export class Line implements Waiting {
  heapIndex = -1;
  readonly queue: WaitingQueue;
  /** What it is found by: it stands for its limits. */
  readonly key: string;
  readonly limits: readonly Limit[];
  readonly ready = new ReadyQueue();
  /** When its turn is, among lines whose first tasks have the same priority. */
  turn = 0;
  /** Of its first task. */
  priority = 0;
  /** Of its first task. */
  depth = 0;
  /** The limit that it waits for; if it waits for none, its first task may start. */
  obstacle: Limit | undefined = undefined;

  constructor(queue: WaitingQueue, key: string, limits: readonly Limit[]) {
    this.queue = queue;
    this.key = key;
    this.limits = limits;
  }

  /** The first of its limits that is not open. */
  closedLimit(now: number): Limit | undefined {
    for (const limit of this.limits) if (!limit.isOpen(now)) return limit;
    return undefined;
  }

  /** It has left, or waits for something else: others that wait for the same limits may continue. */
  wakeOthers(now: number): void {
    for (const limit of this.limits) limit.wake(now);
  }
}
