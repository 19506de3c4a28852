/**
 * Signals as records, and the records of tasks that wait for them.
 *
 * @module
 */

import type { CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { CheckpointError } from "../core/errors.ts";
import { isTerminal } from "../core/status.ts";
import type { KnownSignals } from "../engine/durability.ts";
import { snapshot } from "../serialization/snapshot.ts";
import { WAITING_MODULE } from "../tasks/waiting.ts";
import { codeOf } from "./earlier_run.ts";

const SIGNAL = "signal";
/** What the ids of such records begin with, before the key; no key of a task leads to such an id. */
const PREFIX = "signal:";

/**
 * What was delivered for a key, as a record.
 *
 * @param now In milliseconds since the epoch.
 * @throws {CheckpointError} If the value cannot be saved; the message names the path to what cannot.
 */
export function signalRecord(
  key: string,
  given: unknown,
  now: number,
  codec: CodecName,
): { readonly record: TaskRecord; readonly encoding: ValueEncoding | undefined } {
  const record: TaskRecord = {
    id: `${PREFIX}${key}`,
    name: SIGNAL,
    module: WAITING_MODULE,
    status: "completed",
    attempts: 0,
    args: [key],
    dependsOn: [],
    submittedAt: now,
    finishedAt: now,
  };
  if (given === undefined) return { record, encoding: undefined };
  try {
    const { value, encoding } = snapshot(given, codec, "value");
    return { record: { ...record, value }, encoding };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CheckpointError(`Cannot deliver "${key}", as ${error.message}`, { cause: error, reason: "unsavable" });
  }
}

/** Whether a record is one of a signal, and not of a task. */
export function isSignal({ id, name, module }: TaskRecord): boolean {
  return module === WAITING_MODULE && name === SIGNAL && id.startsWith(PREFIX);
}

/** Whether a record is that of a task which timed out as it waited for a signal. */
export function isTimedOut({ status, module, name, dueAt, lost }: TaskRecord): boolean {
  return status === "failed" && isWait({ module, name }) && dueAt !== undefined && lost === undefined;
}

/** Tells what a record says of signals. */
export function learn(record: TaskRecord, signals: KnownSignals): void {
  const key = record.args[0];
  if (typeof key !== "string") return;
  if (isSignal(record)) signals.delivered(key, record.value);
  else if (isTimedOut(record)) signals.timedOut(key, record.id);
  else if (isWait(record) && !isTerminal(codeOf(record))) signals.left(key, record.dueAt);
}

/** Says that a record is there no more. */
export function forget(id: string, signals: KnownSignals): void {
  if (id.startsWith(PREFIX)) signals.forgotten(id.slice(PREFIX.length));
  else signals.forgottenTask(id);
}

function isWait({ module, name }: { readonly module?: string | undefined; readonly name: string }): boolean {
  return module === WAITING_MODULE && name === "waitFor";
}
