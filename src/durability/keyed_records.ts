/**
 * Records of tasks with a key whose handles are no longer in memory: they are read once the key is submitted again.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { isTerminal } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import { codeOf, isOver } from "./earlier_run.ts";
import type { RecordReader } from "./record_reader.ts";
import { stateOf } from "./task_state.ts";

/** Knows which tasks with a key are only on record, and reads their records. */
export class KeyedRecords {
  readonly #reader: RecordReader;
  readonly #released: (handle: Handle) => void;
  readonly #ids = new Set<string>();

  /** @param released Called once the record of a task was read, whatever came of it. */
  constructor(reader: RecordReader, released: (handle: Handle) => void) {
    this.#reader = reader;
    this.#released = released;
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
  async read(handle: Handle): Promise<void> {
    const record = (await this.#reader.find([handle.id])).get(handle.id);
    if (handle.done) return; // it was cancelled meanwhile
    const state = stateOf(handle);
    if (record !== undefined && isEndOf(handle, record)) state.candidate = record;
    state.isToBeRead = false;
    this.#released(handle);
  }
}

/** Whether a record ends its task, which may be tried again: then it runs, if it has not completed. */
function isEndOf({ details }: Handle, record: TaskRecord): boolean {
  return details!.round === 0 ? isTerminal(codeOf(record)) : isOver(record);
}
