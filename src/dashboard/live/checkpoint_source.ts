/**
 * A checkpoint as what a dashboard shows, also of a program that is dead.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { describeValue } from "../../core/describe.ts";
import type { ThrownEnvelope } from "../../core/error_envelope.ts";
import { type StatusCode, STATUSES } from "../../core/status.ts";
import { readCheckpoint, type ReadCheckpointOptions } from "../../stores/read_checkpoint.ts";
import type { SourceListener, TaskSource } from "./source.ts";
import { type AttemptSpan, cut, type TaskRow } from "./task_row.ts";

/** How often it is read while a page shows it, in milliseconds. */
const READ_MS = 2_000;
const MAX_ERROR = 240;

/** A record, and its place. */
export interface RecordTask {
  readonly seq: number;
  readonly record: TaskRecord;
  readonly dependsOn: readonly number[];
  readonly parent: number | undefined;
}

/** Reads a checkpoint from time to time, while there is a page that shows it. */
export class CheckpointSource implements TaskSource<RecordTask>, Disposable {
  readonly #from: string | URL | ReadCheckpointOptions;
  readonly #listeners = new Set<SourceListener<RecordTask>>();
  readonly title: string;
  #tasks: readonly RecordTask[] = [];
  #revision = "";
  #problem: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | undefined;

  constructor(from: string | URL | ReadCheckpointOptions) {
    this.#from = from;
    this.title = titleOf(from);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  tasks(): readonly RecordTask[] {
    return this.#tasks;
  }

  find(id: string): RecordTask | undefined {
    return this.#tasks.find(({ record }) => record.id === id);
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
      error: error === undefined ? undefined : cut(errorInWords(error), MAX_ERROR),
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

  summary(): object {
    return { title: this.title, open: false, onRecord: true, problem: this.#problem, workers: [], runs: [] };
  }

  /** The program that only shows a checkpoint does nothing else. */
  get isAtRest(): boolean {
    return false;
  }

  get revision(): string {
    return this.#revision;
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
      const records = (await Array.fromAsync(readCheckpoint(this.#from))).filter(isOfTask)
        .sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
      const revision = revisionOf(records);
      this.#problem = undefined;
      if (revision === this.#revision) return;
      this.#revision = revision;
      this.#tasks = linked(records);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (this.#problem === problem) return;
      this.#problem = problem;
    }
    for (const listener of this.#listeners) listener.reset();
  }
}

function titleOf(from: string | URL | ReadCheckpointOptions): string {
  const path = typeof from === "string" || from instanceof URL ? from : from.file ?? from.path ?? "Deno KV";
  const name = String(path).split(/[\\/]/).at(-1)!;
  return path instanceof URL ? decodeURIComponent(name) : name;
}

/** Checkpoints have records of jobs and of delivered signals as well. */
function isOfTask({ id, module, name }: TaskRecord): boolean {
  const isJob = name === "schedule" && module === undefined && id.startsWith("schedule:");
  return !isJob && !(name === "signal" && id.startsWith("signal:"));
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

/** Whatever changes in a record changes one of these. */
function revisionOf(records: readonly TaskRecord[]): string {
  let sum = 0;
  for (const { attempts, status, startedAt = 0, finishedAt = 0 } of records) {
    sum = (sum * 31 + attempts * 7 + STATUSES.indexOf(status) + startedAt + finishedAt) % Number.MAX_SAFE_INTEGER;
  }
  return `${records.length}.${sum}`;
}

function spansOf({ history = [], attempts, status, startedAt, finishedAt }: TaskRecord): AttemptSpan[] {
  if (attempts < 2) return [];
  const spans = history.map((each): AttemptSpan => [each.startedAt, each.finishedAt ?? null, 5, null]);
  if (startedAt !== undefined && history.at(-1)?.number !== attempts) {
    spans.push([startedAt, finishedAt ?? null, STATUSES.indexOf(status) as StatusCode, null]);
  }
  return spans;
}

/** What was thrown, as a list shows it. */
export function errorInWords(thrown: ThrownEnvelope): string {
  return "error" in thrown
    ? `${thrown.error.name}: ${thrown.error.message}`
    : `a thrown ${describeValue(thrown.value)}`;
}
