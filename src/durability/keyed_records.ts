/**
 * Records of tasks whose handles are no longer in memory: those of tasks with a key are read once the key is submitted
 * again, and those of what a body had submitted before that body runs again.
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
  /** Called with what a body had submitted, and what has completed or was skipped, before that body runs again. */
  recalled(record: TaskRecord): void;
  /** Called once the record of a task was read, whatever came of it. */
  released(handle: Handle): void;
}

/** The tasks whose bodies run again, and when what these had submitted has been read: all of it in one pass. */
interface Recalling {
  readonly ids: Set<string>;
  readonly done: Promise<void>;
}

/** Knows which tasks with a key are only on record, and reads the records of tasks that are not in memory. */
export class KeyedRecords {
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  readonly #host: KeyedRecordsHost;
  readonly #ids = new Set<string>();
  /** Tasks whose record is being read, all of them in one pass. */
  #reading: Map<string, Handle> | undefined;
  #recalling: Recalling | undefined;

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

  /** Reads what the body of a task had submitted in this run, and what those submitted in turn, as it runs again. */
  recall(id: string): Promise<void> {
    if (this.#recalling === undefined) {
      const ids = new Set<string>();
      this.#recalling = { ids, done: this.#recallAll(ids) };
    }
    this.#recalling.ids.add(id);
    return this.#recalling.done;
  }

  /** What has completed is found by the bodies that had submitted it; what has not may have submitted what has. */
  async #recallAll(ids: Set<string>): Promise<void> {
    try {
      await this.#host.flush();
      this.#recalling = undefined;
      const inScopes = new Map<string, TaskRecord[]>();
      for await (const found of this.#checkpointer.load()) {
        const record = checkLoaded(found);
        if (record.parent === undefined) continue;
        const siblings = inScopes.get(record.parent);
        if (siblings === undefined) inScopes.set(record.parent, [record]);
        else siblings.push(record);
      }
      for (const scope of ids) { // records may come from anywhere, and form a circle
        for (const record of inScopes.get(scope) ?? []) {
          if (isOver(record)) this.#host.recalled(record);
          else ids.add(record.id);
        }
      }
    } catch (error) {
      this.#recalling = undefined;
      this.#logger.error(`Cannot read what is on record: ${describeError(error)}`);
    }
  }
}

/** Whether a record ends its task, which may be tried again: then it runs, if it has not completed. */
function isEndOf({ details }: Handle, record: TaskRecord): boolean {
  return details!.round === 0 ? isTerminal(codeOf(record)) : isOver(record);
}
