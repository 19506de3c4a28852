/**
 * A checkpoint as what a dashboard shows, also of a program that is dead.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { messageOf } from "../../core/describe.ts";
import type { ThrownEnvelope } from "../../core/error_envelope.ts";
import { type StatusCode, STATUSES } from "../../core/status.ts";
import { describeThrown, isTaskRecord, type Records } from "../../observe/api/view_of_record.ts";
import { readCheckpoint, type ReadCheckpointOptions } from "../../stores/read_checkpoint.ts";
import type { RunView, Summary } from "./messages.ts";
import { pastRuns } from "./past_runs.ts";
import type { SourceListener, TaskSource } from "./source.ts";
import { type AttemptSpan, cut, type TaskRow } from "./task_row.ts";

/** How often it is read while a page shows it, in milliseconds. */
const READ_MS = 2_000;
const MAX_ERROR = 240;

/** Records that can be read again and again: those of a checkpoint, wherever it is. */
export interface RecordSource {
  /** What it is called. */
  readonly name: string;
  /**
   * Reads all records.
   *
   * @returns The records, in any order.
   */
  read(): AsyncIterable<TaskRecord>;
  /**
   * Tells whether it is worth it to read them again. Default: it always is.
   *
   * @returns A string that is another one whenever something has changed; `undefined` where only reading tells.
   */
  version?(): string | undefined;
}

/** A record, and its place. */
export interface RecordTask {
  readonly seq: number;
  readonly record: TaskRecord;
  readonly dependsOn: readonly number[];
  readonly parent: number | undefined;
}

/** Reads a checkpoint from time to time, while there is a page that shows it. */
export class CheckpointSource implements TaskSource<RecordTask>, Disposable {
  readonly #from: RecordSource;
  readonly #listeners = new Set<SourceListener<RecordTask>>();
  readonly title: string;
  #tasks: readonly RecordTask[] = [];
  #records: Records | undefined;
  #revision = "";
  #problem: string | undefined;
  /** That of the source when it was read. */
  #version: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastChange: number | undefined;
  #reading: Promise<void> | undefined;

