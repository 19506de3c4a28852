/**
 * All tasks that the page knows, in columns, as they arrive from the program.
 */

/** @import { RowColumns, RowMessage, Summary } from "../live/messages.ts" */
import { COMPLETED, FAILED, STATUSES } from "./format.js";
import { RecentFinishes } from "./recent.js";
import { SeqIndex } from "./seq_index.js";

/** @type {["seq", "name", "pool", "worker", "attempts", "submitted", "ready", "started", "finished"]} */
const NUMBERS = ["seq", "name", "pool", "worker", "attempts", "submitted", "ready", "started", "finished"];

/** What changes with a task, and few have. @type {["progress", "message", "retry", "error", "label", "spans"]} */
const SPARSE = ["progress", "message", "retry", "error", "label", "spans"];
/** @type {[...typeof SPARSE, "dependsOn", "parent", "ids", "tags"]} */
const MAPS = [...SPARSE, "dependsOn", "parent", "ids", "tags"];

/** For how many tasks columns have room at first: what is not used costs nothing, and to make them longer is a pause. */
const ROOM = 2 ** 19;

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
  /** How many tasks have each status, without those that were retried. */
  counts = STATUSES.map(() => 0);
  /** How many tasks have each name, pool and tag, by the index in `strings`. */
  uses = noUses();
  /** Changes whenever there is a name, a pool or a tag more, or one less. */
  kinds = 0;
  recent = new RecentFinishes();
  /** When the first task has started that was ever known. */
  firstStart = Infinity;
  bySeq = new SeqIndex();
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
  /** Tasks that were retried after they had ended: a later one has their id, and counts in their place. @type {Set<number>} */
  retried = new Set();
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
    this.uses = noUses();
    this.kinds++;
    this.recent = new RecentFinishes();
    this.firstStart = Infinity;
    this.bySeq.clear();
    this.byId.clear();
    for (const map of MAPS) this[map].clear();
    this.reused.clear();
    this.retried.clear();
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
   * Until when what has not ended is known to have run, in milliseconds after `epoch`: a checkpoint does not tell whether its program
   * still runs.
   */
  get until() {
    const { lastChange } = this.summary;
    return lastChange === undefined ? this.now : lastChange - this.epoch;
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
    return this.status[index] === 2 ? Math.max(0, this.until - started) : NaN;
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
    return this.status[index] === 1 ? Math.max(0, this.until - ready) : NaN;
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
      this.use("name", name[row], 1);
      this.use("pool", pool[row], 1);
    }
    this.size += seq.length;
    this.update(rows, (row) => first + row, true);
    each(rows.dependsOn, (row, value) => this.dependsOn.set(first + row, value));
    each(rows.parent, (row, value) => this.parent.set(first + row, value));
    each(rows.tags, (row, value) => {
      this.tags.set(first + row, value);
      for (const tag of value) this.use("tag", tag, 1);
    });
    for (const row of rows.reused ?? []) this.reused.add(first + row);
    each(rows.id, (row, value) => {
      const before = this.find(value);
      if (before !== undefined && before !== first + row && !this.retried.has(before)) {
        this.count(before, -1);
        this.retried.add(before);
      }
      this.ids.set(first + row, value);
      this.byId.set(value, first + row);
    });
  }

  /** Counts a task, unless it was retried. @param {number} index @param {number} by */
  count(index, by) {
    if (!this.retried.has(index)) this.counts[this.status[index]] += by;
  }

  /** @param {"name" | "pool" | "tag"} kind @param {number} string @param {number} by */
  use(kind, string, by) {
    const uses = this.uses[kind];
    const many = (uses.get(string) ?? 0) + by;
    if (many === 0) uses.delete(string);
    else uses.set(string, many);
    if (many === 0 || many === by) this.kinds++;
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
      if (!isNew) this.count(index, -1);
      const before = isNew ? NaN : this.finished[index];
      this.status[index] = status.charCodeAt(row) - 48;
      this.count(index, 1);
      this.attempts[index] = attempts[row];
      this.ready[index] = ready[row] ?? NaN;
      this.started[index] = started[row] ?? NaN;
      this.finished[index] = finished[row] ?? NaN;
      this.worker[index] = worker[row] ?? -1;
      if (this.started[index] < this.firstStart) this.firstStart = this.started[index];
      if (this.finished[index] !== before) this.recent.add(this.finished[index]);
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
      if (id !== undefined && this.byId.get(id) === index) this.byId.delete(id);
      this.isGone[index] = 1;
      this.gone++;
      this.count(index, -1);
      this.retried.delete(index);
      this.use("name", this.name[index], -1);
      this.use("pool", this.pool[index], -1);
      for (const tag of this.tags.get(index) ?? []) this.use("tag", tag, -1);
    }
    if (this.gone > 10_000 && this.gone * 2 > this.size) this.compact();
  }

  /** Closes the gaps that dropped tasks leave. */
  compact() {
    this.moves++;
    const moved = new Int32Array(this.size).fill(-1);
    let next = 0;
    for (let index = 0; index < this.size; index++) {
      if (this.isGone[index] === 1) continue;
      let end = index;
      for (; end < this.size && this.isGone[end] === 0; end++) moved[end] = next + end - index;
      for (const column of NUMBERS) this[column].copyWithin(next, index, end);
      this.status.copyWithin(next, index, end);
      next += end - index;
      index = end;
    }
    for (let index = 0; index < next; index++) this.bySeq.set(this.seq[index], index);
    for (const name of MAPS) {
      /** @type {Map<number, any>} */
      const map = new Map();
      for (const [index, value] of this[name]) if (moved[index] >= 0) map.set(moved[index], value);
      this[name] = map;
    }
    this.byId = new Map();
    for (const [index, id] of this.ids) this.byId.set(id, index);
    for (const name of /** @type {const} */ (["reused", "retried"])) {
      this[name] = new Set([...this[name]].flatMap((index) => moved[index] < 0 ? [] : moved[index]));
    }
    this.isGone.fill(0);
    this.size = next;
    this.gone = 0;
  }

  /** @param {number} size */
  reserve(size) {
    if (size <= this.capacity) return;
    this.capacity = Math.max(ROOM, this.capacity);
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

  /** How many tasks can be listed. */
  get kept() {
    return this.size - this.gone - this.retried.size;
  }

  /**
   * How many tasks have each status: those of the program in all, also those that it has forgotten, but not those that were
   * retried since.
   */
  get totals() {
    const { statistics } = this.summary;
    if (statistics === undefined) return this.counts;
    return STATUSES.map((status) => statistics[status] - (statistics.retried?.[status] ?? 0));
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

function noUses() {
  /** @returns {Map<number, number>} */
  const none = () => new Map();
  return { name: none(), pool: none(), tag: none() };
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
