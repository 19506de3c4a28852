/**
 * What the end of a task means for the rest.
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
import { ErrorOnDemand, type Handle } from "../tasks/handle.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Journal, Publish } from "./journal.ts";
import type { Ledger } from "./ledger.ts";

/** Who else is told when a task is over. */
export interface CompletionHooks {
  /** Each handle, once. */
  over(handle: Handle): void;
  /** Each handle that failed, once its dependents have been dealt with. */
  failed(handle: Handle): void;
  /** Nothing is left to do. */
  idle(): void;
}

/** Tasks that are being cancelled at once: whatever their policy, they are not to fail for each other. */
export interface Sweep {
  /** The error that they end with. */
  readonly cause: ErrorOnDemand;
  includes(handle: Handle): boolean;
}

/** How a task ends: the only place that gives one of its last statuses. */
export class Completions {
  readonly #ledger: Ledger;
  readonly #dispatcher: Dispatcher;
  readonly #hooks: CompletionHooks;
  readonly #epoch: number;
  readonly #journal: Journal | undefined;
  /** Set while several tasks are being cancelled at once. */
  #sweep: Sweep | undefined;
  #isMuted = false;
  readonly #publish = (...end: Parameters<Publish>) => this.#end(...end);

  /** @param journal Saves how tasks end, of a runner with a checkpointer. */
  constructor(
    ledger: Ledger,
    dispatcher: Dispatcher,
    epoch: number,
    hooks: CompletionHooks,
    journal: Journal | undefined,
  ) {
    this.#ledger = ledger;
    this.#dispatcher = dispatcher;
    this.#epoch = epoch;
    this.#hooks = hooks;
    this.#journal = journal;
  }

  /**
   * Ends a task with its value, error, or {@linkcode ErrorOnDemand}, and deals with those that wait for it. What a body
   * has brought is saved first, where that is wanted.
   */
  end(handle: Handle, code: StatusCode, outcome: unknown): void {
    const isOfBody = handle.code === RUNNING && (code === COMPLETED || code === FAILED);
    if (this.#journal === undefined || !isOfBody) this.#end(handle, code, outcome);
    else this.#journal.commit(handle, code, outcome, this.#publish);
  }

  /** Ends a pending task as it is on record. */
  restore(handle: Handle, code: StatusCode, outcome: unknown): void {
    this.#end(handle, code, outcome);
  }

  /** Ends no more tasks: the program is ending, and nobody who waits for one is to go on. What bodies bring is saved. */
  mute(): void {
    this.#isMuted = true;
  }

  #end(handle: Handle, code: StatusCode, outcome: unknown): void {
    if (this.#isMuted) return;
    this.#close(handle, code, outcome);
    if (handle.dependents !== undefined) this.#endDependents(handle, code);
    else if (code === FAILED) this.#hooks.failed(handle);
    if (this.#ledger.unfinished === 0) this.#hooks.idle();
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

  /** Ends a pending task that waits for a dependency that did not complete, if that is its policy. */
  endForDependency(handle: Handle, dependency: Handle): boolean {
    const verdict = this.#verdictFor(handle, dependency);
    if (verdict === undefined) return false;
    this.end(handle, ...verdict);
    return true;
  }

  /** A list and no recursion: a chain of a million tasks may fail from its first one. */
  #endDependents(first: Handle, code: StatusCode): void {
    const failed = code === FAILED ? [first] : [];
    const over = [first];
    for (let handle = over.pop(); handle !== undefined; handle = over.pop()) {
      const dependents = listLinks(handle.dependents);
      handle.dependents = undefined;
      for (const dependent of dependents) {
        dependent.blocking--;
        if (dependent.code !== PENDING) continue;
        const verdict = handle.code === COMPLETED ? undefined : this.#verdictFor(dependent, handle);
        if (verdict === undefined) {
          if (dependent.blocking === 0) this.#dispatcher.ready(dependent);
          continue;
        }
        this.#close(dependent, ...verdict);
        if (verdict[0] === FAILED) failed.push(dependent);
        over.push(dependent);
      }
    }
    for (const handle of failed) this.#hooks.failed(handle);
  }

  /** How a task ends as `dependency` did not complete, or `undefined` if it runs anyway. */
  #verdictFor(handle: Handle, dependency: Handle): [StatusCode, ErrorOnDemand] | undefined {
    if (this.#sweep?.includes(handle)) return [CANCELLED, this.#sweep.cause];
    const policy = handle.spec.options.onDepFailure;
    if (policy === "run-anyway") return undefined;
    return [policy === "skip" ? SKIPPED : FAILED, new DependencyFailure(dependency)];
  }

  #close(handle: Handle, code: StatusCode, outcome: unknown): void {
    handle.outcome = outcome;
    handle.finishedAt ??= Date.now() - this.#epoch;
    // Before listeners are told, who may submit the same again.
    this.#hooks.over(handle);
    this.#ledger.apply(handle, code);
    const { details } = handle;
    if (details?.sealed === undefined) this.#journal?.ended(handle);
    if (details !== undefined) details.inputs = undefined;
    handle.args = undefined;
    handle.publish();
  }
}

/** The error of a task whose dependency did not complete: it names that one, and its cause is what began it all. */
class DependencyFailure extends ErrorOnDemand {
  readonly cause: unknown;

  constructor(dependency: Handle) {
    const { id, status } = dependency;
    dependency.noticed = true;
    const cause = causeOf(dependency);
    super((handle) => {
      const what = handle.code === SKIPPED ? "was skipped" : "was not run";
      const message = `"${handle.id}" ${what} as "${id}", which it depends on, ${DID[status] ?? "did not complete"}`;
      return new DependencyFailedError(message, { task: handle.name, dependency: id, cause });
    });
    this.cause = cause;
  }
}

const DID: Partial<Record<TaskStatus, string>> = {
  failed: "failed",
  cancelled: "was cancelled",
  skipped: "was skipped",
};

/** What began it all, along chains of dependencies. */
function causeOf(handle: Handle): unknown {
  const { outcome } = handle;
  if (ErrorOnDemand.is(outcome) && outcome instanceof DependencyFailure) return outcome.cause;
  const { error } = handle;
  // A proxy, which is no error in this sense, would have a say in whose instance it is.
  return Error.isError(error) && error instanceof DependencyFailedError ? error.cause : error;
}
