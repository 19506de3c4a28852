/**
 * Ready tasks with limits, beside a queue of tasks without: what waits for a limit holds up nothing else.
 *
 * Tasks with the same limits stand in one line. A line stands among those whose first task may start, or waits for one of
 * its limits. Lines take turns, within a priority.
 *
 * @module
 */

import { Heap } from "../../core/heap.ts";
import type { Handle } from "../handle.ts";
import { ConcurrencyLimit, type LimitHost, type WaitingQueue } from "./limit.ts";
import { Line } from "./line.ts";
import { type Ticket, ticketOf } from "./ticket.ts";

/** The limited tasks of a pool that may use the same slots. */
export class LimitedQueue implements WaitingQueue {
  readonly #host: LimitHost;
  /** Tells its pool that something may start. */
  readonly #touch: () => void;
  readonly #lines = new Map<string, Line>();
  /** Lines whose first task may start, as far as is known. */
  readonly #open = new Heap<Line>((a, b) => this.precedes(a, b));
  #turns = 0;
  #size = 0;

  constructor(host: LimitHost, touch: () => void) {
    this.#host = host;
    this.#touch = touch;
  }

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  /** How many of them wait as too many with their concurrency are at work; counted when it is asked for. */
  get outnumbered(): number {
    let count = 0;
    for (const { obstacle, ready } of this.#lines.values()) {
      if (obstacle instanceof ConcurrencyLimit) count += ready.size;
    }
    return count;
  }

  /** Ready tasks by their limits. */
  lines(): Iterable<Line> {
    return this.#lines.values();
  }

  precedes(a: Line, b: Line): boolean {
    const difference = a.priority - b.priority || a.depth - b.depth;
    return difference === 0 ? a.turn < b.turn : difference > 0;
  }

  /** Adds a task that is becoming ready. */
  push(handle: Handle, ticket: Ticket): void {
    const limits = ticket.renew();
    let key = "";
    for (const { id } of limits) key += `${id},`;
    let line = this.#lines.get(key);
    const isNew = line === undefined;
    if (line === undefined) {
      this.#lines.set(key, line = new Line(this, key, limits));
      line.turn = ++this.#turns;
      for (const limit of limits) limit.retain();
    }
    line.ready.push(handle);
    ticket.line = line;
    this.#size++;
    if (isNew) this.#place(line, this.#host.now());
    else if (line.ready.peek() === handle) this.#reorder(line);
  }

  /** The task whose turn it is, if one may start now. */
  peek(now: number): Handle | undefined {
    for (let line = this.#open.peek(); line !== undefined; line = this.#open.peek()) {
      if (line.closedLimit(now) === undefined) return line.ready.peek();
      this.#open.remove(line);
      this.#place(line, now);
      line.wakeOthers(now);
    }
    return undefined;
  }

  /** Takes the task that `peek()` shows, and counts it. */
  take(now: number): Handle {
    const line = this.#open.peek()!;
    const handle = line.ready.take()!;
    this.#size--;
    this.#open.remove(line);
    for (const limit of line.limits) limit.admit(now);
    ticketOf(handle)!.line = undefined;
    line.turn = ++this.#turns;
    if (line.ready.size > 0) this.#place(line, now);
    else this.#drop(line);
    line.wakeOthers(now);
    return handle;
  }

  /** Removes a task that is no longer ready. */
  remove(handle: Handle, ticket: Ticket, line: Line): void {
    const wasFirst = line.ready.peek() === handle;
    line.ready.forget(handle);
    ticket.line = undefined;
    this.#size--;
    if (line.ready.size > 0) {
      if (wasFirst) this.#reorder(line);
      return;
    }
    this.#unplace(line);
    this.#drop(line);
    line.wakeOthers(this.#host.now());
  }

  reconsider(line: Line, now: number): boolean {
    this.#place(line, now);
    if (line.obstacle !== undefined) return false;
    this.#touch();
    return true;
  }

  /** Puts a line that stands nowhere where it belongs. */
  #place(line: Line, now: number): void {
    const first = line.ready.peek()!;
    line.priority = first.spec.options.priority;
    line.depth = first.depth;
    line.obstacle = line.closedLimit(now);
    if (line.obstacle === undefined) return this.#open.push(line);
    line.obstacle.wait(line, now);
    line.obstacle.tellOf(first, now);
  }

  #unplace(line: Line): void {
    if (line.obstacle === undefined) this.#open.remove(line);
    else line.obstacle.forget(line);
  }

  /**
   * The first task of a line is another one. A limit may have opened or closed meanwhile, which nothing else tells: its timer
   * is late, or was set for this line and is not any more.
   */
  #reorder(line: Line): void {
    const now = this.#host.now();
    this.#unplace(line);
    this.#place(line, now);
    if (line.obstacle === undefined) this.#touch();
    else line.wakeOthers(now);
  }

  /** Drops a line in which no task stands. */
  #drop(line: Line): void {
    this.#lines.delete(line.key);
    line.ready.clear();
    for (const limit of line.limits) limit.release();
  }
}
