/**
 * Submitting tasks again from their records.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { CheckpointError } from "../core/errors.ts";
import { resolveOptions } from "../core/resolve_options.ts";
import { withHandles } from "../tasks/inputs.ts";
import type { Handle } from "../tasks/handle.ts";
import { findTask } from "../tasks/registry.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { SubmitOptions } from "../tasks/submitter.ts";
import type { Restorer } from "./restorer.ts";
import type { Roster } from "./roster.ts";

/** Where tasks are submitted again. */
export interface Resubmitter {
  readonly restorer: Restorer;
  readonly roster: Roster;
  check(spec: TaskSpec, args: readonly unknown[]): void;
  submit(spec: TaskSpec, args: readonly unknown[], options: SubmitOptions): Handle;
}

/** A record on the way to being submitted: first what it depends on, then itself. */
interface Step {
  readonly record: TaskRecord;
  readonly isOpened: boolean;
}

/**
 * Submits all orphans, and what they depend on, dependencies first. None is submitted if one cannot be. Those are left out
 * that the body of a task will submit which is yet to run.
 *
 * @returns The handles of the orphans that were submitted.
 * @throws {CheckpointError} If the task of one is not there, or something that it depends on.
 * @throws {TypeError} If the pool of one is not there, or cannot run it.
 */
export function resubmitOrphans(engine: Resubmitter): Handle[] {
  const { restorer, roster } = engine;
  const handles = handlesById(roster);
  const all = restorer.orphaned;
  const orphanIds = new Set(all.map(({ id }) => id));
  const willRun = (id: string) => orphanIds.has(id) || handles.get(id)?.done === false;
  return submitAgain(engine, all.filter(({ parent }) => parent === undefined || !willRun(parent)));
}

/**
 * Submits the tasks of records, and what they depend on, dependencies first. None is submitted if one cannot be.
 *
 * @returns Their handles.
 * @throws {CheckpointError} If the task of one is not there, or something that it depends on.
 * @throws {TypeError} If the pool of one is not there, or cannot run it.
 */
export function submitAgain(engine: Resubmitter, records: readonly TaskRecord[]): Handle[] {
  const { restorer, roster } = engine;
  const handles = handlesById(roster);
  const planned = inOrder(records, (id) => handles.has(id), (id) => restorer.find(id))
    .map((record) => ({ record, spec: specOf(record, restorer) }));
  for (const { record, spec } of planned) engine.check(spec, record.args);
  const handleOf = (id: string) => handles.get(id)!;
  for (const { record, spec } of planned) {
    const { id, args, refs = [], dependsOn } = record;
    const options = { key: id, dependsOn: dependsOn.map(handleOf) };
    handles.set(id, engine.submit(spec, withHandles(args, refs, handleOf), options));
  }
  return records.map(({ id }) => handleOf(id));
}

function handlesById(roster: Roster): Map<string, Handle> {
  return new Map(roster.list().map((handle) => [handle.id, handle]));
}

/** The records to submit, each after what it depends on. */
function inOrder(
  orphans: readonly TaskRecord[],
  isKnown: (id: string) => boolean,
  find: (id: string) => TaskRecord | undefined,
): TaskRecord[] {
  const ordered = new Set<TaskRecord>();
  const opened = new Set<TaskRecord>();
  const steps: Step[] = orphans.map((record) => ({ record, isOpened: false })).reverse();
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { record, isOpened } = step;
    if (isOpened) ordered.add(record);
    if (isOpened || ordered.has(record)) continue;
    if (opened.has(record)) {
      throw new CheckpointError(`Cannot submit "${record.id}" again, as its records form a circle`);
    }
    opened.add(record);
    steps.push({ record, isOpened: true });
    for (const id of [...neededBy(record)].reverse()) {
      if (isKnown(id)) continue;
      const needed = find(id);
      if (needed === undefined) {
        throw new CheckpointError(
          `Cannot submit "${record.id}" again, as it depends on "${id}", which is not on record`,
        );
      }
      if (!ordered.has(needed)) steps.push({ record: needed, isOpened: false });
    }
  }
  return [...ordered];
}

function neededBy({ dependsOn, refs = [] }: TaskRecord): Set<string> {
  return new Set([...dependsOn, ...refs.map(({ id }) => id)]);
}

/** The task of a record, or a stand-in for one that is over and will not run. */
function specOf(record: TaskRecord, restorer: Restorer): TaskSpec {
  const { id, name, definedAs = name, module } = record;
  const spec = module === undefined ? undefined : findTask(module, definedAs);
  if (spec !== undefined && definedAs === name) return spec;
  if (spec !== undefined) return { ...spec, options: { ...spec.options, name } };
  if (restorer.isOver(record)) return { options: resolveOptions({}, name), definedAs, body: () => {} };
  const why = module === undefined
    ? "it was submitted as a function: submit it yourself, or make it a task, with task()"
    : `${module} defines no task "${definedAs}", or was not imported: import it first`;
  throw new CheckpointError(`Cannot submit "${id}" again, as ${why}`, { task: name });
}
