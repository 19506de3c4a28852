/**
 * Tasks as records.
 *
 * @module
 */

import type { CodecName, PastAttemptRecord, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { describeError } from "../core/describe.ts";
import { CheckpointError } from "../core/errors.ts";
import { type Links, listLinks } from "../core/graph.ts";
import {
  COMPLETED,
  FAILED,
  isTerminal,
  RETRYING,
  RUNNING,
  SKIPPED,
  type StatusCode,
  STATUSES,
  type TaskStatus,
} from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import type { PastAttempt } from "../engine/handle_facts.ts";
import { withoutHandles } from "../engine/inputs.ts";
import { wider } from "../serialization/encoding.ts";
import { snapshot, snapshotOfArgs, snapshotOfThrown } from "../serialization/snapshot.ts";
import { changedOptionsOf } from "../tasks/changed_options.ts";
import { recordedModule } from "../tasks/recorded_module.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import { type RecordedInputs, stateOf, type TaskState } from "./task_state.ts";

/** What a record depends on besides the task. */
export interface RecordContext {
  readonly codec: CodecName;
  /** Milliseconds since the epoch that the times of handles count from. */
  readonly epoch: number;
  /** Whether the program is ending in an orderly way. */
  readonly isEnding: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** How long the description of an error in a history may be, in characters. */
const MAX_HISTORY_ERROR = 500;

const NO_REFS: RecordedInputs["refs"] = [];
const NO_INPUTS: RecordedInputs = { args: [], refs: NO_REFS, encoding: "json" };

/** A record, and how its values can be encoded, which was found out when they were copied, if that is known. */
export interface EncodableRecord {
  readonly record: TaskRecord;
  readonly encoding: ValueEncoding | undefined;
}

/**
 * A task as a record that says that it has this status.
 *
 * @param outcome Its value or error, if it has finished.
 * @throws {TypeError} If the value cannot be saved; the message names the path to what cannot.
 */
export function recordOf(handle: Handle, code: StatusCode, outcome: unknown, context: RecordContext): EncodableRecord {
  const { id, spec: { options: { name, module, version }, definedAs }, attempts, startedMs, finishedMs, details } =
    handle;
  const { codec, epoch, isEnding } = context;
  const state = stateOf(handle);
  const { args, refs, encoding } = state.inputs ?? NO_INPUTS;
  const dependsOn = listLinks(handle.dependencies).map((each) => each.id);
  const record: Writable<TaskRecord> = { id, name, status: STATUSES[code]!, attempts, args, dependsOn };
  if (refs.length > 0) record.refs = refs;
  if (state.scope !== undefined) record.parent = state.scope;
  if (state.isDetached) record.detached = true;
  if (state.isAmbiguous) record.ambiguous = true;
  if (state.aliases !== undefined) record.aliases = state.aliases.slice();
  if (definedAs !== name) record.definedAs = definedAs;
  if (module !== undefined) record.module = recordedModule(module);
  if (version !== undefined) record.version = version;
  const { key, dedupKey, source, label, round, uncounted, history } = details!;
  if (key !== undefined) record.key = key;
  if (dedupKey !== undefined) record.dedupKey = dedupKey;
  if (source !== undefined) record.source = source;
  if (label !== undefined) record.label = label;
  if (handle.tags.length > 0) record.tags = handle.tags;
  const options = changedOptionsOf(handle.spec);
  if (options !== undefined) record.options = options;
  if (handle.spec.options.redact !== undefined || details!.shownArgs !== undefined) {
    record.shownArgs = details!.shownArgs ?? [];
  }
  record.submittedAt = epoch + handle.submittedMs;
  if (startedMs !== undefined) record.startedAt = epoch + startedMs;
  if (finishedMs !== undefined && isTerminal(code)) record.finishedAt = epoch + finishedMs;
  if (handle.worker !== undefined) record.worker = handle.worker;
  if (round > 0) record.round = round;
  if (uncounted > 0) record.interruptions = uncounted;
  if (state.recoveries > 0 && !isTerminal(code)) record.recoveries = state.recoveries;
  if (history !== undefined) record.history = history.map((each) => pastAttemptOf(each, epoch));
  if (code === RETRYING && handle.retryAt !== undefined) record.retryAt = handle.retryAt.getTime();
  if (details!.dueAt !== undefined) record.dueAt = details!.dueAt;
  if (details!.deadlineAt !== undefined && !isTerminal(code)) record.deadline = details!.deadlineAt;
  if (code === RUNNING && (isEnding || isWaiting(handle))) record.uncounted = true;
  if (isTerminal(code)) {
    const lost = lostDependencies(handle);
    if (lost !== undefined) record.lost = lost;
  }
  if (code === COMPLETED && outcome !== undefined) {
    const value = snapshot(outcome, codec, "value");
    record.value = value.value;
    return { record, encoding: wider(encoding, value.encoding) };
  }
  if ((code === FAILED || code === SKIPPED) && outcome !== undefined) {
    const error = snapshotOfThrown(outcome, codec);
    record.error = error.value;
    return { record, encoding: wider(encoding, error.encoding) };
  }
  return { record, encoding };
}

/**
 * What is recorded of how a task is submitted: copies, which do not change when the program changes its own values.
 *
 * @param dependencies What it will depend on, handles among the arguments included.
 * @throws {CheckpointError} If the arguments cannot be saved; the message names the path to what cannot.
 */
export function recordedInputs(
  { options: { name } }: TaskSpec,
  given: readonly unknown[],
  dependencies: Links<Handle>,
  codec: CodecName,
): RecordedInputs {
  const { args, refs } = dependencies === undefined ? { args: given, refs: NO_REFS } : withoutHandles(given);
  try {
    const { value, encoding } = snapshotOfArgs(withoutTrailingUndefined(args), codec, "args");
    return { args: value, refs, encoding };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CheckpointError(`Cannot submit "${name}", as ${error.message}`, {
      task: name,
      cause: error,
      reason: "unsavable",
    });
  }
}

/** Drops trailing `undefined` arguments: omitted and `undefined` are the same to a function. */
function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return length === args.length ? args : args.slice(0, length);
}

/** How the dependencies ended that did not complete. */
export function lostDependencies(handle: Handle): Record<string, TaskStatus> | undefined {
  let lost: Record<string, TaskStatus> | undefined;
  for (const { id, code } of listLinks(handle.dependencies)) {
    if (code > COMPLETED) (lost ??= {})[id] = STATUSES[code]!;
  }
  return lost;
}

function isWaiting({ attempt }: Handle): boolean {
  return attempt?.phase === "waiting" || attempt?.phase === "returning";
}

function pastAttemptOf(
  { number, startedMs, finishedMs, status, error, worker }: PastAttempt,
  epoch: number,
): PastAttemptRecord {
  const text = typeof error === "string" ? error : describeError(error);
  return {
    number,
    startedAt: epoch + startedMs,
    ...(finishedMs !== undefined && { finishedAt: epoch + finishedMs }),
    ...(status === "interrupted" && { interrupted: true }),
    ...(worker !== undefined && { worker }),
    error: text.slice(0, MAX_HISTORY_ERROR),
  };
}

/** Runs a task again that has ended by its record. */
export function beginRound(handle: Handle, { round = 0 }: TaskRecord): void {
  handle.ensureDetails().round = round + 1;
}

/**
 * Restores what a record says of earlier attempts.
 *
 * @param hasSurvived Whether its last attempt was under way and has not ended with its program: it is the next one here.
 */
export function continueFrom(
  handle: Handle,
  state: TaskState,
  record: TaskRecord,
  epoch: number,
  hasSurvived = false,
): void {
  handle.attempts = hasSurvived ? record.attempts - 1 : record.attempts;
  const details = handle.ensureDetails();
  details.round = record.round ?? 0;
  details.uncounted = record.interruptions ?? 0;
  details.history = record.history?.map(({ number, startedAt, finishedAt, interrupted, error, worker }) => ({
    number,
    startedMs: startedAt - epoch,
    finishedMs: finishedAt === undefined ? undefined : finishedAt - epoch,
    status: interrupted === true ? "interrupted" : "failed",
    error,
    worker,
  }));
  if (record.startedAt !== undefined) handle.startedMs = record.startedAt - epoch;
  if (record.submittedAt !== undefined) handle.submittedMs = record.submittedAt - epoch;
  state.recoveries = record.recoveries ?? 0;
  if (record.status === "running" && !hasSurvived) {
    details.uncounted++; // the attempt ended with its program
    (details.history ??= []).push({
      number: record.attempts,
      startedMs: (record.startedAt ?? epoch) - epoch,
      finishedMs: undefined,
      status: "interrupted",
      error: "its program ended",
      worker: record.worker,
    });
    if (record.uncounted !== true) state.recoveries++;
  }
  if (record.dueAt !== undefined) {
    details.dueAt = record.dueAt;
    details.delay = Math.max(0, record.dueAt - (record.submittedAt ?? record.dueAt));
  }
  if (record.label !== undefined) details.label = record.label;
  if (record.shownArgs !== undefined && record.shownArgs.length > 0) details.shownArgs = record.shownArgs;
  if (record.deadline !== undefined) details.deadlineAt = record.deadline;
  state.isRecovered = true;
  state.retryAt = record.retryAt;
}
