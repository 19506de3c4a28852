/**
 * From a call of `submit()` to a task that waits or is ready.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { describeValue } from "../core/describe.ts";
import { CycleError } from "../core/errors.ts";
import { addLink, findPath, type Links, listLinks, uniqueLinks, waitFor } from "../core/graph.ts";
import { COMPLETED, PENDING, READY, type StatusCode } from "../core/status.ts";
import type { Attempt } from "../tasks/attempt.ts";
import { Handle, type HandleOwner } from "../tasks/handle.ts";
import { handlesIn, withIds } from "../tasks/inputs.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { SubmitOptions } from "../tasks/submitter.ts";
import type { Completions } from "./completions.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Journal } from "./journal.ts";
import { Keys } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import { inputsOf, isolatedInputs, stableId } from "./records.ts";
import type { Restorer } from "./restorer.ts";
import type { Roster } from "./roster.ts";
import type { Signals } from "./signals.ts";

/** What submissions need of the rest of the runner. */
export interface SubmissionParts {
  readonly owner: HandleOwner;
  readonly ledger: Ledger;
  readonly roster: Roster;
  readonly dispatcher: Dispatcher;
  readonly completions: Completions;
  readonly signals: Signals;
  /** Of a runner with a checkpointer. */
  readonly journal: Journal | undefined;
  /** What a checkpoint knows of tasks. */
  readonly restorer: Restorer;
  /** Submits tasks from their records, as the body that has submitted them will not do so again. */
  adopt(records: readonly TaskRecord[]): void;
}

/** Takes tasks in. */
export class Submissions {
  readonly #parts: SubmissionParts;
  readonly #keys = new Keys();
  /** Active handles with a dedup key, by name and key. */
  readonly #active = new Map<string, Handle>();
  /**
   * Handles that an earlier run has ended, by name, dedup key and key, while submissions are those that were made there,
   * too. Whoever has waited for one and submits the same once more did so there, too, and got another one.
   */
  readonly #replayed = new Map<string, Handle>();
  /** Whether a handle without a key has that id. With a checkpointer all have one. */
  readonly #isGiven = (id: string): boolean => {
    if (this.#parts.journal !== undefined) return false;
    const seq = /#(\d+)$/.exec(id)?.[1];
    return seq !== undefined && this.#parts.roster.find(Number(seq))?.id === id;
  };
  #seq = 0;
  /** Whether a handle was ever made to wait for one submitted after it; else links only lead back and close no cycle. */
  #hasForwardLinks = false;

  constructor(parts: SubmissionParts) {
    this.#parts = parts;
  }

  /** The `seq` of the last handle. */
  get lastSeq(): number {
    return this.#seq;
  }

