/**
 * How long records of finished tasks stay in the checkpoint.
 *
 * @module
 */

import { runDetached } from "../core/run_detached.ts";
import type { TaskRecord } from "../core/checkpointer.ts";
import type { Clock } from "../core/clock.ts";
import { listLinks } from "../core/graph.ts";
import { isTerminal } from "../core/status.ts";
import type { TaskStatus } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import { codeOf, isOver } from "./earlier_run.ts";
import { stateOf } from "./task_state.ts";

/** For how long, in milliseconds, records are kept by the status that tasks ended with; `Infinity` for ever. */
export interface ResolvedRetention {
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** The longest time between two looks, in milliseconds: records go at most this much later than asked for. */
const MAX_PAUSE_MS = 60_000;
/** The shortest one, so that short times do not keep the program busy. */
const MIN_PAUSE_MS = 100;

/** What has to be known of a record to delete it. */
interface Finished {
  readonly finishedAt: number;
  readonly status: TaskStatus;
  readonly scope: string | undefined;
}

/** What retention needs to know of the rest. */
export interface RetentionSource {
  /** Unfinished handles. */
  unfinished(): Iterable<Handle>;
  /** Records of an earlier run whose tasks were not submitted since. */
  records(): Iterable<TaskRecord>;
  /** By which records grow old. */
  clock(): Clock;
  /** Deletes records. */
  forget(ids: readonly string[]): void;
}

/**
 * Deletes records that are old enough, but none that an unfinished task depends on, or that belongs together with one: as
 * its parent, or as what its body submitted, and what of that may run again has submitted in turn.
 */
export class Retention {
  readonly #limits: ResolvedRetention;
  readonly #source: RetentionSource;
  readonly #finished = new Map<string, Finished>();
  #timer: unknown;
  #hasLooked = false;
  #isStopped = false;

  constructor(limits: ResolvedRetention, source: RetentionSource) {
    this.#limits = limits;
    this.#source = source;
  }

  /** Notes a record of a finished task; one of an unfinished task takes its place back. */
  note({ id, status, finishedAt, parent }: TaskRecord): void {
    this.#finished.delete(id);
    if (finishedAt === undefined) return;
    // What stays, and may run again, says what else is to stay.
    if (this.#limitOf(status) === Infinity && (parent === undefined || isOver({ status }))) return;
    this.#finished.set(id, { finishedAt, status, scope: parent });
    this.#arm();
  }

  /** Looks for the last time: a program may end before the time of its first look. */
  finish(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#source.clock().clear(this.#timer);
    this.#deleteOld();
  }

  #limitOf(status: TaskStatus): number {
    const { completed, failed, cancelled } = this.#limits;
    if (status === "failed") return failed;
    return status === "completed" ? completed : cancelled;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#isStopped || this.#finished.size === 0) return;
    const { completed, failed, cancelled } = this.#limits;
    const shortest = Math.min(completed, failed, cancelled);
    // What an earlier run has left may be old enough at once.
    const pause = this.#hasLooked ? Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, shortest)) : MIN_PAUSE_MS;
    this.#hasLooked = true;
    this.#timer = runDetached(() =>
      this.#source.clock().set(() => {
        this.#timer = undefined;
        this.#deleteOld();
        this.#arm();
      }, pause)
    );
    this.#source.clock().unref?.(this.#timer);
  }

  #deleteOld(): void {
    const now = this.#source.clock().now();
    const old: [string, Finished][] = [];
    for (const entry of this.#finished) {
      const [, { finishedAt, status }] = entry;
      if (now - finishedAt >= this.#limitOf(status)) old.push(entry);
    }
    if (old.length === 0) return;
    const needed = this.#needed();
    const known = new Map<string, boolean>();
    const ids = old.filter(([id, { scope }]) => !needed.has(id) && !this.#isWithin(scope, needed, known))
      .map(([id]) => id);
    for (const id of ids) this.#finished.delete(id);
    if (ids.length > 0) this.#source.forget(ids);
  }

  /**
   * Whether a scope is that of a task that is needed, or of one that such a task may run again: whose end was not that it has
   * completed.
   *
   * @param known What is known of other scopes; without it, deep ones would be walked again for each.
   */
  #isWithin(scope: string | undefined, needed: ReadonlySet<string>, known: Map<string, boolean>): boolean {
    const seen = new Set<string>(); // records may come from anywhere, and form a circle
    let isWithin = false;
    for (let each = scope; each !== undefined && !seen.has(each);) {
      isWithin = needed.has(each) || known.get(each) === true;
      if (isWithin || known.has(each)) break;
      seen.add(each);
      const task = this.#finished.get(each);
      each = task === undefined || isOver(task) ? undefined : task.scope;
    }
    for (const each of seen) known.set(each, isWithin);
    return isWithin;
  }

  /** The ids of unfinished tasks, of all that they depend on, and of all in whose scope they are. */
  #needed(): Set<string> {
    const needed = new Set<string>();
    const scopes: string[] = [];
    /** In whose scope the tasks of records are that were not submitted since, also of those that never go. */
    const outerOf = new Map<string, string>();
    for (const handle of this.#source.unfinished()) {
      for (let each: Handle | undefined = handle; each !== undefined; each = each.parent) {
        needed.add(each.id);
        const { scope } = stateOf(each);
        if (scope !== undefined) scopes.push(scope);
      }
      for (const { id } of listLinks(handle.dependencies)) needed.add(id);
    }
    for (const record of this.#source.records()) {
      if (record.parent !== undefined) outerOf.set(record.id, record.parent);
      if (isTerminal(codeOf(record))) continue;
      needed.add(record.id);
      for (const id of record.dependsOn) needed.add(id);
      if (record.parent !== undefined) scopes.push(record.parent);
    }
    const seen = new Set<string>(); // records may come from anywhere, and form a circle
    for (let scope = scopes.pop(); scope !== undefined; scope = scopes.pop()) {
      if (seen.has(scope)) continue;
      seen.add(scope);
      needed.add(scope);
      const outer = this.#finished.get(scope)?.scope ?? outerOf.get(scope);
      if (outer !== undefined) scopes.push(outer);
    }
    return needed;
  }
}
