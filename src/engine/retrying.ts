/**
 * Running tasks again that did not complete, and with each what it waits for and what was decided by its end.
 *
 * @module
 */

import { listLinks } from "../core/graph.ts";
import { COMPLETED, PENDING, READY } from "../core/status.ts";
import type { Admission } from "./admission.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Handle } from "./handle.ts";
import type { HandleStore } from "./handle_store.ts";

/** What retries need of the engine. */
export interface RetriesParts {
  readonly handles: HandleStore;
  readonly admission: Admission;
  readonly dependencies: Dependencies;
  /** Whether everything is being cancelled. */
  readonly isCancelling: () => boolean;
}

/** Runs tasks again that did not complete. */
export class Retries {
  readonly #parts: RetriesParts;

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  /**
   * Runs a task again that did not complete, with all that is decided again by this: see {@linkcode planRetry}.
   *
   * @returns The handle that stands for it now.
   * @throws {Error} If it cannot be run again.
   */
  retry(handle: Handle): Handle {
    const source = this.#source;
    const latest = source.find(handle.id) ?? handle;
    if (latest !== handle && (!latest.done || latest.code === COMPLETED)) return latest; // it was retried before
    const refuse = (why: string) => new Error(`Cannot retry "${handle.id}", ${why}`);
    if (!latest.done) throw refuse(`which has not finished: ${latest.explain()}`);
    if (latest.code === COMPLETED) throw refuse("which completed: what failed or was cancelled can be retried");
    if (!isRetryable(latest, source)) {
      throw refuse(
        "which its runner no longer knows, as it keeps the last finished handles only (see retain): submit it",
      );
    }
    return this.#renew([latest], source).get(latest)!;
  }

  /** Runs everything again that did not complete. Returns the new handles. */
  retryFailed(): Handle[] {
    const source = this.#source;
    const failed = failedOf(source);
    return failed.length === 0 ? [] : [...this.#renew(failed, source).values()];
  }

  get #source(): RetrySource {
    const { handles } = this.#parts;
    return { handles: handles.list(), find: (id) => handles.find(id) };
  }

  #renew(chosen: readonly Handle[], source: RetrySource): Map<Handle, Handle> {
    const { admission, dependencies, isCancelling } = this.#parts;
    if (isCancelling()) {
      throw new Error(
        "Cannot retry anything while everything is being cancelled: wait until run() or serve() has ended",
      );
    }
    const { again, waiting } = planRetry(chosen, source);
    const renewed = new Map<Handle, Handle>();
    for (const old of again) renewed.set(old, admission.renew(old, renewed));
    for (const handle of waiting) dependencies.renew(handle, renewed);
    return renewed;
  }
}

/** What a retry is made from. */
interface RetrySource {
  /** All handles that the runner knows, in the order of submission. */
  readonly handles: readonly Handle[];
  /** The latest handle with an id. */
  find(id: string): Handle | undefined;
}

/** What a retry does. */
interface RetryPlan {
  /** Finished tasks that get a new handle, dependencies first. */
  readonly again: readonly Handle[];
  /** Tasks that have not started and will wait for some of these. */
  readonly waiting: readonly Handle[];
}

/** Whether a task ended without a value. */
function isLost({ code }: Handle): boolean {
  return code > COMPLETED;
}

/**
 * Whether the runner can run a finished task again: it is known, the latest with its id, and did not complete.
 */
function isRetryable(handle: Handle, { find }: RetrySource): boolean {
  return isLost(handle) && handle.args !== undefined && find(handle.id) === handle;
}

/**
 * All tasks that can be retried, but not what the body of one of them submitted, which it will submit again.
 */
function failedOf(source: RetrySource): Handle[] {
  const failed = source.handles.filter((handle) => isRetryable(handle, source));
  const all = new Set(failed);
  return failed.filter(({ parent }) => parent === undefined || !all.has(parent));
}

/**
 * Finds what is run again with these tasks. A task that was not run because of a dependency is run with that one; one that
 * ended in some way because of such a task is decided again.
 *
 * @param chosen Tasks that can be retried.
 */
function planRetry(chosen: Iterable<Handle>, source: RetrySource): RetryPlan {
  const again = new Set(chosen);
  for (const handle of again) {
    if (handle.spec.options.onDepFailure === "run-anyway") continue;
    for (const { id } of listLinks(handle.dependencies)) {
      const dependency = source.find(id);
      if (dependency !== undefined && isRetryable(dependency, source)) again.add(dependency);
    }
  }
  const dependents = dependentsOf(source);
  const waiting = new Set<Handle>();
  for (const handle of again) {
    if (!isLost(handle)) continue; // it ran in spite of a loss: what follows has got its value
    for (const dependent of dependents.get(handle) ?? []) {
      if (!dependent.done) {
        const hasStarted = dependent.attempts > 0 || dependent.attempt !== undefined;
        if (!hasStarted && (dependent.code === PENDING || dependent.code === READY)) waiting.add(dependent);
      } else if (dependent.args !== undefined && source.find(dependent.id) === dependent) again.add(dependent);
    }
  }
  return { again: inOrder(again), waiting: [...waiting] };
}

/** The handles that depend on each that did not complete. */
function dependentsOf({ handles }: RetrySource): Map<Handle, Handle[]> {
  const found = new Map<Handle, Handle[]>();
  for (const handle of handles) {
    for (const dependency of listLinks(handle.dependencies)) {
      if (!isLost(dependency)) continue;
      const known = found.get(dependency);
      if (known === undefined) found.set(dependency, [handle]);
      else known.push(handle);
    }
  }
  return found;
}

/** Dependencies first, else in the order of submission. A list and no recursion, as chains may have any length. */
function inOrder(handles: ReadonlySet<Handle>): Handle[] {
  const ordered = new Set<Handle>();
  const opened = new Set<Handle>();
  for (const first of [...handles].sort((a, b) => a.seq - b.seq)) {
    const open = [first];
    for (let handle = open.at(-1); handle !== undefined; handle = open.at(-1)) {
      const isNew = !opened.has(handle);
      opened.add(handle);
      const needed = isNew
        ? listLinks(handle.dependencies).filter((each) => handles.has(each) && !opened.has(each))
        : [];
      if (needed.length > 0) {
        open.push(...needed);
        continue;
      }
      open.pop();
      ordered.add(handle);
    }
  }
  return [...ordered];
}
