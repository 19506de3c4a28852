/**
 * Records of tasks with a key whose handles are no longer in memory: they are read once the key is submitted again.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import type { Logger } from "../core/logger.ts";
import { isTerminal } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import { checkLoaded } from "../stores/record_check.ts";
import { codeOf, isOver } from "./earlier_run.ts";
import { stateOf } from "./task_state.ts";

/** What reading them needs of others. */
export interface KeyedRecordsHost {
  /** Saves all that is not saved. */
  flush(): Promise<void>;
  /** Called once the record of a task was read, whatever came of it. */
  released(handle: Handle): void;
}

/** Knows which tasks with a key are only on record, and reads their records. */
export class KeyedRecords {
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  readonly #host: KeyedRecordsHost;
  readonly #ids = new Set<string>();
  /** Tasks whose record is being read, all of them in one pass. */
  #reading: Map<string, Handle> | undefined;

  constructor(checkpointer: Checkpointer, logger: Logger, host: KeyedRecordsHost) {
    this.#checkpointer = checkpointer;
    this.#logger = logger;
    this.#host = host;
  }

  /** Notes the id of a finished task with a key whose handle the engine has released. */
  add(id: string): void {
    this.#ids.add(id);
  }

  /** Whether an id was noted; it is forgotten by this call. */
  take(id: string): boolean {
    return this.#ids.delete(id);
  }

  /** Reads the record of a task, and makes it its candidate: a key stands for its task in this run, however that ended. */
  read(handle: Handle): void {
    if (this.#reading === undefined) {
      this.#reading = new Map();
      queueMicrotask(() => this.#readAll());
    }
    this.#reading.set(handle.id, handle);
  }

  async #readAll(): Promise<void> {
    const wanted = this.#reading ?? new Map<string, Handle>();
    try {
      await this.#host.flush();
      this.#reading = undefined;
      for await (const found of this.#checkpointer.load()) {
        const record = checkLoaded(found);
        const handle = wanted.get(record.id);
        if (handle !== undefined && !handle.done && isEndOf(handle, record)) stateOf(handle).candidate = record;
      }
    } catch (error) {
      this.#logger.error(`Cannot read what is on record: ${describeError(error)}`);
    }
    for (const handle of wanted.values()) {
      if (handle.done) continue; // it was cancelled meanwhile
      stateOf(handle).isToBeRead = false;
      this.#host.released(handle);
    }
  }
}

/** Whether a record ends its task, which may be tried again: then it runs, if it has not completed. */
function isEndOf({ details }: Handle, record: TaskRecord): boolean {
  return details!.round === 0 ? isTerminal(codeOf(record)) : isOver(record);
}
