/**
 * Submitting tasks again from their records.
 *
 * @module
 */

import type { HandleRef, TaskRecord } from "../core/checkpointer.ts";
import { describeValue, messageOf } from "../core/describe.ts";
import type { AnyTaskOptions } from "../core/options.ts";
import { NonRetryableError } from "../core/retry_errors.ts";
import { resolveOptions } from "../core/resolve_options.ts";
import type { DurabilityHost } from "../engine/durability.ts";
import type { Handle } from "../engine/handle.ts";
import { withHandles } from "../engine/inputs.ts";
import { findRecordedTask } from "../tasks/registry.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { EarlierRun } from "./earlier_run.ts";
import { TaskState } from "./task_state.ts";

/** A record on the way to being submitted: first what it depends on, then itself. */
interface Step {
  readonly record: TaskRecord;
  readonly isOpened: boolean;
}

/** Submits tasks from their records. */
export class Resubmitter {
  readonly #host: DurabilityHost;
  readonly #earlier: EarlierRun;

  constructor(host: DurabilityHost, earlier: EarlierRun) {
    this.#host = host;
    this.#earlier = earlier;
  }

  /**
   * Submits the tasks of records, and what they depend on, dependencies first. One that cannot be submitted is left where
   * it is, with the reason.
   *
   * @returns The handles of the records that were submitted.
   */
  submit(records: readonly TaskRecord[]): Handle[] {
    const submitted: Handle[] = [];
    const reasons = new Map<string, string>();
    for (const record of records) {
      this.#submit(record, reasons);
      const handle = this.#host.find(record.id);
      if (handle === undefined) this.#earlier.explainOrphan(record.id, reasons.get(record.id)!);
      else submitted.push(handle);
    }
    return submitted;
  }

  /** @param reasons Why records cannot be submitted, by their ids: each is tried once, however many depend on it. */
  #submit(first: TaskRecord, reasons: Map<string, string>): void {
    const opened = new Set<string>();
    try {
      this.#submitInOrder(first, opened, reasons);
    } catch (error) {
      const reason = messageOf(error);
      // What was opened and not submitted is what led from the first record to this one.
      for (const id of opened) if (this.#host.find(id) === undefined) reasons.set(id, reason);
    }
  }

  /** A list and no recursion, as chains may have any length. */
  #submitInOrder(first: TaskRecord, opened: Set<string>, reasons: ReadonlyMap<string, string>): void {
    const steps: Step[] = [{ record: first, isOpened: false }];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const { record, isOpened } = step;
      if (this.#host.find(record.id) !== undefined) continue;
      if (isOpened) {
        this.#submitOne(record);
        continue;
      }
      if (opened.has(record.id)) throw new Error("its record and those of its dependencies form a circle");
      opened.add(record.id);
      const reason = reasons.get(record.id);
      if (reason !== undefined) throw new Error(reason);
      steps.push({ record, isOpened: true });
      for (const id of [...neededBy(record)].reverse()) {
        if (this.#host.find(id) !== undefined) continue;
        const needed = this.#earlier.find(id);
        if (needed === undefined) throw new Error(`it depends on "${id}", which is not on record`);
        steps.push({ record: needed, isOpened: false });
      }
    }
  }

  #submitOne(record: TaskRecord): void {
    const { id, args, refs = [], dependsOn, parent, detached, aliases, key, dedupKey, source } = record;
    const spec = this.#specOf(record);
    const handleOf = (needed: string) => this.#host.find(needed)!;
    const parentHandle = parent === undefined ? undefined : this.#host.find(parent);
    const durable = new TaskState({ args, refs }, parent, parentHandle?.done ? undefined : parentHandle, false);
    durable.isDetached = detached === true;
    durable.aliases = aliases?.slice();
    checkPlaces(args, refs);
    const given = withHandles(args, refs, handleOf);
    this.#host.resubmit(spec, given, dependsOn.map(handleOf), {
      id,
      key,
      dedupKey,
      source,
      durable,
      parent: parentHandle,
    });
  }

  /** The task of a record, or a stand-in for one that has ended and will not run. */
  #specOf(record: TaskRecord): TaskSpec {
    const { name, definedAs = name, tags = [] } = record;
    const spec = definedSpecOf(record);
    if (spec !== undefined) return spec;
    if (this.#earlier.ends(record)) {
      const body = () => {
        throw new NonRetryableError(`"${record.id}" cannot run, as its task is not defined: import its module`);
      };
      return { options: resolveOptions({ tags }, name), definedAs, body };
    }
    throw undefinedError(record);
  }
}

/** The task of a record, with the options that were recorded; `undefined` if this program does not define it. */
function definedSpecOf({ name, definedAs = name, module, options }: TaskRecord): TaskSpec | undefined {
  const spec = module === undefined ? undefined : findRecordedTask(module, definedAs);
  if (spec === undefined || definedAs === name && options === undefined) return spec;
  return { ...spec, options: withRecorded(spec, name, options ?? {}) };
}

/**
 * The task of a record that is to run.
 *
 * @throws {Error} If this program does not define it.
 */
export function specOfRecord(record: TaskRecord): TaskSpec {
  const spec = definedSpecOf(record);
  if (spec !== undefined) return spec;
  throw undefinedError(record);
}

function undefinedError({ name, definedAs = name, module }: TaskRecord): Error {
  return new Error(
    module === undefined
      ? "it was submitted as a function: submit it yourself, or make it a task, with task()"
      : `${module} defines no task "${definedAs}", or was not imported: import it first`,
  );
}

/** The options of a task with those that were recorded on top, which need not be valid. */
function withRecorded(spec: TaskSpec, name: string, recorded: Readonly<Record<string, unknown>>): TaskSpec["options"] {
  const given: Record<string, unknown> = { ...spec.options };
  delete given["retries"]; // follows from maxAttempts
  for (const [option, value] of Object.entries(recorded)) given[option] = value ?? undefined;
  if (given["backoffMax"] === Infinity) delete given["backoffMax"];
  if (given["backend"] !== undefined && given["pool"] !== undefined) {
    delete given["pool" in recorded && recorded["pool"] !== null ? "backend" : "pool"];
  }
  return resolveOptions({ ...given, name } as AnyTaskOptions, name);
}

/** Makes sure that there is room for handles where they were: not all that could be read was written by a runner. */
function checkPlaces(args: readonly unknown[], refs: readonly HandleRef[]): void {
  for (const { at: [index, key] } of refs) {
    const holder: unknown = key === undefined ? args : args[index];
    if (Object.getOwnPropertyDescriptor(Object(holder), key ?? index)?.value === null) continue;
    const place = key === undefined ? `${index}` : `${index}, ${describeValue(key)}`;
    throw new Error(`its record is damaged: there is no place for a handle at [${place}] of its arguments`);
  }
}

function neededBy({ dependsOn, refs = [] }: TaskRecord): Set<string> {
  return new Set([...dependsOn, ...refs.map(({ id }) => id)]);
}