  /**
   * Makes a handle for a task, or returns the active one of the same dedup key.
   *
   * @param parent The attempt whose body submits it.
   * @throws {TypeError} If a dependency is no handle of this runner, or an option is of a wrong kind.
   * @throws {CheckpointError} If the arguments cannot be saved.
   */
  submit(
    spec: TaskSpec,
    args: readonly unknown[],
    options: SubmitOptions | undefined,
    parent: Attempt | undefined,
  ): Handle {
    const { owner, ledger, roster, signals, journal, restorer } = this.#parts;
    const dependencies = this.#dependenciesOf(spec, args, options);
    const inputs = journal && inputsOf(spec, args, dependencies, parent?.id, journal.codec);
    const dedupKey = options?.dedupKey ?? dedupKeyOf(spec, args);
    const errand = parent?.handle.details?.errand;
    const prefix = errand === undefined ? "" : `${errand.id}/`;
    const key = options?.key ?? (inputs && prefix + stableId(spec, inputs, dependencies));
    const twin = dedupKey === undefined ? undefined : this.#findTwin(spec.options.name, dedupKey, key);
    if (twin !== undefined) return twin;
    // What has run is not put on record once more.
    const saved = inputs && (restorer.hasEndOf(key!, spec) ? inputs : isolatedInputs(inputs, journal!.codec));

    const handle = new Handle(owner, spec, ++this.#seq, args);
    if (key !== undefined) this.#name(handle, key);
    else if (this.#keys.size > 0) this.#avoidKeys(handle);
    if (errand !== undefined) handle.need().errand = errand;
    if (options?.source !== undefined) handle.need().source = options.source;
    if (dedupKey !== undefined) {
      handle.need().dedupKey = dedupKey;
      this.#active.set(activeKey(handle.name, dedupKey), handle);
    }
    if (parent !== undefined) {
      handle.parent = parent;
      handle.depth = parent.handle.depth + 1;
      (parent.children ??= new Set()).add(handle);
      if (journal !== undefined) (parent.handle.need().children ??= new Set()).add(handle);
    }
    handle.dependencies = dependencies;
    const isOnRecord = journal !== undefined && restorer.recalls(handle);
    const waitsFor = isOnRecord ? [] : listLinks(dependencies);
    for (const dependency of waitsFor) if (!dependency.done) waitFor(handle, dependency);
    handle.blocking++; // held back until listeners have been told, who may add dependencies
    roster.add(handle);
    if (saved !== undefined) handle.need().inputs = saved;
    if (isOnRecord) handle.need().sealed = "by an earlier run";
    ledger.admit(handle);
    if (isOnRecord) restorer.restore(handle);
    else journal?.waits(handle);
    if (options?.signal !== undefined && !handle.done) signals.add(handle, options.signal);
    handle.blocking--;
    this.#advance(handle, waitsFor);
    if (isOnRecord) this.#parts.adopt(restorer.leftBehind(handle.id));
    return handle;
  }

  /**
   * Makes a handle that has not started wait for more. One that an earlier run has ended only notes them.
   *
   * @throws {CycleError} If it would wait for itself.
   * @throws {TypeError} If one of them is no handle of this runner.
   * @throws {Error} If its task has started.
   */
  addDependencies(handle: Handle, added: readonly unknown[]): void {
    const isRestored = handle.details?.sealed === "by an earlier run";
    if (!isRestored && (handle.code !== PENDING && handle.code !== READY || handle.attempts > 0)) {
      throw new Error(`Cannot add a dependency to "${handle.id}", which is ${handle.status}: do so before it starts`);
    }
    const dependencies = added.map((each) => this.#check(handle.id, each));
    if (handle.attempt !== undefined) {
      throw new Error(`Cannot add a dependency to "${handle.id}", which is on its way to a worker: do so before`);
    }
    if (isRestored) {
      for (const dependency of dependencies) handle.dependencies = addLink(handle.dependencies, dependency);
      return;
    }
    for (const dependency of dependencies) this.#refuseCycle(handle, dependency);
    for (const dependency of dependencies) {
      handle.dependencies = addLink(handle.dependencies, dependency);
      if (!dependency.done) waitFor(handle, dependency);
      if (dependency.seq > handle.seq) this.#hasForwardLinks = true;
    }
    this.#parts.journal?.waits(handle);
    if (handle.code === READY) this.#takeBack(handle, dependencies);
    else this.#endIfLost(handle, dependencies);
  }

  /** The handle of that name and dedup key, if its task is not over. */
  findActive(name: string, dedupKey: string): Handle | undefined {
    return this.#active.get(activeKey(name, dedupKey));
  }

  /** Lets go of what was noted for a handle that is over. */
  over(handle: Handle): void {
    const { parent, details } = handle;
    if (parent !== undefined) {
      parent.children?.delete(handle);
      parent.handle.details?.children?.delete(handle);
      handle.parent = undefined;
    }
    if (details === undefined) return;
    if (details.errand !== undefined && handle.id.startsWith(`${details.errand.id}/`)) {
      if (details.errand.isOver) this.#parts.journal?.forget(handle.id);
      else details.errand.done.push(handle.id);
    }
    if (details.dedupKey !== undefined) {
      const active = activeKey(handle.name, details.dedupKey);
      this.#active.delete(active);
      if (details.sealed === "by an earlier run") this.#replayed.set(`${active} ${details.key}`, handle);
    }
    if (details.signal !== undefined) this.#parts.signals.remove(handle, details.signal);
    details.signal = undefined;
  }

  /** Says that what is submitted from now on was not submitted in an earlier run. */
  startAfresh(): void {
    this.#replayed.clear();
  }

  /** Lets go of what outlives the end of a task. */
  forget(handle: Handle): void {
    handle.dependencies = undefined;
    const { key, id } = handle.details ?? {};
    if (key !== undefined && id !== undefined) this.#keys.release(key, id);
  }

  /**
   * The active handle of that dedup key; or that which an earlier run has ended, if this one was never run beside it: it
   * was not, as the other was active then.
   */
  #findTwin(name: string, dedupKey: string, key: string | undefined): Handle | undefined {
    const active = this.findActive(name, dedupKey);
    if (active !== undefined || key === undefined) return active;
    const replayed = this.#replayed.get(`${activeKey(name, dedupKey)} ${key}`);
    if (replayed === undefined || replayed.noticed) return undefined;
    const id = this.#keys.next(key, this.#isGiven);
    return this.#parts.restorer.find(id) === undefined ? replayed : undefined;
  }

  #name(handle: Handle, key: string): void {
    const details = handle.need();
    details.key = key;
    details.id = this.#keys.claim(key, this.#isGiven);
  }

  /** A handle without a key gets another id than usual if somebody gave that one as a key. */
  #avoidKeys(handle: Handle): void {
    const { id } = handle;
    if (!this.#keys.has(id)) return;
    const details = handle.need();
    details.key = id;
    details.id = this.#keys.claim(id, () => false);
  }

  /** Starts a pending handle on its way: it is ready, or waits, or is over as a dependency did not complete. */
  #advance(handle: Handle, dependencies: readonly Handle[]): void {
    if (handle.code !== PENDING) return; // a listener or its signal cancelled it
    if (this.#endIfLost(handle, dependencies)) return;
    if (handle.blocking === 0) this.#parts.dispatcher.ready(handle);
  }

  /** Ends a handle if a dependency did not complete and its policy says so. */
  #endIfLost(handle: Handle, dependencies: readonly Handle[]): boolean {
    const { completions } = this.#parts;
    return dependencies.some((each) => isLost(each.code) && completions.endForDependency(handle, each));
  }

