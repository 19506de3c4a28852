/**
 * What an earlier run recorded, until its tasks are submitted again.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { isTerminal, type StatusCode, STATUSES } from "../core/status.ts";
import { withoutNumber } from "./identity.ts";

/** Which records end a task that is submitted again, instead of running it. */
export type Kept = ReadonlySet<TaskRecord["status"]>;

/**
 * Which records are discarded with that of a task, of what its body submitted, and of what those submitted in turn: of
 * `"all but detached"`, those stay as well that others may have submitted, too.
 */
export type Discarded = "all but detached" | "unfinished";

/** The records of an earlier run whose tasks were not submitted since. */
export class EarlierRun {
  readonly #records: Map<string, TaskRecord>;
  readonly #kept: Kept;
  /** The records of what bodies submitted, by the id of the task that the body belongs to. */
  readonly #byScope = new Map<string, Set<TaskRecord>>();
  /** The ids, without number, of equal submissions of several functions. */
  readonly #ambiguous = new Set<string>();
  /** The ids of unfinished tasks that something else will submit again. */
  readonly #claimed = new Set<string>();
  /** Why an orphan could not be submitted. */
  readonly #reasons = new Map<string, string>();

  constructor(records: Map<string, TaskRecord>, kept: Kept) {
    this.#records = records;
    this.#kept = kept;
    for (const record of records.values()) this.#index(record);
  }

  /** Adds a record. */
  add(record: TaskRecord): void {
    this.#records.set(record.id, record);
    this.#index(record);
  }

