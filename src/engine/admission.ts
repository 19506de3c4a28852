/**
 * From a call of `submit()` to a task that waits or is ready.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { addLink, type Links, listLinks, uniqueLinks, waitFor } from "../core/graph.ts";
import { idOfKey, otherTaskMessage } from "../core/key_id.ts";
import { COMPLETED, PENDING, SKIPPED } from "../core/status.ts";
import type { Namesakes } from "../tasks/namesakes.ts";
import { submittersContext } from "../tasks/scopes.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { InternalSubmitOptions } from "../tasks/submitter.ts";
import type { Attempt } from "./attempt.ts";
import type { CancelGroups } from "./cancel_groups.ts";
import type { Completion } from "./completion.ts";
import { dueFrom } from "./delays.ts";
import { deadlineFrom, type Deadlines } from "./deadlines.ts";
import { type Dependencies, renewedLinks } from "./dependencies.ts";
import type { Durability, Identity, Resubmission, Submission } from "./durability.ts";
import { type AttemptState, Handle, type HandleOwner } from "./handle.ts";
import type { HandleStore } from "./handle_store.ts";
import { replaceHandles, withIds, withValues } from "./inputs.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { Releaser } from "./release.ts";
import type { StatusStore } from "./status_store.ts";
import { knownWait } from "./task_waits.ts";

/** What admission needs of the rest of the engine. */
export interface AdmissionParts {
  readonly owner: HandleOwner;
  readonly statuses: StatusStore;
  readonly handles: HandleStore;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly cancelGroups: CancelGroups;
  readonly deadlines: Deadlines;
  readonly durability: Durability;
  readonly namesakes: Namesakes;
  readonly dependencies: Dependencies;
  readonly releaser: Pick<Releaser, "released" | "unblocked">;
}

const NO_OPTIONS: InternalSubmitOptions = {};

/** When a sleep ends that has ended. */
const PAST = new Date(0);

/** Takes tasks in. */
export class Admission {
  readonly #parts: AdmissionParts;
  /** Unfinished handles with a dedup key, by name and key; tasks of one name in several modules are several. */
  readonly #active = new Map<string, Handle | Handle[]>();
  #seq = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** The `seq` of the last handle. */
  get lastSeq(): number {
    return this.#seq;
  }

  /**
   * Makes a handle for a task, or returns the one that this submission stands for as well: by its key, by its dedup key,
   * or as an earlier attempt of the same body submitted it. In five steps: check, identify, find what is known already,
   * create, announce.
   *
   * @param attempt The attempt whose body submits it.
   * @throws {TypeError} If a dependency is not a handle of this runner, the task's pool is not there or cannot run it, an
   * option is of a wrong kind, or another task has that key.
   * @throws {CheckpointError} If the arguments cannot be saved.
   */
  submit(
    spec: TaskSpec,
    args: readonly unknown[],
    options: InternalSubmitOptions = NO_OPTIONS,
    attempt: Attempt | undefined,
  ): Handle {
    const submission = this.#check(spec, args, options, attempt);
    const identity = this.#parts.durability.identify(submission);
    const wait = spec.wait === undefined ? undefined : knownWait(attempt, spec, args);
    const request = wait?.hasSlept === true ? { ...submission, options: { ...options, delay: PAST } } : submission;
    const known = identity?.known ?? wait?.handle ?? this.#findKnown(request, identity?.id);
    if (known !== undefined) return this.#share(known, request, identity);
    const handle = this.#create(request, identity);
    wait?.keep(handle);
    this.#announce(handle, options.signal);
    return handle;
  }

  /** Submits a task from its record; see {@linkcode Resubmission}. */
  resubmit(
    spec: TaskSpec,
    args: readonly unknown[],
    dependencies: readonly Handle[],
    { id, key, dedupKey, source, durable, parent }: Resubmission,
  ): Handle {
    let links: Links<Handle>;
    this.#checkPool(spec, args, dependencies[0]);
    for (const dependency of dependencies) links = addLink(links, dependency);
    const options = { key, source };
    const request = { spec, args, dependencies: uniqueLinks(links), attempt: undefined, options, dedupKey };
    const handle = this.#create(request, { id, args, durable });
    handle.submittedBy = parent;
    this.#announce(handle, undefined);
    return handle;
  }

  /**
   * Makes a new handle of a finished task, with the same id, arguments and options.
   *
   * @param renewed The new handles of other tasks, which take the place of theirs.
   */
  renew(old: Handle, renewed: ReadonlyMap<Handle, Handle>): Handle {
    const { spec, id, args: given = [], details } = old;
    const args = replaceHandles(given, (each) => renewed.get(each) ?? each);
    const dependencies = renewedLinks(old.dependencies, renewed);
    const durable = this.#parts.durability.renew(old, args, dependencies);
    const { key, dedupKey, source } = details ?? {};
    const request = {
      spec,
      args,
      dependencies,
      attempt: undefined,
      options: { key, source, delay: delayAgain(old) },
      dedupKey,
    };
    const handle = this.#create(request, { id, args, durable });
    handle.ensureDetails().round = (details?.round ?? 0) + 1;
    handle.submittedBy = old.parent;
    const holder = details?.overrunning ?? details?.heldBy;
    if (holder?.phase === "aborted") this.#holdUntilEnd(handle, holder);
    this.#parts.statuses.wasRetried(old);
    this.#announce(handle, undefined);
    return handle;
  }

