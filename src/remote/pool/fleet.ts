/**
 * The workers of a pool that a runner knows to be alive.
 *
 * @module
 */

import type { RemoteWorker } from "../../core/pool.ts";
import type { Hello } from "../protocol/hello_frame.ts";

interface Member {
  hello: Hello;
  ahead: number;
  /** When it was heard of last, in milliseconds of `performance.now()`. */
  heardAt: number;
}

/** How many tasks a message names. */
const MAX_NAMED = 20;

/** Workers by name. */
export class Fleet {
  readonly #members = new Map<string, Member>();
  /** How many bodies they run at a time, all together. */
  slots = 0;
  /** How many jobs they have room for beyond that. */
  ahead = 0;
  /** When the last worker was forgotten as it was silent, in milliseconds of `performance.now()`; -1 if none was. */
  lostAt = -1;

  has(worker: string): boolean {
    return this.#members.has(worker);
  }

  get size(): number {
    return this.#members.size;
  }

  /** Notes what a worker says of itself. Returns whether there are more or fewer slots now. */
  heard(hello: Hello, now: number): boolean {
    if (hello.leaving && hello.busy === 0) this.#members.delete(hello.worker);
    else this.#members.set(hello.worker, { hello, ahead: hello.ahead, heardAt: now });
    return this.#count();
  }

  /** Notes how many jobs a worker has room for beyond its slots. */
  learned(worker: string, ahead: number): void {
    const member = this.#members.get(worker);
    if (member === undefined) return;
    if (!member.hello.leaving) this.ahead += ahead - member.ahead;
    member.ahead = ahead;
  }

  /** Forgets workers that have been silent since a time. Returns their names. */
  forgetSilent(since: number): string[] {
    const silent = [...this.#members].filter(([, { heardAt }]) => heardAt < since).map(([worker]) => worker);
    if (silent.length > 0) this.lostAt = performance.now();
    for (const worker of silent) this.#members.delete(worker);
    this.#count();
    return silent;
  }

  /** What they are, for people. */
  describe(): RemoteWorker[] {
    return [...this.#members.values()].map(({ hello }) => {
      const { worker: name, busy, tags } = hello;
      return { name, slots: slotsOf(hello), busy, tags };
    });
  }

  /** The tasks that they serve, for a message. */
  describeTasks(): string {
    const tasks = [...new Set([...this.#members.values()].flatMap(({ hello }) => hello.tasks))].sort();
    const named = tasks.slice(0, MAX_NAMED).map((each) => `"${each}"`).join(", ");
    if (tasks.length === 0) return "no task";
    return tasks.length > MAX_NAMED ? `${named} and ${tasks.length - MAX_NAMED} more` : named;
  }

  #count(): boolean {
    const before = this.slots;
    this.slots = this.ahead = 0;
    for (const { hello, ahead } of this.#members.values()) {
      this.slots += slotsOf(hello);
      if (!hello.leaving) this.ahead += ahead;
    }
    return this.slots !== before;
  }
}

/** What a worker that leaves has begun keeps its slots until it ends. */
function slotsOf({ leaving, busy, slots }: Hello): number {
  return leaving ? Math.min(busy, slots) : slots;
}
