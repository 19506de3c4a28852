/**
 * Tasks that a program submits to a runner that is not its own, and their outcomes.
 *
 * @module
 */

import type { CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { CheckpointError, TaskCancelledError } from "../core/errors.ts";
import { idOfKey, otherTaskMessage } from "../core/key_id.ts";
import { isTerminal, STATUSES } from "../core/status.ts";
import { fromEnvelope } from "../serialization/envelope.ts";
import { snapshot, snapshotOfArgs } from "../serialization/snapshot.ts";
import { changedOptionsOf } from "../tasks/changed_options.ts";
import { recordedModule } from "../tasks/recorded_module.ts";
import { SPEC } from "../tasks/spec.ts";
import { SUBMIT_WITH } from "../tasks/submitter.ts";
import type { Task } from "../tasks/task.ts";
import { CLIENT_SOURCE, deliverRecord } from "./client_requests.ts";

/** A record, and how its values can be encoded. */
export interface EncodableRecord {
  readonly record: TaskRecord;
  readonly encoding: ValueEncoding | undefined;
}

/** Options of a submission that mean something only to the program whose runner gets the task. */
const OF_THE_RUNNER = ["runner", "dependsOn", "dedupKey", "signal"] as const;

/**
 * What is stored of a task that is to be submitted.
 *
 * @throws {TypeError} If it is not a task in a module, or an option means nothing to another program.
 * @throws {CheckpointError} If an argument cannot be stored.
 */
export function submissionRecord(task: unknown, args: readonly unknown[], codec: CodecName): EncodableRecord {
  if (task === null || !(typeof task === "object" || typeof task === "function") || !(SPEC in task)) {
    throw new TypeError(`Cannot submit ${describeValue(task)} to another program: give a task, as task() makes it`);
  }
  const { [SPEC]: spec, [SUBMIT_WITH]: given = {} } = task as Task<never, unknown>;
  const { name, module, version, startAfter, tags } = spec.options;
  for (const option of OF_THE_RUNNER) {
    if (given[option] === undefined) continue;
    throw new TypeError(
      `Cannot submit "${name}" to another program with the option ${option}` +
        (option === "dedupKey" ? "; use key" : ", which means nothing there"),
    );
  }
  if (module === undefined) {
    throw new TypeError(
      `Cannot submit "${name}" to another program, as it is in no module: make it a task, with task()`,
    );
  }
  const now = Date.now();
  const options = changedOptionsOf(spec);
  const { value, encoding } = argsOf(name, args, codec);
  const { key } = given;
  const record: TaskRecord = {
    id: key === undefined ? `${name}#${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}-1` : idOfKey(key),
    name,
    ...(spec.definedAs !== name && { definedAs: spec.definedAs }),
    module: recordedModule(module),
    ...(version !== undefined && { version }),
    status: "pending",
    attempts: 0,
    args: value,
    dependsOn: [],
    ...(key !== undefined && { key }),
    source: given.source ?? CLIENT_SOURCE,
    ...(tags.length > 0 && { tags }),
    ...(options !== undefined && { options }),
    submittedAt: now,
    ...(startAfter !== undefined &&
      { dueAt: typeof startAfter === "number" ? now + startAfter : startAfter.getTime() }),
  };
  return { record, encoding };
}

/**
 * Makes sure that a key that was submitted before is that of the same task. (Its module may be known under another address
 * where it was submitted.)
 *
 * @param known What is stored under the key, if it still is.
 * @throws {TypeError} If it is that of another task.
 */
export function refuseOtherTask({ id, key = id, name, module }: TaskRecord, known: TaskRecord | undefined): void {
  if (known === undefined || known.name === name) return;
  throw new TypeError(otherTaskMessage(key, { name, module }, known));
}

/**
 * What is stored of a value that is to be delivered.
 *
 * @throws {CheckpointError} If it cannot be stored.
 */
export function deliveryRecord(key: string, value: unknown, codec: CodecName): EncodableRecord {
  try {
    const copy = value === undefined ? undefined : snapshot(value, codec, "value");
    return { record: deliverRecord(key, copy?.value), encoding: copy?.encoding };
  } catch (cause) {
    throw unsavable(`Cannot deliver "${key}"`, cause);
  }
}

/**
 * What a task returned, by its record.
 *
 * @throws What it failed with.
 */
export function outcomeOf({ id, name, status, value, error }: TaskRecord): unknown {
  if (status === "completed") return value;
  if (status === "cancelled") throw new TaskCancelledError(`"${id}" was cancelled`, { task: name });
  if (error === undefined) throw undefined;
  throw fromEnvelope(error);
}

/** Whether a record says that its task has ended. */
export function hasEnded({ status }: TaskRecord): boolean {
  return isTerminal(STATUSES.indexOf(status) as 0);
}

/** The error of those who ask for a task that is not there. */
export function unknownTaskError(id: string, where: string): CheckpointError {
  return new CheckpointError(
    `There is no task ${
      describeValue(id)
    } in ${where}: it was not submitted there, or its record was removed after the time ` +
      "that its runner keeps it (retention)",
  );
}

function argsOf(name: string, args: readonly unknown[], codec: CodecName) {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--; // omitted and undefined are the same to a function
  try {
    return snapshotOfArgs(args.slice(0, length), codec, "args");
  } catch (cause) {
    throw unsavable(`Cannot submit "${name}"`, cause);
  }
}

function unsavable(what: string, cause: unknown): Error {
  if (!(cause instanceof TypeError)) return cause as Error;
  return new CheckpointError(`${what}, as ${cause.message || describeError(cause)}`, { cause, reason: "unsavable" });
}