  /** Holds a task back until the body of an earlier attempt has ended, which it must not overlap. */
  #holdUntilEnd(handle: Handle, holder: AttemptState): void {
    handle.ensureDetails().heldBy = holder;
    handle.blocking++;
    (holder.onEnd ??= []).push(() => this.#parts.releaser.released(handle));
  }

  /** The unfinished handle of that name and dedup key; the first one, if tasks of several modules have that name. */
  findActive(name: string, dedupKey: string): Handle | undefined {
    return listLinks(this.#active.get(activeKey(name, dedupKey)))[0];
  }

  /** Drops what was noted for a handle that is finishing. */
  finishing(handle: Handle): void {
    const { parentAttempt, details } = handle;
    parentAttempt?.children?.delete(handle);
    if (details === undefined) return;
    if (details.dedupKey !== undefined) {
      const key = activeKey(handle.name, details.dedupKey);
      const others = listLinks(this.#active.get(key)).filter((each) => each !== handle);
      if (others.length === 0) this.#active.delete(key);
      else this.#active.set(key, others);
    }
    const { cancelGroups, deadlines } = this.#parts;
    deadlines.clear(handle);
    if (details.signal !== undefined) cancelGroups.remove(handle, details.signal);
    details.signal = undefined;
    details.asyncContext = undefined;
    for (const submitter of details.submitters ?? []) {
      if (submitter instanceof AbortSignal) cancelGroups.remove(handle, submitter);
      else if (submitter !== "program") submitter.children?.delete(handle);
    }
    details.submitters = undefined;
  }

  /** Step 1: what is submitted, with all that it waits for. Step 2, its identity, is up to the durability. */
  #check(
    spec: TaskSpec,
    args: readonly unknown[],
    options: InternalSubmitOptions,
    attempt: Attempt | undefined,
  ): Submission {
    const { namesakes, dependencies } = this.#parts;
    namesakes.note(spec);
    const links = dependencies.of(spec, args, options);
    this.#checkPool(spec, args, links);
    return { spec, args, dependencies: links, attempt, options, dedupKey: options.dedupKey ?? dedupKeyOf(spec, args) };
  }

  /** @throws {TypeError} If the pool of a task is not there, or cannot run it. */
  #checkPool(spec: TaskSpec, args: readonly unknown[], dependencies: Links<Handle>): void {
    if (spec.wait !== undefined) return;
    const queue = this.#parts.dispatcher.queueFor(spec);
    const { pool } = queue;
    if (pool.check === undefined) return;
    const { options, definedAs } = spec;
    const given = dependencies === undefined ? args : withValues(args);
    const checking: unknown = pool.check({ name: options.name, options, definedAs }, given);
    if (checking instanceof Promise) queue.ask("check()", () => checking); // too late to refuse the task
  }

  /** Step 3: the handle that this submission stands for as well. */
  #findKnown({ spec, dedupKey, options }: Submission, id: string | undefined): Handle | undefined {
    const { handles } = this.#parts;
    if (options.key !== undefined) {
      const known = handles.find(id ?? idOfKey(options.key));
      if (known !== undefined) {
        refuseOtherTask(known, spec, options.key);
        if (known.details?.isReplaceable !== true) return known;
      }
    }
    const active = dedupKey === undefined
      ? undefined
      : listLinks(this.#active.get(activeKey(spec.options.name, dedupKey))).find((each) => isSameTask(each, spec));
    const earlierId = id ?? options.id;
    if (active !== undefined || earlierId === undefined || options.key !== undefined) return active;
    const earlier = handles.find(earlierId);
    return earlier !== undefined && isReusable(earlier) ? earlier : undefined;
  }

