/**
 * The live connection to one page.
 *
 * Each task that has changed is noted once, and sent at most ten times a second as it is by then, while the page takes what it
 * gets: a page that does not read costs a set of what has changed, and once that is too large, it gets everything again.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import { COMPLETED } from "../../core/status.ts";
import { RowWriter } from "./row_writer.ts";
import type { HelloMessage, LineView, RowMessage } from "./messages.ts";
import type { SourceListener, TaskSource } from "./source.ts";
import type { TaskRow } from "./task_row.ts";

/** The version of the messages. */
export const LIVE_VERSION = 1;
/** How long there is between messages at least, in milliseconds. */
const TICK_MS = 100;
/** How many rows are read in one turn of the event loop: some 5 ms. */
const SLICE = 2_000;
/** How many finished tasks a page keeps. */
const MAX_FINISHED = 200_000;
/** How many tasks a page gets when it comes: the last ones. */
const MAX_LISTED = 400_000;
/** How many changed tasks are noted for a page that does not read. */
const MAX_CHANGED = 250_000;
/** How many bytes may be on their way to a page before it counts as one that does not read. */
const MAX_BUFFERED = 262_144;
/** How many lines of the open task wait for a page. */
const MAX_LINES = 2_000;
/** How long nothing must have happened before a page is told to ask from time to time, in milliseconds. */
const REST_MS = 5_000;

/** The code with which a socket is closed while nothing happens. */
export const AT_REST = 4_001;

/** A socket, as far as a connection needs it. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  send(message: string): void;
  close(code?: number, reason?: string): void;
}

/** Sends what a source has, and what changes, to a socket. */
export class LiveConnection<T extends object> implements SourceListener<T>, Disposable {
  readonly #source: TaskSource<T>;
  readonly #socket: LiveSocket;
  readonly #maxFinished: number;
  readonly #maxChanged: number;
  #writer = new RowWriter(0);
  /** Tasks that were there when the page was told the last time to forget everything, and the next one to send. */
  #all: readonly T[] = [];
  #next = 0;
  /** Tasks that have changed since they were sent, and whether the page does not know them. */
  #changed = new Map<T, boolean>();
  /** The finished tasks that the page has, those that finished first before the others. */
  #finished = new Fifo<number>();
  #mustReset = true;
  #summary = "";
  #openId: string | undefined;
  #lines: LineView[] = [];
  #lastChange = performance.now();
  readonly #watching: Disposable;
  readonly #timer: ReturnType<typeof setInterval>;
  #nextSlice: ReturnType<typeof setTimeout> | undefined;

  /** @param limits For tests. */
  constructor(
    source: TaskSource<T>,
    socket: LiveSocket,
    { maxFinished = MAX_FINISHED, maxChanged = MAX_CHANGED } = {},
  ) {
    this.#source = source;
    this.#socket = socket;
    this.#maxFinished = maxFinished;
    this.#maxChanged = maxChanged;
    this.#watching = source.watch(this);
    this.#timer = setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#nextSlice);
    this.#watching[Symbol.dispose]();
    this.#changed.clear();
    this.#all = [];
  }

  changed(task: T, isNew: boolean): void {
    this.#lastChange = performance.now();
    if (this.#mustReset) return;
    const known = this.#changed.get(task);
    if (known === undefined) this.#changed.set(task, isNew);
    if (this.#changed.size > this.#maxChanged) this.reset();
  }

  logged(id: string, line: LineView): void {
    if (id !== this.#openId) return;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  reset(): void {
    this.#lastChange = performance.now();
    this.#mustReset = true;
    this.#changed.clear();
    this.#all = [];
  }

  /** A message of the page: which task it has open. */
  received(data: unknown): void {
    if (typeof data !== "string" || data.length > 4_096) return;
    try {
      const message: unknown = JSON.parse(data);
      if (typeof message !== "object" || message === null || !("open" in message)) return;
      this.#openId = typeof message.open === "string" ? message.open : undefined;
      this.#lines = [];
    } catch {
      // Not a message of this version of the page.
    }
  }

  /** Sends what has changed, unless the page has not taken what it was sent before. */
  tick(): void {
    if (this.#socket.bufferedAmount > MAX_BUFFERED) return;
    if (this.#mustReset) this.#begin();
    const isSnapshot = this.#next < this.#all.length;
    const message = isSnapshot ? this.#slice() : this.#delta();
    if (message !== undefined) this.#socket.send(JSON.stringify(message));
    if (isSnapshot) {
      clearTimeout(this.#nextSlice);
      this.#nextSlice = setTimeout(() => this.#continue());
      return;
    }
    const isQuiet = performance.now() - this.#lastChange > REST_MS;
    if (isQuiet && this.#source.isAtRest) this.#socket.close(AT_REST, this.#source.revision);
  }

  /** Sends the next slice as soon as other events had their turn. */
  #continue(): void {
    if (this.#next < this.#all.length && !this.#mustReset) this.tick();
  }

  #begin(): void {
    const epoch = Date.now();
    this.#mustReset = false;
    this.#changed = new Map();
    this.#finished = new Fifo();
    this.#writer = new RowWriter(epoch);
    this.#all = this.#source.tasks();
    this.#next = Math.max(0, this.#all.length - MAX_LISTED);
    this.#summary = "";
    const hello: HelloMessage = { t: "hello", v: LIVE_VERSION, epoch, total: this.#all.length };
    this.#socket.send(JSON.stringify(hello));
  }

  #slice(): RowMessage {
    const rows = this.#all.slice(this.#next, this.#next + SLICE).map((task) => this.#source.row(task));
    this.#next += SLICE;
    const isLast = this.#next >= this.#all.length;
    if (isLast) this.#all = [];
    for (const row of rows) this.#note(row);
    return {
      now: Date.now(),
      add: this.#writer.columns(rows, true),
      strings: this.#writer.takeStrings(),
      ...(isLast ? { last: true, drop: this.#drop(), ...this.#news() } : {}),
    };
  }

  #delta(): RowMessage | undefined {
    const news = this.#news();
    if (this.#changed.size === 0 && news === undefined) return undefined;
    const [fresh, known]: [TaskRow[], TaskRow[]] = [[], []];
    let count = 0;
    for (const [task, isNew] of this.#changed) {
      if (count++ >= SLICE) break;
      this.#changed.delete(task);
      const row = this.#source.row(task);
      (isNew ? fresh : known).push(row);
      this.#note(row);
    }
    const add = fresh.length === 0 ? undefined : this.#writer.columns(fresh, true);
    const set = known.length === 0 ? undefined : this.#writer.columns(known, false);
    return { now: Date.now(), add, set, strings: this.#writer.takeStrings(), drop: this.#drop(), ...news };
  }

  #note({ seq, status }: TaskRow): void {
    if (status >= COMPLETED) this.#finished.push(seq);
  }

  /** The finished tasks that the page is to forget. */
  #drop(): number[] | undefined {
    const dropped: number[] = [];
    while (this.#finished.size > this.#maxFinished) dropped.push(this.#finished.shift()!);
    return dropped.length === 0 ? undefined : dropped;
  }

  /** What is new besides tasks. */
  #news(): object | undefined {
    const summary = this.#source.summary();
    const written = JSON.stringify(summary);
    const lines = this.#lines;
    this.#lines = [];
    const isSame = written === this.#summary;
    if (isSame && lines.length === 0) return undefined;
    this.#summary = written;
    return {
      ...(isSame ? {} : { summary }),
      ...(lines.length === 0 ? {} : { lines: { id: this.#openId, lines } }),
    };
  }
}
