/**
 * Submitting tasks again from their records.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import type { AnyTaskOptions } from "../core/options.ts";
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
    for (const record of records) {
      try {
        submitted.push(this.#submit(record));
      } catch (error) {
        this.#earlier.explainOrphan(record.id, error instanceof Error ? error.message : describeError(error));
      }
    }
    return submitted;
  }

  /** A list and no recursion, as chains may have any length. */
  #submit(first: TaskRecord): Handle {
    const steps: Step[] = [{ record: first, isOpened: false }];
    const opened = new Set<string>();
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const { record, isOpened } = step;
      if (this.#host.find(record.id) !== undefined) continue;
      if (isOpened) {
        this.#submitOne(record);
        continue;
      }
      if (opened.has(record.id)) throw new Error("its record and those of its dependencies form a circle");
      opened.add(record.id);
      steps.push({ record, isOpened: true });
      for (const id of [...neededBy(record)].reverse()) {
        if (this.#host.find(id) !== undefined) continue;
        const needed = this.#earlier.find(id);
        if (needed === undefined) throw new Error(`it depends on "${id}", which is not on record`);
        steps.push({ record: needed, isOpened: false });
      }
    }
    return this.#host.find(first.id)!;
  }

  #submitOne(record: TaskRecord): void {
    const { id, args, refs = [], dependsOn, parent, detached, aliases, key, dedupKey, source } = record;
    const spec = this.#specOf(record);
    const handleOf = (needed: string) => this.#host.find(needed)!;
    const parentHandle = parent === undefined ? undefined : this.#host.find(parent);
    const durable = new TaskState({ args, refs }, parent, parentHandle?.done ? undefined : parentHandle, false, 0);
    durable.isDetached = detached === true;
    durable.aliases = aliases?.slice();
    const given = withHandles(args, refs, handleOf);
    this.#host.resubmit(spec, given, dependsOn.map(handleOf), { id, key, dedupKey, source, durable });
  }

  /** The task of a record, or a stand-in for one that has ended and will not run. */
  #specOf(record: TaskRecord): TaskSpec {
    const { name, definedAs = name, module, options } = record;
    const spec = module === undefined ? undefined : findRecordedTask(module, definedAs);
    if (spec !== undefined) {
      if (definedAs === name && options === undefined) return spec;
      return { ...spec, options: withRecorded(spec, name, options ?? {}) };
    }
    if (this.#earlier.ends(record)) return { options: resolveOptions({}, name), definedAs, body: () => {} };
    throw new Error(
      module === undefined
        ? "it was submitted as a function: submit it yourself, or make it a task, with task()"
        : `${module} defines no task "${definedAs}", or was not imported: import it first`,
    );
  }
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

function neededBy({ dependsOn, refs = [] }: TaskRecord): Set<string> {
  return new Set([...dependsOn, ...refs.map(({ id }) => id)]);
}