  /** Takes a ready handle out of its queue, if what was added to its dependencies is a reason to. */
  #takeBack(handle: Handle, added: readonly Handle[]): void {
    const { dispatcher, ledger } = this.#parts;
    const isOver = this.#endIfLost(handle, added);
    if (!isOver && handle.blocking === 0) return;
    if (!isOver) ledger.apply(handle, PENDING);
    dispatcher.laneOf(handle).forget(handle);
  }

  /** What a task is to wait for, each handle once, if they are handles of this runner. */
  #dependenciesOf(spec: TaskSpec, args: readonly unknown[], options: SubmitOptions | undefined): Links<Handle> {
    const { name } = spec.options;
    let found = handlesIn(args);
    for (const each of listLinks(found)) this.#check(name, each);
    const asked = options?.dependsOn;
    if (asked === undefined) return uniqueLinks(found);
    for (const each of Array.isArray(asked) ? asked : [asked]) found = addLink(found, this.#check(name, each));
    return uniqueLinks(found);
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
    const cycle = [handle, ...path].map(({ name }) => name);
    const message = `Cannot run "${handle.id}" after "${dependency.id}" as it would wait for itself: ${
      cycle.join(" → ")
    }`;
    throw new CycleError(message, { task: handle.name, cycle });
  }
}

function isLost(code: StatusCode): boolean {
  return code > COMPLETED;
}

function activeKey(name: string, dedupKey: string): string {
  return `${name.length} ${name} ${dedupKey}`;
}

function dedupKeyOf({ options }: TaskSpec, args: readonly unknown[]): string | undefined {
  const dedupBy = options.dedupBy as ((...args: readonly unknown[]) => unknown) | undefined;
  if (dedupBy === undefined) return undefined;
  const key = dedupBy(...withIds(args));
  if (typeof key === "string") return key;
  throw new TypeError(`dedupBy of task "${options.name}" must return a text, not ${describeValue(key)}`);
}