  constructor(from: RecordSource) {
    this.#from = from;
    this.title = from.name;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  tasks(): readonly RecordTask[] {
    return this.#tasks;
  }

  /** The records of the tasks, by id. */
  get records(): Records {
    return this.#records ??= new Map(this.#tasks.map(({ record }) => [record.id, record]));
  }

  row({ seq, record, dependsOn, parent }: RecordTask): TaskRow {
    const { id, name, status, attempts, label, tags = [], submittedAt, startedAt, finishedAt, retryAt, error } = record;
    return {
      seq,
      id,
      name,
      status: STATUSES.indexOf(status) as StatusCode,
      attempts,
      dependsOn,
      parent,
      label: cut(label, MAX_ERROR),
      tags,
      pool: "on record",
      worker: undefined,
      submittedAt,
      readyAt: undefined,
      startedAt,
      finishedAt,
      retryAt,
      progress: 0,
      message: undefined,
      reused: false,
      error: error === undefined ? undefined : cut(inShort(error), MAX_ERROR),
      spans: spansOf(record),
    };
  }

  watch(listener: SourceListener<RecordTask>): Disposable {
    this.#listeners.add(listener);
    this.#plan();
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) clearTimeout(this.#timer);
      },
    };
  }

  summary(): Summary {
    const [lastChange, title] = [this.#lastChange, this.title];
    return { title, open: false, onRecord: true, lastChange, problem: this.#problem, workers: [], runs: [] };
  }

  /** The program that only shows a checkpoint does nothing else. */
  get isAtRest(): boolean {
    return false;
  }

  get revision(): string {
    return this.#revision;
  }

  /** Runs, as far as records tell. */
  pastRuns(): RunView[] {
    return pastRuns(
      this.#tasks.flatMap(({ record: { status, startedAt, finishedAt } }) =>
        finishedAt === undefined ? [] : { status, startedAt, finishedAt }
      ),
    );
  }

  /** Reads it, if it is not being read. */
  read(): Promise<void> {
    return this.#reading ??= this.#read().finally(() => this.#reading = undefined);
  }

  #plan(): void {
    clearTimeout(this.#timer);
    void this.read().then(() => {
      if (this.#listeners.size === 0) return;
      this.#timer = setTimeout(() => this.#plan(), READ_MS);
    });
  }

  async #read(): Promise<void> {
    try {
      const version = this.#from.version?.();
      if (version !== undefined && version === this.#version) return;
      const records = (await Array.fromAsync(this.#from.read())).filter(isTaskRecord)
        .sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
      const revision = revisionOf(records);
      this.#problem = undefined;
      this.#version = version;
      if (revision === this.#revision) return;
      this.#revision = revision;
      this.#tasks = linked(records);
      this.#lastChange = lastChangeOf(records);
      this.#records = undefined;
    } catch (error) {
      const problem = messageOf(error);
      if (this.#problem === problem) return;
      this.#problem = problem;
    }
    for (const listener of this.#listeners) listener.reset();
  }
}

/** A file, or Deno KV, as records that can be read again and again. */
export function recordsAt(place: string | URL | ReadCheckpointOptions): RecordSource {
  readCheckpoint(place); // it is read when it is iterated over: this says what is wrong with the options
  return { name: titleOf(place), read: () => readCheckpoint(place) };
}

function titleOf(from: string | URL | ReadCheckpointOptions): string {
  const path = typeof from === "string" || from instanceof URL ? from : from.file ?? from.path ?? "Deno KV";
  const name = String(path).split(/[\\/]/).at(-1)!;
  return path instanceof URL ? decodeURIComponent(name) : name;
}

function linked(records: readonly TaskRecord[]): RecordTask[] {
  const places = new Map(records.map(({ id }, index) => [id, index + 1]));
  return records.map((record, index) => ({
    seq: index + 1,
    record,
    dependsOn: record.dependsOn.flatMap((id) => places.get(id) ?? []),
    parent: record.parent === undefined ? undefined : places.get(record.parent),
  }));
}

/** When a task was submitted, started or ended last. */
function lastChangeOf(records: readonly TaskRecord[]): number | undefined {
  let last = -Infinity;
  for (const { submittedAt = last, startedAt = last, finishedAt = last } of records) {
    last = Math.max(last, submittedAt, startedAt, finishedAt);
  }
  return last === -Infinity ? undefined : last;
}

/** Whatever changes in a record changes one of these. */
function revisionOf(records: readonly TaskRecord[]): string {
  let sum = 0;
  for (const { attempts, status, startedAt = 0, finishedAt = 0 } of records) {
    sum = (sum * 31 + attempts * 7 + STATUSES.indexOf(status) + startedAt + finishedAt) % Number.MAX_SAFE_INTEGER;
  }
  return `${records.length}.${sum}`;
}

function spansOf({ history = [], attempts, status, startedAt, finishedAt }: TaskRecord): AttemptSpan[] {
  const endsBefore = history.length > 0 && history[0]!.finishedAt !== finishedAt;
  if (attempts < 2 && !endsBefore) return [];
  const spans = history.map((each): AttemptSpan => [each.startedAt, each.finishedAt ?? null, 5, null]);
  if (startedAt !== undefined && history.at(-1)?.number !== attempts) {
    spans.push([startedAt, finishedAt ?? null, STATUSES.indexOf(status) as StatusCode, null]);
  }
  return spans;
}

/** After several attempts, what the last one failed with says more than that there were several. */
function inShort(thrown: ThrownEnvelope): string {
  const isList = "error" in thrown && thrown.error.name === "RetryExhaustedError" && thrown.error.cause !== undefined;
  return describeThrown(isList ? thrown.error.cause! : thrown);
}
