/**
 * All tasks that the page knows, in columns, as they arrive from the program.
 */

/** @import { RowColumns, RowMessage, Summary } from "../live/messages.ts" */
import { COMPLETED, FAILED, STATUSES } from "./format.js";

/** @type {["seq", "name", "pool", "worker", "attempts", "submitted", "ready", "started", "finished"]} */
const NUMBERS = ["seq", "name", "pool", "worker", "attempts", "submitted", "ready", "started", "finished"];

/** What changes with a task, and few have. @type {["progress", "message", "retry", "error", "label", "spans"]} */
const SPARSE = ["progress", "message", "retry", "error", "label", "spans"];
/** @type {[...typeof SPARSE, "dependsOn", "parent", "ids", "tags"]} */
const MAPS = [...SPARSE, "dependsOn", "parent", "ids", "tags"];

/** Tasks in columns. A task has an index in them; times are in milliseconds after `epoch`, `NaN` if there is none. */
export class Store {
  /** What times count from, in milliseconds since the epoch. */
  epoch = 0;
  /** How many indexes there are, and how many of them are of tasks that were dropped. */
  size = 0;
  gone = 0;
  /** How many tasks a snapshot has that is on its way. */
  total = 0;
  isComplete = false;
  /** How much the clock of the program is ahead of this one, in milliseconds. */
  clockOffset = 0;
  /** @type {Summary} */
  summary = {};
  /** Changes whenever tasks get other indexes. */
  moves = 0;
  /** Changes whenever a task is added or removed. */
  shape = 0;
  /** Names of tasks, pools and workers, and tags: columns have indexes of them. @type {string[]} */
  strings = [];
  capacity = 0;
  seq = new Float64Array(0);
  name = new Float64Array(0);
  pool = new Float64Array(0);
  worker = new Float64Array(0);
  attempts = new Float64Array(0);
  submitted = new Float64Array(0);
  ready = new Float64Array(0);
  started = new Float64Array(0);
  finished = new Float64Array(0);
  status = new Uint8Array(0);
  isGone = new Uint8Array(0);
  /** How many tasks have each status. */
  counts = STATUSES.map(() => 0);
  /** @type {Map<number, number>} */
  bySeq = new Map();
  /** @type {Map<string, number>} */
  byId = new Map();
  /** What few tasks have, by index. @type {Map<number, number>} */
  progress = new Map();
  /** @type {Map<number, string>} */
  message = new Map();
  /** @type {Map<number, number>} */
  retry = new Map();
  /** @type {Map<number, string>} */
  error = new Map();
  /** @type {Map<number, string>} */
  label = new Map();
  /** Start, end, status and worker of each attempt, one after the other. @type {Map<number, (number | null)[]>} */
  spans = new Map();
  /** @type {Map<number, readonly number[]>} */
  dependsOn = new Map();
  /** @type {Map<number, number>} */
  parent = new Map();
  /** @type {Map<number, string>} */
  ids = new Map();
  /** @type {Map<number, number[]>} */
  tags = new Map();
  /** @type {Set<number>} */
  reused = new Set();
  /** @type {Set<() => void>} */
  listeners = new Set();

  /** Forgets all tasks. @param {number} epoch What times count from. */
  clear(epoch) {
    this.epoch = epoch;
    this.moves++;
    this.size =
      this.gone =
      this.total =
      this.capacity =
        0;
    this.strings = [];
    this.counts = STATUSES.map(() => 0);
    this.bySeq.clear();
    this.byId.clear();
    for (const map of MAPS) this[map].clear();
    this.reused.clear();
    for (const column of NUMBERS) this[column] = new Float64Array(0);
    this.status = new Uint8Array(0);
    this.isGone = new Uint8Array(0);
    this.shape++;
  }

  /** @param {() => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  /** The time in the program, in milliseconds after `epoch`. */
  get now() {
    return Date.now() + this.clockOffset - this.epoch;
  }