  #index(record: TaskRecord): void {
    if (record.ambiguous === true) this.#ambiguous.add(withoutNumber(record.id));
    if (record.parent === undefined) return;
    const siblings = this.#byScope.get(record.parent);
    if (siblings === undefined) this.#byScope.set(record.parent, new Set([record]));
    else siblings.add(record);
  }

  /** All records that are left. */
  records(): Iterable<TaskRecord> {
    return this.#records.values();
  }

  /** The records of unfinished tasks, with the reason why one could not be submitted, if that was tried. */
  get orphaned(): (TaskRecord & { readonly reason?: string })[] {
    const orphaned: (TaskRecord & { readonly reason?: string })[] = [];
    const claimed = new Map<string, boolean>();
    for (const record of this.#records.values()) {
      if (isTerminal(codeOf(record)) || this.#isClaimed(record, claimed)) continue;
      const reason = this.#reasons.get(record.id);
      orphaned.push(reason === undefined ? record : { ...record, reason });
    }
    return orphaned;
  }

  /** Why an orphan could not be submitted, if that was tried. */
  reasonFor(id: string): string | undefined {
    return this.#reasons.get(id);
  }

  /** Notes why an orphan could not be submitted. */
  explainOrphan(id: string, reason: string): void {
    this.#reasons.set(id, reason);
  }

  /** The ids of unfinished tasks, orphans or not. */
  *unfinishedIds(): Iterable<string> {
    for (const record of this.#records.values()) if (!isTerminal(codeOf(record))) yield record.id;
  }

  /**
   * Says that unfinished tasks, and what their bodies submitted, are not orphans.
   *
   * @returns The ids of those of them that were not submitted since.
   */
  claim(ids: Iterable<string>): string[] {
    const claimed = [...ids].filter((id) => this.#records.has(id));
    for (const id of claimed) this.#claimed.add(id);
    return claimed;
  }

  /** The record with that id. */
  find(id: string): TaskRecord | undefined {
    return this.#records.get(id);
  }

  /** The record with that id, which is then no longer here. */
  take(id: string): TaskRecord | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    this.#records.delete(id);
    this.#reasons.delete(id);
    if (record.parent !== undefined) {
      const siblings = this.#byScope.get(record.parent);
      siblings?.delete(record);
      if (siblings?.size === 0) this.#byScope.delete(record.parent);
    }
    return record;
  }

  /**
   * Drops the record with that id and those of what its body submitted, and of what those submitted in turn.
   *
   * @returns The ids of those that were dropped.
   */
  discard(id: string, which: Discarded): string[] {
    const discarded: string[] = [];
    const ids = new Set([id]); // records may come from anywhere, and form a circle
    for (const each of ids) {
      const record = this.find(each);
      if (record === undefined) continue;
      for (const child of this.#byScope.get(each) ?? []) {
        if (which === "unfinished" || !(child.detached === true || mayBeShared(child))) ids.add(child.id);
      }
      if (which === "unfinished" && this.ends(record)) continue;
      this.take(each);
      discarded.push(each);
    }
    return discarded;
  }

  /**
   * Drops the records of what the body of a task submitted and that has not finished, and of what those submitted in turn:
   * but not of what was detached, nor of what others may have submitted, too.
   *
   * @returns Those that were dropped.
   */
  takeUnfinished(id: string): TaskRecord[] {
    const taken: TaskRecord[] = [];
    const ids = new Set([id]); // records may come from anywhere, and form a circle
    for (const each of ids) {
      for (const record of this.inScope(each)) {
        if (record.detached === true || isTerminal(codeOf(record)) || mayBeShared(record)) continue;
        ids.add(record.id);
        this.take(record.id);
        taken.push(record);
      }
    }
    return taken;
  }

  /** Whether a record ends its task. */
  ends({ status }: TaskRecord): boolean {
    return this.#kept.has(status);
  }

  /** Whether a record may be that of another function of the same name, so that it must not end a task. */
  isAmbiguous({ id }: TaskRecord): boolean {
    return this.#ambiguous.size > 0 && this.#ambiguous.has(withoutNumber(id));
  }

  /** The records of what the body of a task submitted. */
  inScope(id: string): TaskRecord[] {
    return [...this.#byScope.get(id) ?? []];
  }

  /**
   * What is to run of what the body of a task left behind, as that body does not run again: tasks that had not finished,
   * failed, or were cancelled. What was left behind in turn by one that has finished, detached or not, is among them.
   *
   * @param isEndKnown Whether the end of the task is on record, and so what had not finished by then is known as detached.
   */
  leftBehind(id: string, isEndKnown: boolean): TaskRecord[] {
    const found: TaskRecord[] = [];
    const seen = new Set([id]); // records may come from anywhere, and form a circle
    for (const scope of seen) {
      for (const record of this.#byScope.get(scope) ?? []) {
        if (this.ends(record)) seen.add(record.id);
        else if (record.detached === true || (!isEndKnown && !isTerminal(codeOf(record)))) found.push(record);
      }
    }
    return found;
  }

  /**
   * Whether a record, or one in whose scope it is, was claimed.
   *
   * @param known What is known of other records, by their ids; without it, deep scopes would be walked again for each.
   */
  #isClaimed(record: TaskRecord, known: Map<string, boolean>): boolean {
    if (this.#claimed.size === 0) return false;
    const seen = new Set<string>();
    let found = false;
    for (let each: TaskRecord | undefined = record; each !== undefined && !seen.has(each.id);) {
      found = this.#claimed.has(each.id) || known.get(each.id) === true;
      if (found || known.has(each.id)) break;
      seen.add(each.id);
      each = each.parent === undefined ? undefined : this.#records.get(each.parent);
    }
    for (const id of seen) known.set(id, found);
    return found;
  }
}

/** The status of a record as a number. */
export function codeOf({ status }: TaskRecord): StatusCode {
  return STATUSES.indexOf(status) as StatusCode;
}

/** Whether a task has completed or was skipped: it does not run again, whatever failed or was cancelled around it. */
export function isOver({ status }: Pick<TaskRecord, "status">): boolean {
  return status === "completed" || status === "skipped";
}

/** Whether others than the body in whose scope it is may have submitted the task of a record. */
export function mayBeShared({ key, dedupKey }: TaskRecord): boolean {
  return key !== undefined || dedupKey !== undefined;
}
