/**
 * What a runner's checkpointer is told, and when.
 *
 * @module
 */

import type { Checkpointer, CodecName, TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import type { CheckpointError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { whyNotKeepable } from "../serialization/keepable.ts";
import { runDetached } from "../core/run_detached.ts";
import { COMPLETED, FAILED, isTerminal, SKIPPED, type StatusCode } from "../core/status.ts";
import type { Handle } from "../tasks/handle.ts";
import { recordOf } from "./records.ts";
import { asCheckpointError, lossOf, refusalOf } from "./unsaved.ts";

/**
 * How many records are saved at a time, so that what tasks wait for does not stand behind all that is there; and as many
 * of tasks that are not over.
 */
const MOST_AT_ONCE = 1_000;

/** How often tasks that are not over have a turn while others end all the time, in milliseconds. */
const TURN_MS = 50;

/** The longest delay of a timer, in milliseconds. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** What a task that was saved goes on with. */
export type Publish = (handle: Handle, code: StatusCode, outcome: unknown) => void;

/** A task whose body is over and that nobody knows of before it is saved. */
interface Commit {
  readonly handle: Handle;
  readonly code: StatusCode;
  readonly outcome: unknown;
  readonly publish: Publish;
}

/** Who is told what becomes of the journal. */
export interface JournalHooks {
  /** What another run has left is gone. */
  begun(): void;
  /** Once, that nothing more can be saved; by then the tasks that this concerned have failed. */
  broken(error: CheckpointError): void;
}

/** A record to be saved, and what waits for that, or the id of one to be removed. */
type Entry =
  | { readonly record: TaskRecord; readonly commit?: Commit; readonly removed?: undefined }
  | { readonly removed: string; readonly commit?: undefined };

/** What is saved, and then removed, at once. */
interface Batch {
  readonly records: TaskRecord[];
  readonly commits: Commit[];
  readonly removed: Set<string>;
}

/**
 * Saves what becomes of tasks. One call of `save()` is under way at a time; what comes meanwhile goes with the next one.
 *
 * What a body has brought is saved before anything can see it, unless there is an interval. What the engine decides by
 * itself (to cancel, to skip) is seen at once and saved soon, as it could be decided again.
 *
 * Tasks that are not over are saved when a round of the event loop passes in which no body ends. While bodies end all the
 * time, some of them have a turn now and then: a run of many small tasks would else save them all twice.
 */
export class Journal {
  readonly #checkpointer: Checkpointer;
  /** In milliseconds. */
  readonly #interval: number;
  /** Milliseconds since the epoch that handles count from. */
  readonly #epoch: number;
  readonly #hooks: JournalHooks;
  /** Whether what there is on record is of this run, or of one that it goes on from. */
  #hasBegun = false;
  /** In the order in which things happened, as an id may be given again. */
  readonly #queue = new Fifo<Entry>();
  /** Tasks that are not over and not saved as they are. They come after the queue: what had their ids before is in there. */
  readonly #unsaved = new Set<Handle>();
  /** Whether it is the turn of tasks that are not over. */
  #isTheirTurn = false;
  /** When they last had one. */
  #lastTurn = performance.now();
  /** Whether bodies have ended since that was asked last. */
  #isBusy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #soon: ReturnType<typeof setImmediate> | undefined;
  #saving: Promise<void> | undefined;
  #broken: CheckpointError | undefined;
  /** Whether somebody was told that it is broken. */
  #isTold = false;
  /**
   * - `open`: all that happens is saved.
   * - `retired`: what bodies bring is saved.
   * - `closed`: nothing is.
   */
  #phase: "open" | "retired" | "closed" = "open";
  #closing: Promise<void> | undefined;

  constructor(checkpointer: Checkpointer, interval: number, epoch: number, hooks: JournalHooks) {
    this.#checkpointer = checkpointer;
    this.#interval = Math.min(interval, LONGEST_DELAY_MS);
    this.#epoch = epoch;
    this.#hooks = hooks;
  }

  get codec(): CodecName {
    return this.#checkpointer.codec;
  }

  /** Why nothing more can be saved, if that is so. */
  get broken(): CheckpointError | undefined {
    return this.#broken;
  }

  /** Goes on with what is on record. Otherwise that is removed before anything is saved: it is of another run. */
  goOn(): void {
    this.#hasBegun = true;
  }

  /** Notes a task that is new, or was changed, unless it is over. */
  waits(handle: Handle): void {
    if (this.#phase !== "open" || this.#broken !== undefined || isTerminal(handle.code)) return;
    this.#unsaved.add(handle);
    this.#schedule();
  }

  /** Saves what a body has brought, and publishes it: before, if there is an interval. */
  commit(handle: Handle, code: typeof COMPLETED | typeof FAILED, outcome: unknown, publish: Publish): void {
    if (this.#phase === "closed") return; // the program is ending
    handle.finishedAt = Date.now() - this.#epoch;
    if (this.#broken !== undefined) return publish(handle, FAILED, lossOf(handle, this.#broken));
    const refusal = code === COMPLETED && outcome !== undefined
      ? whyNotKeepable(outcome, this.codec, "value")
      : undefined;
    if (refusal === undefined) this.#commit({ handle, code, outcome, publish });
    else this.#commit({ handle, code: FAILED, outcome: refusalOf(handle, refusal), publish });
  }

  /** Notes a task that the engine has ended. */
  ended(handle: Handle): void {
    if (this.#phase !== "open" || this.#broken !== undefined) return;
    const { code } = handle;
    // An error that nobody looked at yet is made by looking.
    const outcome = code === FAILED || code === SKIPPED ? handle.error : undefined;
    this.#unsaved.delete(handle);
    this.#push({ record: recordOf(handle, code, outcome, this) });
  }

  /** Saves a record of something that is no task. */
  note(record: TaskRecord): void {
    this.#push({ record });
  }

  /** Removes the record of a task that is over, once all that is known now is saved. */
  forget(id: string): void {
    this.#push({ removed: id });
  }

  /** Leaves tasks on record as they are now, whatever the engine still decides; what bodies bring is still saved. */
  retire(): void {
    if (this.#phase !== "open") return;
    this.#phase = "retired";
    for (const handle of this.#unsaved) this.#push({ record: recordOf(handle, handle.code, undefined, this) });
    this.#unsaved.clear();
  }

  /**
   * Saves all that is not saved.
   *
   * @throws {CheckpointError} If that cannot be done.
   */
  async flush(): Promise<void> {
    while (this.#saving !== undefined || !this.#isEmpty) {
      this.#isTheirTurn = true;
      await (this.#saving ?? this.#save());
    }
    this.check();
  }

  /**
   * Makes sure that everything could be saved so far.
   *
   * @throws {CheckpointError} If it could not.
   */
  check(): void {
    if (this.#broken === undefined) return;
    this.#isTold = true;
    throw this.#broken;
  }

  /** Notes that somebody knows that it is broken. */
  told(): void {
    this.#isTold = true;
  }

  /**
   * Saves what can be saved, and closes the checkpointer. Any number of calls do it once.
   *
   * @throws {CheckpointError} If something could not be saved and nobody was told, or the checkpointer cannot be closed.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Milliseconds since the epoch. */
  timeOf(sinceStart: number): number {
    return this.#epoch + sinceStart;
  }

  get #isEmpty(): boolean {
    return this.#queue.size === 0 && this.#unsaved.size === 0;
  }

  #commit(commit: Commit): void {
    const { handle, code, outcome, publish } = commit;
    let record: TaskRecord;
    try {
      record = recordOf(handle, code, outcome, this);
    } catch (error) {
      // Not even reading it twice brings the same.
      return this.#commit({ ...commit, code: FAILED, outcome: refusalOf(handle, describeError(error)) });
    }
    this.#unsaved.delete(handle);
    this.#saveChildren(handle);
    this.#isBusy = true;
    handle.need().sealed = "by its body";
    if (this.#interval === 0) return this.#push({ record, commit });
    this.#push({ record });
    publish(handle, code, outcome);
  }

  /** What a body has submitted is on record when it is over: in the next run, it will not be there to do so again. */
  #saveChildren(parent: Handle): void {
    for (const handle of parent.details?.children ?? []) {
      const details = handle.need();
      if (details.sealed !== undefined) continue;
      details.outlives = true;
      this.#unsaved.delete(handle);
      this.#push({ record: recordOf(handle, handle.code, undefined, this) });
    }
  }

  #push(entry: Entry): void {
    if (this.#broken !== undefined || this.#phase === "closed") return;
    this.#queue.push(entry);
    this.#schedule();
  }

  /** Saves after the interval; without one, after the callbacks that are due now, which may end more tasks. */
  #schedule(): void {
    if (this.#saving !== undefined || this.#timer !== undefined || this.#soon !== undefined) return;
    const save = () => void this.#save();
    runDetached(() => {
      if (!this.#hasBegun) save();
      else if (this.#interval > 0) this.#timer = setTimeout(save, this.#interval);
      else this.#soon = setImmediate(save);
    });
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = this.#soon = undefined;
  }

  #save(): Promise<void> {
    this.#unschedule();
    this.#isTheirTurn ||= this.#isQuiet();
    return this.#saving ??= (this.#hasBegun ? this.#saveAll() : this.#begin()).finally(() => {
      this.#saving = undefined;
      this.#isTheirTurn = false;
      if (!this.#isEmpty) this.#schedule();
    });
  }

  /** Removes what another run has left. */
  async #begin(): Promise<void> {
    try {
      const ids = await Array.fromAsync(this.#checkpointer.load(), ({ id }) => id);
      if (ids.length > 0) await this.#checkpointer.delete(ids);
    } catch (error) {
      return this.#break(asCheckpointError(error, "be emptied"), []);
    }
    this.#hasBegun = true;
    this.#hooks.begun();
  }

  /** Whether it is the turn of tasks that are not over, as no body has ended since this was asked last. */
  #isQuiet(): boolean {
    const isQuiet = this.#interval > 0 || !this.#isBusy;
    this.#isBusy = false;
    return isQuiet;
  }

  /** With an interval, what comes meanwhile waits for the next one. */
  async #saveAll(): Promise<void> {
    let left = this.#interval > 0 ? this.#queue.size + this.#unsaved.size : Infinity;
    while (left > 0) {
      if (!this.#isTheirTurn && performance.now() - this.#lastTurn >= TURN_MS) this.#isTheirTurn = this.#isBusy = true;
      if (this.#queue.size === 0 && !(this.#isTheirTurn && this.#unsaved.size > 0)) return;
      const batch = this.#nextBatch();
      const { records, removed } = batch;
      left -= records.length + removed.size;
      try {
        if (records.length > 0) await this.#checkpointer.save(records);
        for (const commit of batch.commits.splice(0)) publishSaved(commit);
        if (removed.size > 0) await this.#checkpointer.delete([...removed]);
      } catch (error) {
        return this.#break(error, batch.commits);
      }
    }
  }

  #nextBatch(): Batch {
    const batch: Batch = { records: [], commits: [], removed: new Set() };
    const { records, commits, removed } = batch;
    for (let entry = this.#queue.first; entry !== undefined; entry = this.#queue.first) {
      // What is removed is so after all was saved that came before, and was not saved again.
      const id = entry.removed ?? entry.record.id;
      if (records.length + removed.size >= MOST_AT_ONCE || removed.has(id)) return batch;
      this.#queue.shift();
      if (entry.removed === undefined) records.push(entry.record);
      else removed.add(id);
      if (entry.commit !== undefined) commits.push(entry.commit);
    }
    if (this.#isTheirTurn) this.#addUnsaved(batch);
    return batch;
  }

  #addUnsaved({ records, removed }: Batch): void {
    // They have another turn at once if there is nothing else to do.
    this.#isTheirTurn = this.#isQuiet();
    this.#lastTurn = performance.now();
    let room = MOST_AT_ONCE;
    for (const handle of this.#unsaved) {
      if (--room < 0 || removed.has(handle.id)) break;
      this.#unsaved.delete(handle);
      records.push(recordOf(handle, handle.code, undefined, this));
    }
  }

  #break(cause: unknown, commits: readonly Commit[]): void {
    const error = this.#broken = asCheckpointError(cause, "save");
    this.#unsaved.clear();
    this.#unschedule();
    const waiting = [...this.#queue].flatMap(({ commit }) => commit ?? []);
    this.#queue.filter(() => false);
    for (const { publish, handle } of [...commits, ...waiting]) publish(handle, FAILED, lossOf(handle, error));
    this.#hooks.broken(error);
  }

  async #close(): Promise<void> {
    this.retire();
    const wasTold = this.#isTold;
    const errors: unknown[] = [];
    await this.flush().catch((error) => errors.push(error));
    this.#unschedule();
    this.#phase = "closed";
    try {
      await this.#checkpointer[Symbol.asyncDispose]();
    } catch (error) {
      errors.push(asCheckpointError(error, "be closed"));
    }
    // The first one is what the others come from.
    if (errors.length > 0 && !wasTold) throw errors[0];
  }
}

/** Whatever is wrong with one end, the others are published, too. */
function publishSaved({ publish, handle, code, outcome }: Commit): void {
  try {
    publish(handle, code, outcome);
  } catch (error) {
    reportError(error);
  }
}
