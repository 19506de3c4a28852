/**
 * What tasks wait for: found at submit, added by `after()`, and taken by new handles when tasks are retried.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { addLink, findPath, type Links, listLinks, uniqueLinks, waitFor } from "../core/graph.ts";
import { PENDING, READY } from "../core/status.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { InternalSubmitOptions } from "../tasks/submitter.ts";
import type { Completion } from "./completion.ts";
import { cycleError } from "./cycle_error.ts";
import type { Durability } from "./durability.ts";
import { Handle, type HandleOwner } from "./handle.ts";
import { handlesIn, replaceHandles } from "./inputs.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { StatusStore } from "./status_store.ts";

/** What dependencies need of the rest of the engine. */
export interface DependencyParts {
  readonly owner: HandleOwner;
  readonly statuses: StatusStore;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly durability: Durability;
}

/** The dependencies of tasks that have not started. */
export class Dependencies {
  readonly #parts: DependencyParts;
  /** Whether a handle was ever made to wait for one submitted after it; else links only lead back and close no cycle. */
  #hasForwardLinks = false;

  constructor(parts: DependencyParts) {
    this.#parts = parts;
  }

  /**
   * What a task is to wait for that is being submitted: the handles among its arguments and those in `dependsOn`, each once.
   *
   * @throws {TypeError} If one of them is not a handle of this runner.
   */
  of(spec: TaskSpec, args: readonly unknown[], { dependsOn }: InternalSubmitOptions): Links<Handle> {
    const { name } = spec.options;
    let found = handlesIn(args);
    for (const each of listLinks(found)) this.#check(name, each);
    if (dependsOn === undefined) return uniqueLinks(found);
    for (const each of Array.isArray(dependsOn) ? dependsOn : [dependsOn]) {
      found = addLink(found, this.#check(name, each));
    }
    return uniqueLinks(found);
  }

  /** Lets a task that has not started wait for the new handles of its dependencies. */
  renew(handle: Handle, renewed: ReadonlyMap<Handle, Handle>): void {
    const { durability } = this.#parts;
    handle.args = replaceHandles(handle.args ?? [], (each) => renewed.get(each) ?? each);
    for (const old of listLinks(handle.dependencies)) {
      const dependency = renewed.get(old);
      if (dependency === undefined) continue;
      const dependents = listLinks(old.dependents); // it may be ending just now
      if (dependents.includes(handle)) {
        old.dependents = dependents.filter((each) => each !== handle);
        handle.blocking--;
      }
      if (!dependency.done) waitFor(handle, dependency);
    }
    handle.dependencies = renewedLinks(handle.dependencies, renewed);
    this.#hasForwardLinks = true;
    durability.changed(handle);
    if (handle.code === READY) this.#putBack(handle, []);
  }

  /**
   * Makes a handle that has not started wait for more. One that an earlier run has ended only notes them.
   *
   * @throws {CycleError} If it would wait for itself.
   * @throws {TypeError} If one of them is not a handle of this runner.
   * @throws {Error} If its task has started.
   */
  add(handle: Handle, added: readonly unknown[]): void {
    if (!handle.restored && (handle.code !== PENDING && handle.code !== READY || handle.attempts > 0)) {
      throw new Error(`Cannot add a dependency to "${handle.id}", which is ${handle.status}: do so before it starts`);
    }
    const dependencies = added.map((each) => this.#check(handle.id, each));
    if (handle.attempt !== undefined) {
      throw new Error(`Cannot add a dependency to "${handle.id}", which is on its way to a worker: do so before`);
    }
    if (handle.restored) {
      for (const dependency of dependencies) handle.dependencies = addLink(handle.dependencies, dependency);
      return;
    }
    for (const dependency of dependencies) this.#refuseCycle(handle, dependency);
    for (const dependency of dependencies) {
      handle.dependencies = addLink(handle.dependencies, dependency);
      if (!dependency.done) waitFor(handle, dependency);
      if (dependency.seq > handle.seq) this.#hasForwardLinks = true;
    }
    this.#parts.durability.changed(handle);
    if (handle.code === READY) this.#putBack(handle, dependencies);
    else this.#parts.completion.endForDependencies(handle, dependencies);
  }

  /** Removes a ready handle from its queue, if what was added to its dependencies is a reason to. */
  #putBack(handle: Handle, added: readonly Handle[]): void {
    const { completion, dispatcher, statuses } = this.#parts;
    const queue = dispatcher.queueOf(handle);
    if (completion.endForDependencies(handle, added)) return queue.remove(handle);
    if (handle.blocking === 0) return;
    queue.remove(handle); // first, as a listener may end what it waits for, which makes it ready again
    statuses.transition(handle, PENDING);
  }

  #check(who: string, candidate: unknown): Handle {
    if (!(candidate instanceof Handle)) {
      throw new TypeError(
        `"${who}" cannot depend on ${describeValue(candidate)}: give a handle that submit() returned`,
      );
    }
    if (candidate.owner === this.#parts.owner) return candidate;
    throw new TypeError(
      `"${who}" cannot depend on "${candidate.id}" of another runner: await that one, pass its value`,
    );
  }

  /** As long as handles only wait for handles that were submitted before them, one more such link closes no cycle. */
  #leadsBack(handle: Handle, dependency: Handle): boolean {
    return dependency.seq < handle.seq && !this.#hasForwardLinks;
  }

  #refuseCycle(handle: Handle, dependency: Handle): void {
    if (handle !== dependency && (handle.dependents === undefined || this.#leadsBack(handle, dependency))) return;
    const path = findPath(dependency, handle, (each) => listLinks(each.dependencies).filter(({ done }) => !done));
    if (path === undefined) return;
    throw cycleError(handle, path, `Cannot run "${handle.id}" after "${dependency.id}" as it would wait for itself`);
  }
}

/** Links to the new handles, where there are such. */
export function renewedLinks(links: Links<Handle>, renewed: ReadonlyMap<Handle, Handle>): Links<Handle> {
  let found: Links<Handle>;
  for (const each of listLinks(links)) found = addLink(found, renewed.get(each) ?? each);
  return found;
}
