/**
 * Rows as messages: columns, as short as possible. A message of JSON for many rows is a third of that of an array of objects.
 *
 * @module
 */

import type { RowColumns } from "./messages.ts";
import type { TaskRow } from "./task_row.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Writes rows for one connection, which gets each name once. */
export class RowWriter {
  readonly #epoch: number;
  readonly #indexes = new Map<string, number>();
  #fresh: string[] = [];

  /** @param epoch What times are relative to, in milliseconds since the epoch. */
  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  /** The strings that were first used since the last call; the receiver appends them to those it has. */
  takeStrings(): string[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** Rows as columns. @param areNew Whether the receiver does not know them. */
  columns(rows: readonly TaskRow[], areNew: boolean): RowColumns {
    const sparse = new SparseColumns();
    const columns: Writable<RowColumns> = {
      seq: rows.map(({ seq }) => seq),
      status: rows.map(({ status }) => status).join(""),
      attempts: rows.map(({ attempts }) => attempts),
      ready: rows.map(({ readyAt }) => this.#time(readyAt)),
      started: rows.map(({ startedAt }) => this.#time(startedAt)),
      finished: rows.map(({ finishedAt }) => this.#time(finishedAt)),
      worker: rows.map(({ worker }) => worker === undefined ? null : this.#index(worker)),
    };
    rows.forEach((row, index) => {
      if (row.progress > 0 && row.progress < 1) sparse.set("progress", index, Number(row.progress.toFixed(4)));
      if (row.message !== undefined) sparse.set("message", index, row.message);
      if (row.retryAt !== undefined) sparse.set("retry", index, this.#time(row.retryAt));
      if (row.error !== undefined) sparse.set("error", index, row.error);
      if (row.label !== undefined) sparse.set("label", index, row.label);
      if (row.spans.length > 0) sparse.set("spans", index, row.spans.flatMap((span) => this.#span(span)));
    });
    if (areNew) {
      columns.name = rows.map(({ name }) => this.#index(name));
      columns.pool = rows.map(({ pool }) => this.#index(pool));
      columns.submitted = rows.map(({ submittedAt }) => this.#time(submittedAt));
      columns.reused = rows.flatMap(({ reused }, index) => reused ? index : []);
      rows.forEach((row, index) => {
        if (row.dependsOn.length > 0) sparse.set("dependsOn", index, row.dependsOn);
        if (row.parent !== undefined) sparse.set("parent", index, row.parent);
        if (row.id !== `${row.name}#${row.seq}`) sparse.set("id", index, row.id);
        if (row.tags.length > 0) sparse.set("tags", index, row.tags.map((tag) => this.#index(tag)));
      });
    }
    return Object.assign(columns, sparse.columns);
  }

  #span([start, end, status, worker]: TaskRow["spans"][number]): (number | null)[] {
    return [this.#time(start), this.#time(end ?? undefined), status, worker === null ? null : this.#index(worker)];
  }

  #time(time: number | undefined): number | null {
    return time === undefined ? null : Math.round(time - this.#epoch);
  }

  #index(string: string): number {
    let index = this.#indexes.get(string);
    if (index === undefined) {
      this.#indexes.set(string, index = this.#indexes.size);
      this.#fresh.push(string);
    }
    return index;
  }
}

/** Columns that few rows have. */
class SparseColumns {
  readonly columns: Record<string, Record<number, unknown>> = {};

  set(column: string, index: number, value: unknown): void {
    (this.columns[column] ??= {})[index] = value;
  }
}
