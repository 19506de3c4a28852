/**
 * Whether something that was read is a record.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { describeValue, messageOf } from "../core/describe.ts";
import { CheckpointError } from "../core/errors.ts";
import { STATUSES } from "../core/status.ts";

/** What a record may be before it is known to be one. */
type Found = { readonly [F in keyof TaskRecord]: unknown };

/** Whether a field of a record may have a value. */
type FieldCheck = (value: unknown, record: Found) => boolean;

const STATUS_NAMES: ReadonlySet<unknown> = new Set(STATUSES);

/**
 * What each field must be; any other field is from a later version, and left as it is.
 *
 * A new field of `TaskRecord` needs its check here, which the compiler asks for, and a value in the record `FULL` of
 * `src/testing/checkpointer_cases/samples.ts`, by which every checkpointer is tested with it. Fields but `args`, `value` and
 * `error` must hold plain JSON data: both codecs write them as that.
 */
const FIELDS: { readonly [F in keyof Required<TaskRecord>]: FieldCheck } = {
  id: (value) => isString(value) && value !== "",
  name: isString,
  definedAs: optional(isString),
  module: optional(isString),
  version: optional(isString),
  parent: optional(isString),
  detached: optional(isTrue),
  ambiguous: optional(isTrue),
  key: optional(isString),
  dedupKey: optional(isString),
  aliases: optional(areStrings),
  source: optional(isString),
  label: optional(isString),
  shownArgs: optional(Array.isArray),
  tags: optional(areStrings),
  options: optional(isPlain),
  lost: optional((value) => isPlain(value) && Object.values(value).every(isString)),
  submittedAt: optional(isTime),
  retryAt: optional(isTime),
  dueAt: optional(isTime),
  deadline: optional(isTime),
  uncounted: optional(isTrue),
  interruptions: optional(isWhole),
  recoveries: optional(isWhole),
  round: optional(isWhole),
  history: optional((value) => Array.isArray(value) && value.every(isPastAttempt)),
  status: (value) => STATUS_NAMES.has(value),
  attempts: isWhole,
  args: Array.isArray,
  refs: optional((value, { args }) => Array.isArray(value) && value.every((each) => isRef(each, args as unknown[]))),
  dependsOn: areStrings,
  startedAt: optional(isTime),
  worker: optional(isString),
  finishedAt: optional(isTime),
  value: () => true,
  error: optional(isEnvelope),
};

/** The fields that every record has. */
const REQUIRED: readonly (keyof TaskRecord)[] = ["id", "name", "status", "attempts", "args", "dependsOn"];
/** The checks of the others, by name. */
const OPTIONAL: ReadonlyMap<string, FieldCheck> = new Map(
  Object.entries(FIELDS).filter(([name]) => !REQUIRED.includes(name as keyof TaskRecord)),
);

/**
 * Checks something that was read.
 *
 * @throws {TypeError} If it is not a record; the message names the field.
 */
export function checkRecord(found: unknown): TaskRecord {
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    throw new TypeError(`${describeValue(found)} is not a record`);
  }
  const record = found as Found;
  for (const name of REQUIRED) if (!FIELDS[name](record[name], record)) refuse(name, record[name]);
  // Of the others only those that are there: few are, and a checkpoint may have a million records.
  for (const name in record) {
    const value = record[name as keyof Found];
    if (OPTIONAL.get(name)?.(value, record) === false) refuse(name, value);
  }
  return found as TaskRecord;
}

function refuse(name: string, value: unknown): never {
  throw new TypeError(`${name} of a record must not be ${describeValue(value)}`);
}

/**
 * Checks what a checkpointer's `load()` has yielded, which may be anyone's. Only the fields that every record has, and those by
 * which a run continues: the checkpointers of this package have checked all, and a checkpoint may have a million records.
 *
 * @throws {CheckpointError} If it is not a record; the message names the field.
 */
export function checkLoaded(found: unknown): TaskRecord {
  const record = Object(found) as Found;
  const { id, name, status, attempts, args, dependsOn } = record;
  const isRecord = typeof id === "string" && id !== "" && typeof name === "string" && STATUS_NAMES.has(status) &&
    isWhole(attempts) && Array.isArray(args) && Array.isArray(dependsOn) && canContinue(record);
  if (isRecord) return found as TaskRecord;
  try {
    return checkRecord(found);
  } catch (cause) {
    const message = `load() of the checkpointer must yield the records that save() was given: ${messageOf(cause)}`;
    throw new CheckpointError(message, { cause, reason: "damaged" });
  }
}

/**
 * Whether a run can continue by those optional fields of a record that it continues by. Each is read by its name, which takes a
 * tenth of the time that it takes to go through all that are there.
 */
function canContinue(record: Found): boolean {
  const { parent, aliases, refs, history, interruptions, recoveries, round } = record;
  const { startedAt, finishedAt, submittedAt, retryAt, dueAt, deadline } = record;
  return (parent === undefined || isString(parent)) &&
    (aliases === undefined || areStrings(aliases)) &&
    (refs === undefined || FIELDS.refs(refs, record)) &&
    (history === undefined || FIELDS.history(history, record)) &&
    [interruptions, recoveries, round].every((count) => count === undefined || isWhole(count)) &&
    [startedAt, finishedAt, submittedAt, retryAt, dueAt, deadline].every((time) => time === undefined || isTime(time));
}

function optional(check: FieldCheck): FieldCheck {
  return (value, record) => value === undefined || check(value, record);
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isTrue(value: unknown): boolean {
  return value === true;
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPastAttempt(value: unknown): boolean {
  return isPlain(value) && isWhole(value["number"]) && isTime(value["startedAt"]) &&
    (value["finishedAt"] === undefined || isTime(value["finishedAt"])) && isString(value["error"]);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): boolean {
  return Number.isFinite(value);
}

/** Whether something refers to a place among the arguments that there is. */
function isRef(ref: unknown, args: readonly unknown[]): boolean {
  if (typeof ref !== "object" || ref === null) return false;
  const { at, id } = ref as { readonly at?: unknown; readonly id?: unknown };
  if (!isString(id) || !Array.isArray(at)) return false;
  const [index, key]: unknown[] = at;
  if (!isWhole(index) || index >= args.length) return false;
  if (at.length === 1) return true;
  const arg = args[index];
  return at.length === 2 && (isString(key) || isWhole(key)) && typeof arg === "object" && arg !== null;
}

function isEnvelope(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("error" in value || "value" in value);
}
