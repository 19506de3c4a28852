/**
 * The tasks of a checkpoint.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { type ErrorForm, thrownForm } from "../../observe/api/json_form.ts";
import type { AttemptView, TaskDetails, TaskView } from "../../observe/api/task_view.ts";
import {
  detailsOfRecord,
  failedByDependency,
  historyOfRecord,
  isTaskRecord,
  reasonOf,
  type Records,
  viewOfRecord,
  whyOf,
} from "../../observe/api/view_of_record.ts";
import type { StateSource, StateTask } from "./snapshot.ts";
import type { Source } from "./source.ts";

/** A checkpoint as a source of tasks. */
export function recorded({ name, read, version }: Source): StateSource {
  return {
    name,
    isLive: false,
    version,
    async read() {
      const all: TaskRecord[] = [];
      let others = 0;
      for await (const record of read()) {
        if (isTaskRecord(record)) all.push(record);
        else others++;
      }
      all.sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
      const records = new Map(all.map((record) => [record.id, record]));
      return { tasks: new Map(all.map((record) => [record.id, new RecordedTask(record, records)])), others };
    },
  };
}

class RecordedTask implements StateTask {
  readonly #record: TaskRecord;
  readonly #records: Records;
  readonly view: TaskView;

  constructor(record: TaskRecord, records: Records) {
    this.#record = record;
    this.#records = records;
    this.view = viewOfRecord(record);
  }

  get key(): string | undefined {
    return this.#record.key;
  }

  get why(): string {
    return whyOf(this.#record, this.#records);
  }

  get reason(): string {
    return reasonOf(this.#record, this.#records);
  }

  get dependsOn(): readonly string[] {
    return this.#record.dependsOn;
  }

  get history(): readonly AttemptView[] {
    return historyOfRecord(this.#record);
  }

  get error(): ErrorForm | undefined {
    return this.#record.error && thrownForm(this.#record.error);
  }

  get isConsequence(): boolean {
    return failedByDependency(this.#record);
  }

  get facts(): StateTask["facts"] {
    const { module, definedAs, name, version, key, dedupKey, options } = this.#record;
    return {
      task: [module, definedAs ?? name].filter((each) => each !== undefined).join(" "),
      version,
      key,
      "dedup key": dedupKey,
      options: options && JSON.stringify(options),
    };
  }

  details(): Promise<TaskDetails> {
    return Promise.resolve(detailsOfRecord(this.#record, this.#records));
  }
}
