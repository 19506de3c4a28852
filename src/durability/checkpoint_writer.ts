/**
 * What a runner's checkpointer is told, and when.
 *
 * @module
 */

import type { Checkpointer, CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { CheckpointError } from "../core/errors.ts";
import { runDetached } from "../core/run_detached.ts";
import { CANCELLED, COMPLETED, FAILED, isTerminal, type StatusCode } from "../core/status.ts";
import type { Publish } from "../engine/durability.ts";
import { type Handle, sinceStart } from "../engine/handle.ts";
import { checkLoaded } from "../stores/record_check.ts";
import { asCheckpointError, unsavableError, unsavedError } from "./checkpoint_errors.ts";
import { type EncodableRecord, type RecordContext, recordOf } from "./record.ts";
import {
  type Batch,
  type Commit,
  type Entry,
  entryOf,
  type SaveCallback,
  type SaveEntry,
  SaveQueue,
} from "./save_queue.ts";
import { SaveSchedule } from "./save_schedule.ts";
import { stateOf } from "./task_state.ts";

/**
 * How often unfinished tasks are saved while bodies end all the time, in milliseconds: most of them finish sooner, and
 * are then saved once and not twice.
 */
const UNFINISHED_INTERVAL_MS = 50;

/** Who is told how the writer fares. */
export interface WriterListener {
  /** Whether a slice of tasks has ended, and the next one follows soon. */
  isBetweenSlices(): boolean;
  /** What another run has left has been deleted. */
  begun(): void;
  /** A record of a task was saved. */
  saved(handle: Handle, record: TaskRecord): void;
  /** A task cannot be saved as it was submitted. */
  refused(handle: Handle, error: CheckpointError): void;
  /** Called once: nothing more can be saved; by then the tasks concerned have failed. */
  broken(error: CheckpointError): void;
}

/**
 * What is saved.
 *
 * - `open`: everything that happens.
 * - `frozen`: only the outcomes of bodies.
 * - `closed`: nothing.
 */
export type Phase = "open" | "frozen" | "closed";

/** Each phase, and where an event leads; events that are not listed change nothing. */
export const PHASES: Readonly<Record<Phase, Partial<Record<"freeze" | "close", Phase>>>> = {
  open: { freeze: "frozen" },
  frozen: { close: "closed" },
  closed: {},
};

/**
 * Saves the states of tasks. One call of `save()` is under way at a time; what comes meanwhile goes with the next one.
 *
 * What a body returned or threw is saved before anything can see it, unless there is an interval. What the engine decides
 * by itself (to cancel, to skip) is seen at once and saved soon, as it would be decided again.
 *
 * Unfinished tasks are saved when a turn of the event loop passes in which no body ends, other than between two slices. While bodies end all the time,
 * some of them are saved now and then: a run of many small tasks would otherwise save each of them twice.
 */
export class CheckpointWriter {
  readonly codec: CodecName;
  readonly #checkpointer: Checkpointer;
  readonly #times: SaveSchedule;
  readonly #listener: WriterListener;
  #epoch = 0;
  /** Whether the records in the checkpoint are of this run, or of one that it continues. */
  #hasBegun = false;
  readonly #queue = new SaveQueue();
  /** Whether unfinished tasks are to be saved with the next batch. */
  #includeUnfinished = false;
  /** When some of them were saved last. */
  #lastUnfinished = performance.now();
  /** Whether bodies have ended since the last save was scheduled, or something waits for it. */
  #isBusy = false;
  /** Whether what is to be saved does not wait for the interval. */
  #isUrgent = false;
  #saving: Promise<void> | undefined;
  #broken: CheckpointError | undefined;
  /** Whether a caller was told that it is broken. */
  #isAcknowledged = false;
  #phase: Phase = "open";
  #closing: Promise<void> | undefined;

  /** @param interval Milliseconds between saves; 0 to save before anything is seen. */
  constructor(checkpointer: Checkpointer, interval: number, listener: WriterListener) {
    this.codec = checkpointer.codec;
    this.#checkpointer = checkpointer;
    this.#times = new SaveSchedule(interval, () => void this.#save());
    this.#listener = listener;
  }

  /** Why nothing more can be saved, if that is so. */
  get broken(): CheckpointError | undefined {
    return this.#broken;
  }

  get isOpen(): boolean {
    return this.#phase === "open" && this.#broken === undefined;
  }

  /** Whether the records in the checkpoint are of this run, or of one that it continues. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** @param epoch Milliseconds since the epoch that the times of handles count from. */
  countFrom(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Continues with what is in the checkpoint. Otherwise it is deleted before anything is saved: it is of another run. */
  resume(): void {
    this.#hasBegun = true;
  }

  /** Notes an unfinished task that is new, or was changed. */
  trackUnfinished(handle: Handle): void {
    // One whose outcome is being saved must not be saved as unfinished after that.
    if (!this.isOpen || isTerminal(handle.code)) return;
    const state = stateOf(handle);
    if (state.isEnding || state.isOnRecord) return;
    this.#queue.track(handle);
    this.#schedule();
  }

  /**
   * Saves an unfinished task as it is now.
   *
   * @throws {CheckpointError} If that cannot be done.
   */
  saveNow(handle: Handle): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#phase !== "open") return this.flush();
    this.#queue.untrack(handle);
    this.#isBusy = true; // who waits for this does not wait for other unfinished tasks
    return this.#pushed((done) => this.#asItIs(handle, done));
  }

  /**
   * Saves what the body of a task has submitted, as that body has ended, and all that happened before; `undefined` if it has
   * submitted nothing.
   *
   * @throws {CheckpointError} If that cannot be done.
   */
  saveSubmitted(parent: Handle): Promise<void> | undefined {
    if (stateOf(parent).children === undefined) return undefined;
    if (this.isOpen) this.#saveChildren(parent);
    return this.saveNow(parent);
  }

  /** Saves what a body returned or threw, and publishes it afterwards, or at once if there is an interval. */
  recordEnd(handle: Handle, code: StatusCode, outcome: unknown, publish: Publish): void {
    if (this.#phase === "closed") return; // the program is ending
    handle.finishedMs ??= sinceStart(handle.owner);
    if (this.#broken !== undefined) return publish(handle, FAILED, unsavedError(handle, this.#broken));
    this.#recordEnd(handle, { code, outcome, publish });
  }

  /** Saves a task that the engine has ended. */
  recordDecision(handle: Handle): void {
    if (!this.isOpen) return;
    const { code } = handle;
    // Reading the error of a cancelled task would make it.
    const outcome = code === CANCELLED ? undefined : code === COMPLETED ? handle.outcome : handle.error;
    this.#queue.untrack(handle);
    this.#push(entryOf(recordOf(handle, code, outcome, this.#context), handle));
  }

  /**
   * Saves a record that is not of a task, without delay.
   *
   * @throws {CheckpointError} If that cannot be done.
   */
  save(record: TaskRecord, encoding: ValueEncoding | undefined): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#phase === "closed") return Promise.reject(new CheckpointError("The checkpointer has been closed"));
    return this.#pushed((done) => ({ record, encoding, done }));
  }

  /** Saves a record that is not of a task. */
  put(record: TaskRecord): void {
    this.#push({ record });
  }

  /** Deletes a record, once everything that is known now is saved. */
  delete(id: string): void {
    this.#push({ deleted: id });
  }

  /**
   * Leaves tasks in the checkpoint as they are now, whatever the engine still decides; outcomes of bodies are still saved.
   *
   * @param unfinished All unfinished tasks.
   */
  freeze(unfinished: Iterable<Handle>): void {
    const next = PHASES[this.#phase].freeze;
    if (next === undefined) return;
    this.#phase = next;
    for (const handle of unfinished) {
      const state = stateOf(handle);
      if (state.isEnding || state.isOnRecord) continue;
      this.#push(this.#asItIs(handle));
    }
    this.#queue.untrackAll();
  }

  /**
   * Saves all that is not saved.
   *
   * @throws {CheckpointError} If that cannot be done.
   */
  async flush(): Promise<void> {
    await this.idle();
    this.check();
  }

  /** Saves all that is not saved, or finds out that it cannot. */
  async idle(): Promise<void> {
    while (this.#saving !== undefined || !this.#queue.isEmpty) {
      this.#includeUnfinished = true;
      await (this.#saving ?? this.#save());
    }
  }

  /**
   * Makes sure that everything could be saved so far.
   *
   * @throws {CheckpointError} If it could not.
   */
  check(): void {
    if (this.#broken === undefined) return;
    this.#isAcknowledged = true;
    throw this.#broken;
  }

  /** Saves nothing more, as the checkpoint cannot be used any more. */
  fail(cause: unknown): void {
    if (this.#broken === undefined && this.#phase !== "closed") this.#break(cause, []);
  }

  /** Notes that a caller knows that it is broken. */
  acknowledge(): void {
    this.#isAcknowledged = true;
  }

  /**
   * Saves what can be saved, and closes the checkpointer. Any number of calls do it once.
   *
   * @throws {CheckpointError} If something could not be saved and no caller was told, or the checkpointer cannot be closed.
   */
  close(unfinished: Iterable<Handle>): Promise<void> {
    return this.#closing ??= this.#close(unfinished);
  }

  get #context(): RecordContext {
    return { codec: this.codec, epoch: this.#epoch, isEnding: this.#phase !== "open" };
  }

  /** An unfinished task as it is now. */
  #asItIs(handle: Handle, done?: SaveCallback): SaveEntry {
    return entryOf(recordOf(handle, handle.code, undefined, this.#context), handle, undefined, done);
  }

  #recordEnd(handle: Handle, commit: Commit): void {
    const { code, outcome, publish } = commit;
    let encodable: EncodableRecord;
    try {
      encodable = recordOf(handle, code, outcome, this.#context);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return this.#recordEnd(handle, { code: FAILED, outcome: unsavableError(handle, error.message), publish });
    }
    this.#queue.untrack(handle);
    this.#saveChildren(handle);
    this.#isBusy = true;
    stateOf(handle).isEnding = true;
    handle.ensureDetails().decided = "by its body";
    if (this.#times.interval === 0) return this.#push(entryOf(encodable, handle, commit));
    this.#push(entryOf(encodable, handle));
    publish(handle, code, outcome);
  }

  /** What a body has submitted is saved no later than its end: in the next run, it will not be there to do so again. */
  #saveChildren(parent: Handle): void {
    for (const handle of stateOf(parent).children ?? []) {
      const state = stateOf(handle);
      if (state.isEnding) continue;
      state.isDetached = true;
      this.#queue.untrack(handle);
      if (state.isOnRecord) continue; // it is on record as it is
      this.#push(this.#asItIs(handle));
    }
  }

  /** Saves an entry without delay; settles once it is saved, or cannot be. */
  #pushed(make: (done: SaveCallback) => SaveEntry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#push(make((error) => error === undefined ? resolve() : reject(error)), true);
    return promise;
  }

  #push(entry: Entry, isUrgent = false): void {
    if (this.#broken !== undefined || this.#phase === "closed") return;
    this.#queue.push(entry);
    this.#isUrgent ||= isUrgent;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#hasBegun) this.#times.request(this.#isUrgent);
    else if (this.#saving === undefined) runDetached(() => void this.#save());
  }

  #save(): Promise<void> {
    this.#times.begin();
    this.#includeUnfinished ||= this.#wasQuiet();
    return this.#saving ??= (this.#hasBegun ? this.#saveAll() : this.#begin()).finally(() => {
      this.#saving = undefined;
      this.#times.end();
      this.#includeUnfinished = false;
      if (!this.#queue.isEmpty) this.#schedule();
    });
  }

  /** Deletes what another run has left. */
  async #begin(): Promise<void> {
    try {
      const ids = await Array.fromAsync(this.#checkpointer.load(), (found) => checkLoaded(found).id);
      if (ids.length > 0) await this.#checkpointer.delete(ids);
    } catch (error) {
      return this.#break(asCheckpointError(error, "be emptied"), []);
    }
    this.#hasBegun = true;
    this.#listener.begun();
  }

  /** Whether no body has ended since this was asked last, so that there is time for unfinished tasks. */
  #wasQuiet(): boolean {
    const wasQuiet = this.#times.interval > 0 || !(this.#isBusy || this.#listener.isBetweenSlices());
    this.#isBusy = false;
    return wasQuiet;
  }

  /** With an interval, what comes meanwhile waits for the next one. */
  async #saveAll(): Promise<void> {
    this.#isUrgent = false;
    let left = this.#times.interval > 0 ? this.#queue.size : Infinity;
    while (left > 0) {
      if (!this.#includeUnfinished && performance.now() - this.#lastUnfinished >= UNFINISHED_INTERVAL_MS) {
        this.#includeUnfinished = this.#isBusy = true;
      }
      if (!this.#queue.hasMore(this.#includeUnfinished)) return;
      const { entries, deleted } = this.#nextBatch();
      left -= entries.length + deleted.size;
      try {
        await this.#saveEntries(entries);
        if (deleted.size > 0) await this.#checkpointer.delete([...deleted]);
      } catch (error) {
        return this.#break(error, entries);
      }
    }
  }

  /** Saves records, but for those that the checkpointer says it cannot keep, which cost their own tasks only. */
  async #saveEntries(entries: SaveEntry[]): Promise<void> {
    while (entries.length > 0) {
      try {
        const records = entries.map(({ record }) => record);
        await this.#checkpointer.save(records, entries.map(({ encoding }) => encoding));
      } catch (error) {
        const unsavable = error instanceof CheckpointError ? unsavableIn(entries, error) : [];
        if (unsavable.length === 0 || unsavable.some(isIndispensable)) throw error;
        for (const entry of unsavable) {
          entries.splice(entries.indexOf(entry), 1);
          this.#refuse(entry, error as CheckpointError);
        }
        continue;
      }
      for (const entry of entries.splice(0)) this.#saved(entry);
    }
  }

  #saved({ record, handle, commit, done }: SaveEntry): void {
    const state = handle && stateOf(handle);
    if (handle !== undefined && commit !== undefined && state?.hasNewAliases) {
      state.hasNewAliases = false;
      return this.#recordEnd(handle, commit); // what came meanwhile is saved before the outcome is published
    }
    try {
      if (handle !== undefined) this.#listener.saved(handle, record);
      done?.();
      if (handle !== undefined) commit?.publish(handle, commit.code, commit.outcome);
    } catch (error) {
      reportError(error); // whatever is wrong with one task, the others are published, too
    }
  }

  /** A record that the checkpointer cannot keep: its task fails, and is saved without what it was submitted with. */
  #refuse({ handle, commit, done }: SaveEntry, error: CheckpointError): void {
    done?.(error);
    if (handle === undefined) return;
    const state = stateOf(handle);
    state.inputs = undefined;
    state.isRefused = true;
    if (commit === undefined) return this.#listener.refused(handle, error);
    this.#recordEnd(handle, { code: FAILED, outcome: unsavedError(handle, error), publish: commit.publish });
  }

  #nextBatch(): Batch {
    const batch = this.#queue.nextBatch(this.#includeUnfinished ? (handle) => this.#asItIs(handle) : undefined);
    if (!batch.hasUnfinished) return batch;
    // More of them follow at once if there is nothing else to do.
    this.#includeUnfinished = this.#wasQuiet();
    this.#lastUnfinished = performance.now();
    return batch;
  }

  #break(cause: unknown, entries: readonly SaveEntry[]): void {
    const wasBroken = this.#broken !== undefined;
    const error = this.#broken ??= asCheckpointError(cause, "save");
    this.#times.cancel();
    const waiting = [...entries, ...this.#queue.drop()];
    for (const entry of waiting) {
      if (entry.record === undefined) continue;
      entry.done?.(error);
      const { handle, commit } = entry;
      if (handle !== undefined) commit?.publish(handle, FAILED, unsavedError(handle, error));
    }
    if (!wasBroken) this.#listener.broken(error);
  }

  async #close(unfinished: Iterable<Handle>): Promise<void> {
    this.freeze(unfinished);
    const wasAcknowledged = this.#isAcknowledged;
    const errors: unknown[] = [];
    await this.flush().catch((error) => errors.push(error));
    this.#times.cancel();
    this.#phase = PHASES[this.#phase].close ?? this.#phase;
    try {
      await this.#checkpointer[Symbol.asyncDispose]();
    } catch (error) {
      errors.push(asCheckpointError(error, "be closed"));
    }
    // The others follow from the first one.
    if (errors.length > 0 && !wasAcknowledged) throw errors[0];
  }
}

/** Whether a checkpointer that refuses an entry is of no use: that a task has failed, or a record of the engine's own. */
function isIndispensable({ handle, done }: SaveEntry): boolean {
  return handle === undefined ? done === undefined : stateOf(handle).isRefused;
}

/** The entries that a checkpointer says it cannot keep. */
function unsavableIn(entries: readonly SaveEntry[], { unsavable }: CheckpointError): SaveEntry[] {
  if (unsavable === undefined) return [];
  const ids = new Set(unsavable);
  return entries.filter(({ record }) => ids.has(record.id));
}