  /** @param {number} index */
  id(index) {
    return this.ids.get(index) ?? `${this.nameOf(index)}#${this.seq[index]}`;
  }

  /**
   * The last task with an id.
   *
   * @param {string} id
   */
  find(id) {
    const known = this.byId.get(id);
    if (known !== undefined) return known;
    const seq = /#(\d+)$/.exec(id)?.[1];
    const index = seq === undefined ? undefined : this.bySeq.get(Number(seq));
    return index !== undefined && this.id(index) === id ? index : undefined;
  }

  /** @param {number} index */
  nameOf(index) {
    return this.strings[this.name[index]];
  }

  /**
   * How long its last attempt has taken so far.
   *
   * @param {number} index
   */
  runTime(index) {
    const started = this.started[index];
    if (Number.isNaN(started)) return NaN;
    const finished = this.finished[index];
    if (!Number.isNaN(finished)) return finished - started;
    return this.status[index] === 2 ? Math.max(0, this.now - started) : NaN;
  }

  /**
   * How long it has been ready without a slot.
   *
   * @param {number} index
   */
  waitTime(index) {
    const ready = this.ready[index];
    if (Number.isNaN(ready)) return NaN;
    const spans = this.spans.get(index);
    const started = spans === undefined ? this.started[index] : spans[0];
    if (started !== null && !Number.isNaN(started)) return Math.max(0, started - ready);
    return this.status[index] === 1 ? Math.max(0, this.now - ready) : NaN;
  }

  /**
   * The indexes of all tasks that are there.
   *
   * @returns {Generator<number, void>}
   */
  *indexes() {
    for (let index = 0; index < this.size; index++) if (this.isGone[index] === 0) yield index;
  }

  /**
   * Takes a message with rows.
   *
   * @param {RowMessage} message
   */
  apply({ now, strings, add, set, drop, summary, last }) {
    this.clockOffset = now - Date.now();
    if (strings !== undefined) { for (const string of strings) this.strings.push(string); }
    if (add !== undefined) this.add(add);
    if (set !== undefined) this.set(set);
    if (drop !== undefined) this.drop(drop);
    if (summary !== undefined) this.summary = summary;
    if (last) this.isComplete = true;
    this.changed();
  }

  /** @param {RowColumns} rows */
  add(rows) {
    const { seq, name = [], pool = [], submitted = [] } = rows;
    this.reserve(this.size + seq.length);
    this.shape++;
    const first = this.size;
    for (let row = 0; row < seq.length; row++) {
      const index = first + row;
      this.seq[index] = seq[row];
      this.name[index] = name[row];
      this.pool[index] = pool[row];
      this.submitted[index] = submitted[row] ?? NaN;
      this.bySeq.set(seq[row], index);
      this.isGone[index] = 0;
    }
    this.size += seq.length;
    this.update(rows, (row) => first + row, true);
    each(rows.dependsOn, (row, value) => this.dependsOn.set(first + row, value));
    each(rows.parent, (row, value) => this.parent.set(first + row, value));
    each(rows.tags, (row, value) => this.tags.set(first + row, value));
    for (const row of rows.reused ?? []) this.reused.add(first + row);
    each(rows.id, (row, value) => {
      this.ids.set(first + row, value);
      this.byId.set(value, first + row);
    });
  }

  /** @param {RowColumns} rows */
  set(rows) {
    this.update(rows, (row) => this.bySeq.get(rows.seq[row]), false);
  }

