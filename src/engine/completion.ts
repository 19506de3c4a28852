/**
 * How a task ends, and what that means for the tasks that depend on it.
 *
 * @module
 */

import { DependencyFailedError } from "../core/errors.ts";
import { listLinks } from "../core/graph.ts";
import {
  CANCELLED,
  COMPLETED,
  FAILED,
  PENDING,
  RUNNING,
  SKIPPED,
  type StatusCode,
  type TaskStatus,
} from "../core/status.ts";
import type { Durability, Publish, RecordedEnd } from "./durability.ts";
import { atDefinition } from "./error_place.ts";
import { type Handle, type HandleOwner, LazyError, sinceStart } from "./handle.ts";
import type { StatusStore } from "./status_store.ts";

/** Who else is told when a task has finished. */
export interface CompletionListener {
  /** Called for each handle, once, before its status changes. */
  finishing(handle: Handle): void;
  /** Called for each handle that failed, once its dependents have been dealt with. */
  failed(handle: Handle): void;
  /** Nothing is left to do. */
  idle(): void;
}

/** Starts tasks on their way: the `Releaser`. */
export interface TaskReleaser {
  /** Nothing blocks a pending task any more, since so many milliseconds after the owner's epoch. */
  unblocked(handle: Handle, sinceMs: number): void;
}

/** Tasks that are being cancelled together: whatever their policy, they are not to fail because of each other. */
export interface Sweep {
  /** The error that they end with. */
  readonly cause: LazyError;
  includes(handle: Handle): boolean;
}

/** The only place that gives a task its last status. */
export class Completion {
  readonly #statuses: StatusStore;
  readonly #listener: CompletionListener;
  readonly #durability: Durability;
  readonly #owner: HandleOwner;
  #releaser: TaskReleaser | undefined;
  /** Set while several tasks are being cancelled together. */
  #sweep: Sweep | undefined;
  #isStopped = false;
  /** Keeps the values of tasks that have a cache, and calls what follows. */
  readonly #keep: (handle: Handle, value: unknown, then: () => void) => void;
  /** @param keep Keeps the value of a task that has a cache, and then calls what follows. */
  constructor(
    statuses: StatusStore,
    durability: Durability,
    owner: HandleOwner,
    listener: CompletionListener,
    keep: (handle: Handle, value: unknown, then: () => void) => void,
  ) {
    this.#keep = keep;
    this.#statuses = statuses;
    this.#durability = durability;
    this.#owner = owner;
    this.#listener = listener;
  }

  /** Says who starts tasks that nothing blocks any more. It ends some of them itself, so it is made after this. */
  releaseWith(releaser: TaskReleaser): void {
    this.#releaser = releaser;
  }

  /**
   * Ends a task with its value, error, or {@linkcode LazyError}, and deals with its dependents. What a body returned or
   * threw is recorded first.
   */
  end(handle: Handle, code: StatusCode, outcome: unknown): void {
    if (handle.code !== RUNNING || (code !== COMPLETED && code !== FAILED)) this.#publish(handle, code, outcome);
    else if (code === COMPLETED && !this.#isStopped && handle.spec.options.cache !== undefined) {
      handle.finishedMs = sinceStart(this.#owner);
      this.#keep(handle, outcome, () => this.#settle(handle, code, outcome));
    } else this.#settle(handle, code, outcome);
  }

  /** Completes a pending task with a value that was kept: it is recorded first, as if its body had returned it. */
  endWith(handle: Handle, value: unknown): void {
    this.#settle(handle, COMPLETED, value);
  }

  /** Ends a pending task as an earlier run did. */
  restore(handle: Handle, { code, outcome }: RecordedEnd): void {
    handle.ensureDetails().decided = "by an earlier run";
    this.#publish(handle, code, outcome);
  }

  /** Ends no more tasks: the program is ending, and nothing that waits for one is to continue. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Runs a function that cancels several tasks. */
  sweep(sweep: Sweep, cancel: () => void): void {
    const outer = this.#sweep;
    this.#sweep = sweep;
    try {
      cancel();
    } finally {
      this.#sweep = outer;
    }
  }

  /** Ends a pending task if one of these dependencies did not complete and that is its policy. */
  endForDependencies(handle: Handle, dependencies: readonly Handle[]): boolean {
    const lost = dependencies.find(({ code }) => code > COMPLETED);
    const verdict = lost && this.#verdictFor(handle, lost);
    if (verdict === undefined) return false;
    this.end(handle, ...verdict);
    return true;
  }

  #settle(handle: Handle, code: StatusCode, outcome: unknown): void {
    this.#durability.settle(handle, code, outcome, this.#publish);
  }

