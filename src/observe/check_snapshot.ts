/**
 * Checks snapshots that come from elsewhere, such as from a file.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { STATUSES } from "../core/status.ts";
import type { RunSnapshot } from "./run_snapshot.ts";

/** Where dates end, in milliseconds since the epoch. */
const MAX_TIME = 8.64e15;
/** How deep causes may be: more than snapshots have. */
const MAX_CAUSES = 32;

type Found = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

/** Whether a number is a time that a `Date` can have. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= MAX_TIME;
}

const STATUS_NAMES: ReadonlySet<unknown> = new Set(STATUSES);
const isStatus: Check = (value) => STATUS_NAMES.has(value);
const isString: Check = (value) => typeof value === "string";
const isWhole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber: Check = Number.isFinite;
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const optional = (check: Check): Check => (value) => value === undefined || check(value);

const ATTEMPT: Readonly<Record<string, Check>> = {
  number: isWhole,
  status: isStatus,
  startedAt: isTime,
  finishedAt: optional(isTime),
  error: optional(isString),
  worker: optional(isString),
};

/** All but the tasks that it names, of which there must be so many. */
const TASK: Readonly<Record<string, Check>> = {
  id: isString,
  name: isString,
  label: optional(isString),
  tags: optional(listOf(isString)),
  args: optional(isString),
  status: isStatus,
  pool: optional(isString),
  progress: optional(isNumber),
  progressMessage: optional(isString),
  submittedAt: optional(isTime),
  readyAt: optional(isTime),
  startedAt: optional(isTime),
  finishedAt: optional(isTime),
  retryAt: optional(isTime),
  attempts: isWhole,
  history: listOf((value) => problemIn(value, ATTEMPT) === undefined),
  error: optional((value) => isError(value, 0)),
};

/**
 * Returns a snapshot as it is.
 *
 * @throws {TypeError} If it is not one of this version; the message says what is wrong.
 */
export function checkSnapshot(found: RunSnapshot): RunSnapshot {
  const { version, title, takenAt, tasks }: Readonly<Record<keyof RunSnapshot, unknown>> = found;
  const refuse = (what: string, value: unknown): never => {
    throw new TypeError(`This is not a snapshot of a run: ${what} must not be ${describeValue(value)}`);
  };
  if (version !== 1) refuse("version", version);
  if (!isString(title)) refuse("title", title);
  if (!isTime(takenAt)) refuse("takenAt", takenAt);
  if (!Array.isArray(tasks)) return refuse("tasks", tasks);
  const isIndex: Check = (value) => isWhole(value) && (value as number) < tasks.length;
  const isLast: Check = (value) =>
    isIndex(value) && (tasks[value as number] as Found | null)?.["retriedAs"] === undefined;
  const fields = { ...TASK, dependsOn: listOf(isIndex), parent: optional(isIndex), retriedAs: optional(isLast) };
  for (const [index, task] of tasks.entries()) {
    const field = problemIn(task, fields);
    if (field !== undefined) refuse(`${field} of task ${index}`, (task as Found | null)?.[field]);
  }
  return found;
}

/** The first field of an object that is wrong. */
function problemIn(value: unknown, fields: Readonly<Record<string, Check>>): string | undefined {
  if (typeof value !== "object" || value === null) return Object.keys(fields)[0];
  for (const field in fields) if (!fields[field]!((value as Found)[field])) return field;
  return undefined;
}

function isError(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || depth > MAX_CAUSES) return false;
  const { name, message, stack, cause, errors } = value as Found;
  const isDeeper: Check = (inner) => isError(inner, depth + 1);
  return isString(name) && isString(message) && optional(isString)(stack) && optional(isDeeper)(cause) &&
    optional(listOf(isDeeper))(errors);
}