  /** @param {RowColumns} rows @param {(row: number) => number | undefined} indexOf @param {boolean} isNew */
  update(rows, indexOf, isNew) {
    const { seq, status, attempts, ready, started, finished, worker } = rows;
    for (let row = 0; row < seq.length; row++) {
      const index = indexOf(row);
      if (index === undefined) continue;
      if (!isNew) this.counts[this.status[index]]--;
      this.status[index] = status.charCodeAt(row) - 48;
      this.counts[this.status[index]]++;
      this.attempts[index] = attempts[row];
      this.ready[index] = ready[row] ?? NaN;
      this.started[index] = started[row] ?? NaN;
      this.finished[index] = finished[row] ?? NaN;
      this.worker[index] = worker[row] ?? -1;
      if (isNew) continue;
      this.progress.delete(index);
      this.message.delete(index);
      this.retry.delete(index);
    }
    for (const column of SPARSE) {
      this.updateSparse(/** @type {Record<number, unknown>} */ (rows[column]), this[column], indexOf);
    }
  }

  /**
   * @param {Record<number, unknown> | undefined} column
   * @param {Map<number, unknown>} into
   * @param {(row: number) => number | undefined} indexOf
   */
  updateSparse(column, into, indexOf) {
    each(column, (row, value) => {
      const index = indexOf(row);
      if (index !== undefined) into.set(index, value);
    });
  }

  /** @param {readonly number[]} seqs */
  drop(seqs) {
    this.shape++;
    for (const seq of seqs) {
      const index = this.bySeq.get(seq);
      if (index === undefined) continue;
      this.bySeq.delete(seq);
      const id = this.ids.get(index);
      if (id !== undefined) this.byId.delete(id);
      this.isGone[index] = 1;
      this.gone++;
      this.counts[this.status[index]]--;
    }
    if (this.gone > 10_000 && this.gone * 2 > this.size) this.compact();
  }

  /** Closes the gaps that dropped tasks leave. */
  compact() {
    this.moves++;
    /** @type {Map<number, number>} */
    const moved = new Map();
    let next = 0;
    for (let index = 0; index < this.size; index++) {
      if (this.isGone[index] === 1) continue;
      moved.set(index, next);
      for (const column of NUMBERS) this[column][next] = this[column][index];
      this.status[next] = this.status[index];
      this.bySeq.set(this.seq[next], next);
      next++;
    }
    for (const name of MAPS) {
      /** @type {Map<number, unknown>} */
      const map = this[name];
      const values = [...map];
      map.clear();
      for (const [index, value] of values) {
        const to = moved.get(index);
        if (to !== undefined) map.set(to, value);
      }
    }
    this.byId = new Map([...this.ids].map(([index, id]) => [id, index]));
    this.reused = new Set([...this.reused].flatMap((index) => moved.get(index) ?? []));
    this.isGone.fill(0);
    this.size = next;
    this.gone = 0;
  }

  /** @param {number} size */
  reserve(size) {
    if (size <= this.capacity) return;
    this.capacity = Math.max(1_024, this.capacity);
    while (this.capacity < size) this.capacity *= 2;
    for (const column of NUMBERS) {
      const larger = new Float64Array(this.capacity);
      larger.set(this[column]);
      this[column] = larger;
    }
    for (const column of /** @type {const} */ (["status", "isGone"])) {
      const larger = new Uint8Array(this.capacity);
      larger.set(this[column]);
      this[column] = larger;
    }
  }

  /** How many tasks have each status: those of the program in all, also those that it has forgotten. */
  get totals() {
    const { statistics } = this.summary;
    return statistics === undefined ? this.counts : STATUSES.map((status) => statistics[status]);
  }

  /** The `serve()` that has not ended: more and more tasks come while it is. */
  get serving() {
    return this.summary.runs?.findLast(({ mode, finishedAt }) => mode === "serve" && finishedAt === undefined);
  }

  /** How many tasks there are, and how many have finished. */
  get overall() {
    const totals = this.totals;
    const all = totals.reduce((sum, each) => sum + each, 0);
    const finished = totals.slice(COMPLETED).reduce((sum, each) => sum + each, 0);
    return { all, finished, failed: totals[FAILED] };
  }
}

/**
 * @template T
 * @param {Record<number, T> | undefined} column
 * @param {(row: number, value: T) => void} take
 */
function each(column, take) {
  if (column === undefined) return;
  for (const row in column) take(Number(row), column[row]);
}