  /** A handle that was submitted before: it belongs to all who submitted it. */
  #share(handle: Handle, { attempt, options: { signal } }: Submission, identity: Identity | undefined): Handle {
    if (identity !== undefined) this.#parts.durability.shared(handle, identity);
    if (handle.done) return handle;
    const details = handle.ensureDetails();
    details.submitters ??= new Set([details.signal ?? handle.parentAttempt ?? "program"]);
    if (signal !== undefined) {
      details.submitters.add(signal);
      this.#parts.cancelGroups.add(handle, signal);
    } else {
      details.submitters.add(attempt ?? "program");
    }
    if (attempt !== undefined) (attempt.children ??= new Set()).add(handle);
    if (handle.spec.wait !== undefined && attempt !== undefined && handle.parentAttempt === undefined) {
      handle.submittedBy = attempt; // the one before was tried again
    }
    return handle;
  }

  /** Step 4: a new handle, linked with what it waits for and with the body that submits it. */
  #create(
    { spec, args, dependencies, attempt, options, dedupKey }: Submission,
    identity: Identity | undefined,
  ): Handle {
    const handle = new Handle(this.#parts.owner, spec, ++this.#seq, identity?.args ?? args);
    const id = identity?.id ?? fixedIdOf(options);
    if (id !== undefined) {
      const details = handle.ensureDetails();
      details.id = id;
      details.key = options.key;
      details.durable = identity?.durable;
    }
    if (options.source !== undefined) handle.ensureDetails().source = options.source;
    const delay = options.delay ?? spec.options.startAfter;
    if (delay !== undefined) handle.ensureDetails().dueAt = dueFrom(delay, this.#parts.owner.clock.now());
    if (spec.wait !== undefined) handle.ensureDetails().delay = delay;
    const { deadline } = spec.options;
    if (deadline !== undefined) {
      handle.ensureDetails().deadlineAt = deadlineFrom(deadline, this.#parts.owner.clock.now());
    }
    if (options.isStreamed) handle.ensureDetails().isStreamed = true;
    const asyncContext = submittersContext();
    if (asyncContext !== undefined) handle.ensureDetails().asyncContext = asyncContext;
    if (dedupKey !== undefined) {
      handle.ensureDetails().dedupKey = dedupKey;
      const key = activeKey(handle.name, dedupKey);
      this.#active.set(key, addLink(this.#active.get(key), handle));
    }
    if (attempt !== undefined && attempt.phase !== "aborted") {
      handle.submittedBy = attempt;
      handle.depth = attempt.handle.depth + 1;
      (attempt.children ??= new Set()).add(handle);
    }
    handle.dependencies = dependencies;
    for (const dependency of listLinks(dependencies)) if (!dependency.done) waitFor(handle, dependency);
    return handle;
  }

  /** Step 5: listeners are told, and the task is started on its way, if nothing blocks it. */
  #announce(handle: Handle, signal: AbortSignal | undefined): void {
    const { statuses, handles, cancelGroups, deadlines, durability, completion } = this.#parts;
    handle.blocking++; // held back until listeners have been told, which may add dependencies
    handles.add(handle);
    const isOnRecord = durability.admitted(handle);
    statuses.add(handle);
    // What an earlier run has ended keeps its end.
    if (signal !== undefined && !isOnRecord && !handle.done) cancelGroups.add(handle, signal);
    if (!isOnRecord && handle.details !== undefined) deadlines.arm(handle);
    handle.blocking--;
    if (handle.code !== PENDING) return; // a listener or its signal cancelled it
    if (handle.blocking === 0) this.#parts.releaser.unblocked(handle);
    else completion.endForDependencies(handle, listLinks(handle.dependencies));
    if (signal !== undefined && isOnRecord && !handle.done) cancelGroups.add(handle, signal);
  }
}

/**
 * When a task is due that is retried: at the time that it had, also if that has passed. One that timed out as it waited for a
 * signal has all its time again.
 */
function delayAgain({ spec, details }: Handle): number | Date | undefined {
  if (details?.dueAt === undefined || spec.wait === "signal") return details?.delay;
  return new Date(details.dueAt);
}

function activeKey(name: string, dedupKey: string): string {
  return `${name.length} ${name} ${dedupKey}`;
}

function isSameTask({ spec }: Handle, { options: { name, module } }: TaskSpec): boolean {
  return spec.options.name === name && spec.options.module === module;
}

/** Whether a handle stands for an equal submission of a later attempt, too: what failed or was cancelled runs again. */
function isReusable({ done, code }: Handle): boolean {
  return !done || code === COMPLETED || code === SKIPPED;
}

function dedupKeyOf({ options }: TaskSpec, args: readonly unknown[]): string | undefined {
  const dedupBy = options.dedupBy as ((...args: readonly unknown[]) => unknown) | undefined;
  if (dedupBy === undefined) return undefined;
  const key = dedupBy(...withIds(args));
  if (typeof key === "string") return key;
  throw new TypeError(`dedupBy of task "${options.name}" must return a string, not ${describeValue(key)}`);
}

/** @throws {TypeError} If a key was given to another task. */
function refuseOtherTask(known: Handle, spec: TaskSpec, key: string): void {
  if (isSameTask(known, spec)) return;
  throw new TypeError(otherTaskMessage(key, spec.options, known.spec.options));
}

/** The id that a submission has in any case: that of its key, or of the run of a job. */
export function fixedIdOf({ key, id }: InternalSubmitOptions): string | undefined {
  return key === undefined ? id : idOfKey(key);
}
