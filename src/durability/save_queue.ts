/**
 * What waits to be saved or deleted, and how much of it goes at once.
 *
 * @module
 */

import type { TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import type { CheckpointError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { roughSize } from "../core/rough_size.ts";
import type { StatusCode } from "../core/status.ts";
import type { Publish } from "../engine/durability.ts";
import type { Handle } from "../engine/handle.ts";
import type { EncodableRecord } from "./record.ts";
import { stateOf } from "./task_state.ts";

/**
 * How many records are saved at a time, so that one large save does not delay results; and as many of unfinished tasks.
 */
const MAX_BATCH = 1_000;

/** About how many bytes are saved at a time, as a checkpointer holds a whole batch in memory when it encodes it. */
const MAX_BATCH_BYTES = 8 << 20;

/** How many unfinished tasks may stay in the list that were removed, beside as many as were not. */
const MAX_REMOVED = 1_000;

/** A task whose body has ended, which nothing outside may see before it is saved. */
export interface Commit {
  readonly code: StatusCode;
  readonly outcome: unknown;
  readonly publish: Publish;
}

export type SaveCallback = (error?: CheckpointError) => void;

/** A record to be saved, or the id of one to be deleted. */
export type Entry =
  | {
    readonly record: TaskRecord;
    /** How its values can be encoded, if that is known. */
    readonly encoding?: ValueEncoding | undefined;
    /** The task that it is the record of; jobs have records, too. */
    readonly handle?: Handle | undefined;
    readonly commit?: Commit | undefined;
    /** Called once it is saved, or cannot be. */
    readonly done?: SaveCallback | undefined;
    readonly deleted?: undefined;
  }
  | { readonly deleted: string; readonly record?: undefined };

export type SaveEntry = Extract<Entry, { readonly record: TaskRecord }>;

/** What is saved, and then deleted, at once. */
export interface Batch {
  readonly entries: SaveEntry[];
  readonly deleted: Set<string>;
  /** Whether unfinished tasks were considered for it. */
  readonly hasUnfinished: boolean;
}

/** Records in the order in which things happened, and behind them the tasks that are not saved as they are. */
export class SaveQueue {
  /** In that order, as an id may be given again. */
  readonly #entries = new Fifo<Entry>();
  /**
   * Unfinished tasks. They come after the entries, where an older task of an id may be. Some were removed since, as
   * `TaskState.isUnsaved` says: each task comes and goes, for which a `Set` takes several times as long.
   */
  readonly #unfinished = new Fifo<Handle>();
  /** How many of them were not removed. */
  #unfinishedCount = 0;

  /** How many records are to be saved or deleted. */
  get size(): number {
    return this.#entries.size + this.#unfinishedCount;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there is something to save now. @param withUnfinished Whether unfinished tasks are to be saved. */
  hasMore(withUnfinished: boolean): boolean {
    return this.#entries.size > 0 || (withUnfinished && this.#unfinishedCount > 0);
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** Adds an unfinished task, whose record is made when it is saved. */
  track(handle: Handle): void {
    const state = stateOf(handle);
    if (state.isUnsaved) return;
    state.isUnsaved = true;
    this.#unfinishedCount++;
    this.#unfinished.push(handle);
  }

  /** Removes an unfinished task, as an entry has its state. */
  untrack(handle: Handle): void {
    const state = stateOf(handle);
    if (!state.isUnsaved) return;
    state.isUnsaved = false;
    this.#unfinishedCount--;
    this.#firstUnfinished(); // most tasks end in order
    if (this.#unfinished.size <= 2 * this.#unfinishedCount + MAX_REMOVED) return;
    this.#unfinished.filter((each) => stateOf(each).isUnsaved); // they are behind one that takes long
  }

  untrackAll(): void {
    for (const handle of this.#unfinished) stateOf(handle).isUnsaved = false;
    this.#unfinished.clear();
    this.#unfinishedCount = 0;
  }

  /** Empties the queue. Returns the entries that were in it. */
  drop(): Entry[] {
    const entries = [...this.#entries];
    this.#entries.clear();
    this.untrackAll();
    return entries;
  }

  /**
   * Takes what goes next.
   *
   * @param asItIs Makes the entry of an unfinished task; without it, these stay. They are only considered once no entry is
   * left before them.
   */
  nextBatch(asItIs: ((handle: Handle) => SaveEntry) | undefined): Batch {
    const entries: SaveEntry[] = [];
    const deleted = new Set<string>();
    let bytes = 0;
    for (let entry = this.#entries.first; entry !== undefined; entry = this.#entries.first) {
      // What is deleted comes after everything that was to be saved before, and was not saved again.
      const id = entry.deleted ?? entry.record.id;
      const isFull = entries.length + deleted.size >= MAX_BATCH || bytes >= MAX_BATCH_BYTES;
      if (isFull || deleted.has(id)) return { entries, deleted, hasUnfinished: false };
      this.#entries.shift();
      if (entry.deleted !== undefined) deleted.add(id);
      else {
        entries.push(entry);
        bytes += sizeOfRecord(entry.record);
      }
    }
    if (asItIs === undefined) return { entries, deleted, hasUnfinished: false };
    let room = MAX_BATCH;
    for (let handle = this.#firstUnfinished(); handle !== undefined; handle = this.#firstUnfinished()) {
      if (--room < 0 || deleted.has(handle.id) || bytes >= MAX_BATCH_BYTES) break;
      this.untrack(handle);
      const entry = asItIs(handle);
      entries.push(entry);
      bytes += sizeOfRecord(entry.record);
    }
    return { entries, deleted, hasUnfinished: true };
  }

  /** The first unfinished task, once those before it that were removed are dropped. */
  #firstUnfinished(): Handle | undefined {
    let first = this.#unfinished.first;
    while (first !== undefined && !stateOf(first).isUnsaved) {
      this.#unfinished.shift();
      first = this.#unfinished.first;
    }
    return first;
  }
}

/** All entries have the same fields, so that V8 reads them fast. */
export function entryOf(
  { record, encoding }: EncodableRecord,
  handle: Handle,
  commit?: Commit,
  done?: SaveCallback,
): SaveEntry {
  return { record, encoding, handle, commit, done, deleted: undefined };
}

/** About how many bytes a record takes when it is encoded. */
function sizeOfRecord({ args, value, error }: TaskRecord): number {
  return roughSize(args) + roughSize(value) + roughSize(error);
}
