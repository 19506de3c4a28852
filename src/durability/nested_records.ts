/**
 * Records of what a body had submitted, and that is no longer in memory: they are read before that body runs again.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import type { Logger } from "../core/logger.ts";
import { checkLoaded } from "../stores/record_check.ts";
import { isOver } from "./earlier_run.ts";

/** What reading them needs of others. */
export interface NestedRecordsHost {
  /** Saves all that is not saved. */
  flush(): Promise<void>;
  /** Called with what a body had submitted, and what has completed or was skipped, before that body runs again. */
  recalled(record: TaskRecord): void;
}

/** The tasks whose bodies run again, and when what these had submitted has been read: all of it in one pass. */
interface Recalling {
  readonly ids: Set<string>;
  readonly done: Promise<void>;
}

/** Reads what bodies had submitted. */
export class NestedRecords {
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  readonly #host: NestedRecordsHost;
  #recalling: Recalling | undefined;

  constructor(checkpointer: Checkpointer, logger: Logger, host: NestedRecordsHost) {
    this.#checkpointer = checkpointer;
    this.#logger = logger;
    this.#host = host;
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
