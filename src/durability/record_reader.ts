/**
 * Records that are no longer in memory: they are read once they are asked for.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import type { Logger } from "../core/logger.ts";
import { checkLoaded } from "../stores/record_check.ts";

/** What is asked for, and what was found of it: all of it in one pass. */
interface Batch {
  readonly ids: Set<string>;
  readonly found: Promise<ReadonlyMap<string, TaskRecord>>;
}

/** Reads records by their ids. */
export class RecordReader {
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  readonly #flush: () => Promise<void>;
  /** What is read next. */
  #batch: Batch | undefined;

  /** @param flush Saves all that is not saved. */
  constructor(checkpointer: Checkpointer, logger: Logger, flush: () => Promise<void>) {
    this.#checkpointer = checkpointer;
    this.#logger = logger;
    this.#flush = flush;
  }

  /** The records of those ids that there are, by id, and maybe others; none, which is logged, if they cannot be read. */
  find(ids: Iterable<string>): Promise<ReadonlyMap<string, TaskRecord>> {
    if (this.#batch === undefined) {
      const asked = new Set<string>();
      this.#batch = { ids: asked, found: this.#read(asked) };
    }
    for (const id of ids) this.#batch.ids.add(id);
    return this.#batch.found;
  }

  async #read(ids: Set<string>): Promise<ReadonlyMap<string, TaskRecord>> {
    const found = new Map<string, TaskRecord>();
    try {
      await this.#flush().finally(() => this.#batch = undefined);
      const records = this.#checkpointer.find?.([...ids]) ?? this.#checkpointer.load();
      for await (const each of records) {
        const record = checkLoaded(each);
        if (ids.has(record.id)) found.set(record.id, record);
      }
    } catch (error) {
      this.#logger.error(`Cannot read what is on record: ${describeError(error)}`);
      found.clear();
    }
    return found;
  }
}