  /** Gives a task its last status, now that its end is on record where that is wanted, and deals with its dependents. */
  readonly #publish: Publish = (handle, code, outcome): void => {
    if (this.#isStopped) return;
    const now = sinceStart(this.#owner);
    this.#finish(handle, code, outcome, now);
    if (handle.dependents !== undefined) this.#endDependents(handle, code, now);
    else if (code === FAILED) this.#listener.failed(handle);
    if (this.#statuses.unfinished === 0) this.#listener.idle();
  };

  /** A list and no recursion: a chain of a million tasks may fail from its first one. */
  #endDependents(first: Handle, code: StatusCode, now: number): void {
    const failed = code === FAILED ? [first] : [];
    const finished = [first];
    for (let handle = finished.pop(); handle !== undefined; handle = finished.pop()) {
      const dependents = listLinks(handle.dependents);
      handle.dependents = undefined;
      for (const dependent of dependents) {
        dependent.blocking--;
        if (dependent.code !== PENDING) continue;
        const verdict = handle.code === COMPLETED ? undefined : this.#verdictFor(dependent, handle);
        if (verdict === undefined) {
          if (dependent.blocking === 0) this.#releaser!.unblocked(dependent, now);
          continue;
        }
        this.#finish(dependent, ...verdict, sinceStart(this.#owner));
        if (verdict[0] === FAILED) failed.push(dependent);
        finished.push(dependent);
      }
    }
    for (const handle of failed) this.#listener.failed(handle);
  }

  /** How a task ends as `dependency` did not complete, or `undefined` if it runs anyway. */
  #verdictFor(handle: Handle, dependency: Handle): [StatusCode, LazyError] | undefined {
    if (this.#sweep?.includes(handle)) return [CANCELLED, this.#sweep.cause];
    const policy = handle.spec.options.onDepFailure;
    if (policy === "run-anyway") return undefined;
    return [policy === "skip" ? SKIPPED : FAILED, new DependencyFailure(dependency)];
  }

  #finish(handle: Handle, code: StatusCode, outcome: unknown, now: number): void {
    handle.outcome = outcome;
    handle.finishedMs ??= now;
    // Before listeners are told, which may submit the same again.
    this.#listener.finishing(handle);
    this.#statuses.transition(handle, code);
    this.#durability.finished(handle);
    if (code === COMPLETED && !ranInSpiteOfLoss(handle)) handle.args = undefined; // the others may be retried
    handle.submittedBy = handle.parent; // an attempt takes more memory than its handle, which is there anyway
    handle.notify();
  }
}

/** Whether a task ran although a dependency did not complete. */
function ranInSpiteOfLoss({ spec: { options }, dependencies }: Handle): boolean {
  return options.onDepFailure === "run-anyway" && listLinks(dependencies).some(({ code }) => code > COMPLETED);
}

/** The error of a task whose dependency did not complete: it names that one, and its cause is the first failure. */
class DependencyFailure extends LazyError {
  readonly cause: unknown;

  constructor(dependency: Handle) {
    const { id, status } = dependency;
    dependency.observed = true;
    const cause = causeOf(dependency);
    super((handle) => {
      const what = handle.code === SKIPPED ? "was skipped" : "was not run";
      const message = `"${handle.id}" ${what} as "${id}", which it depends on, ${DID[status] ?? "did not complete"}`;
      return atDefinition(new DependencyFailedError(message, { task: handle.name, dependency: id, cause }), handle);
    });
    this.cause = cause;
  }
}

const DID: Partial<Record<TaskStatus, string>> = {
  failed: "failed",
  cancelled: "was cancelled",
  skipped: "was skipped",
};

/** The first failure, along chains of dependencies. */
function causeOf(handle: Handle): unknown {
  const { outcome } = handle;
  if (LazyError.is(outcome) && outcome instanceof DependencyFailure) return outcome.cause;
  const { error } = handle;
  // Asked first whether it is an error: a proxy would otherwise decide for itself what it is an instance of.
  return Error.isError(error) && error instanceof DependencyFailedError ? error.cause : error;
}
