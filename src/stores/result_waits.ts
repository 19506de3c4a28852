/**
 * Waiting for the ends of tasks that another program runs.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { abortSignal, nonEmptyString, refuseUnknown } from "../core/checks.ts";
import { CheckpointError } from "../core/errors.ts";
import { onAbort } from "../core/on_abort.ts";
import { hasEnded, outcomeOf, unknownTaskError } from "./submission.ts";

/** Where the tasks are. */
export interface Awaiting {
  /** The checkpoint, for a sentence. */
  readonly where: string;
  /** The records of tasks, as far as there are such. */
  find(ids: readonly string[]): Promise<TaskRecord[]>;
  /**
   * Calls a function whenever tasks may have ended.
   *
   * @returns A function that ends that.
   */
  listen(heard: () => void): () => Promise<void>;
}

type Wait = PromiseWithResolvers<unknown>;

/** Options of a wait. */
interface ResultOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The waits of one client. All of them together ask once for what has ended. */
export class ResultWaits {
  readonly #awaiting: Awaiting;
  readonly #waits = new Map<string, Set<Wait>>();
  #stopListening: (() => Promise<void>) | undefined;
  #looking: Promise<void> | undefined;
  #isToLookAgain = false;
  #isClosed = false;

  constructor(awaiting: Awaiting) {
    this.#awaiting = awaiting;
  }

  /**
   * Waits for the end of a task: what `result()` of a client does.
   *
   * @throws What it failed with, or the reason of the signal.
   * @throws {TypeError} If the id or an option is of a wrong kind.
   * @throws {CheckpointError} If the client was disposed of.
   */
  async wait(id: string, options: ResultOptions): Promise<unknown> {
    nonEmptyString(id, "The id of result()");
    refuseUnknown(options, ["signal"], "of result()");
    const { signal } = options;
    if (signal !== undefined) abortSignal(signal, "signal of result()");
    signal?.throwIfAborted();
    this.refuseClosed();
    const wait: Wait = Promise.withResolvers();
    const others = this.#waits.get(id);
    if (others === undefined) this.#waits.set(id, new Set([wait]));
    else others.add(wait);
    this.#stopListening ??= this.#awaiting.listen(() => void this.#look());
    void this.#look();
    const ignore = signal === undefined ? () => {} : onAbort(signal, () => wait.reject(signal.reason));
    try {
      return await wait.promise;
    } finally {
      ignore();
      const left = this.#waits.get(id);
      left?.delete(wait);
      if (left?.size === 0) this.#waits.delete(id);
      if (this.#waits.size === 0) await this.#rest();
    }
  }

  /**
   * Nothing is done any more once the client was disposed of: what it would open would stay open.
   *
   * @throws {CheckpointError} If it was.
   */
  refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new CheckpointError("The client was disposed of: use it before, or make another one", {
      reason: "unavailable",
    });
  }

  /** Ends all waits, for good. */
  close(): void {
    this.#isClosed = true;
    const error = new CheckpointError("The client was disposed of while it waited for a result");
    for (const wait of [...this.#waits.values()].flatMap((each) => [...each])) wait.reject(error);
  }

  async #rest(): Promise<void> {
    const stop = this.#stopListening;
    this.#stopListening = undefined;
    await stop?.();
  }

  #look(): Promise<void> {
    this.#isToLookAgain = true;
    return this.#looking ??= this.#lookAll().finally(() => this.#looking = undefined);
  }

  async #lookAll(): Promise<void> {
    while (this.#isToLookAgain && this.#waits.size > 0) {
      this.#isToLookAgain = false;
      const ids = [...this.#waits.keys()];
      try {
        const records = new Map((await this.#awaiting.find(ids)).map((record) => [record.id, record]));
        for (const id of ids) this.#tell(id, records.get(id));
      } catch (error) {
        for (const id of ids) this.#settle(id, ({ reject }) => reject(error));
      }
    }
  }

  #tell(id: string, record: TaskRecord | undefined): void {
    if (record !== undefined && !hasEnded(record)) return;
    this.#settle(id, ({ resolve, reject }) => {
      if (record === undefined) return reject(unknownTaskError(id, this.#awaiting.where));
      try {
        resolve(outcomeOf(record));
      } catch (error) {
        reject(error);
      }
    });
  }

  #settle(id: string, settle: (wait: Wait) => void): void {
    for (const wait of this.#waits.get(id) ?? []) settle(wait);
    this.#waits.delete(id);
  }
}
