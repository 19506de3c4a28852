/**
 * Views of the records of a checkpoint.
 *
 * @module
 */

import type { HandleRef, PastAttemptRecord, TaskRecord } from "../../core/checkpointer.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import type { ErrorEnvelope, ThrownEnvelope } from "../../core/error_envelope.ts";
import { type Json, jsonForm, thrownForm } from "./json_form.ts";
import { type AttemptView, compact, isoTime, type TaskAccount, type TaskDetails, type TaskView } from "./task_view.ts";

/** The tasks of a checkpoint, by id. */
export type Records = ReadonlyMap<string, TaskRecord>;

/** Whether a record is that of a task, and not the state of a job or something that was delivered. */
export function isTaskRecord({ id, name, module, submittedAt }: TaskRecord): boolean {
  if (name === "schedule" && id.startsWith("schedule:") && submittedAt === undefined) return false;
  return !(module === "workflowy:waiting" && name === "signal" && id.startsWith("signal:"));
}

/** Whether a task has finished. */
export function isFinished({ status }: Pick<TaskRecord, "status">): boolean {
  return status === "completed" || status === "failed" || status === "cancelled" || status === "skipped";
}

/** A record in a list. */
export function viewOfRecord(record: TaskRecord): TaskView {
  const { error } = record;
  return compact<TaskView>({
    id: record.id,
    name: record.name,
    status: record.status,
    label: record.label,
    tags: record.tags,
    attempts: record.attempts,
    progress: undefined,
    progressMessage: undefined,
    source: record.source,
    pool: undefined,
    worker: undefined,
    parent: record.parent,
    restored: undefined,
    cached: undefined,
    submittedAt: isoTime(record.submittedAt),
    readyAt: undefined,
    startedAt: isoTime(record.startedAt),
    finishedAt: isoTime(record.finishedAt),
    retryAt: isoTime(record.retryAt),
    dueAt: isoTime(record.dueAt),
    deadline: isoTime(record.deadline),
    error: error === undefined ? undefined : describeThrown(error),
  });
}

/** A record in a list that is to say why each task has its status. */
export function accountOfRecord(record: TaskRecord, records: Records): TaskAccount {
  const { error: _, ...view } = viewOfRecord(record);
  return compact<TaskAccount>({
    ...view,
    dependsOn: record.dependsOn,
    error: record.error === undefined ? undefined : thrownForm(record.error),
    history: historyOfRecord(record),
    why: whyOf(record, records),
  });
}

/** All that is recorded about a task. */
export function detailsOfRecord(record: TaskRecord, records: Records): TaskDetails {
  const children = [...records.values()].filter(({ parent }) => parent === record.id).map(({ id }) => id);
  return compact<TaskDetails>({
    ...accountOfRecord(record, records),
    args: argsOf(record),
    children: children.length === 0 ? undefined : children,
    value: record.value === undefined ? undefined : jsonForm(record.value),
  });
}

/** The attempts on record that were followed by another one. */
export function historyOfRecord({ history = [] }: TaskRecord): AttemptView[] {
  return history.map(viewOfAttempt);
}

function viewOfAttempt({ number, startedAt, finishedAt, interrupted, error, worker }: PastAttemptRecord): AttemptView {
  return compact<AttemptView>({
    number,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(finishedAt),
    status: interrupted === true ? "interrupted" : "failed",
    error,
    worker,
  });
}

/** The arguments as they may be shown. */
function argsOf({ args, shownArgs, refs = [] }: TaskRecord): Json[] {
  return shownArgs?.map((each) => jsonForm(each)) ?? args.map((argument, index) => argumentForm(argument, index, refs));
}

/** An argument, with the handles that are in it. */
function argumentForm(argument: unknown, index: number, refs: readonly HandleRef[]): Json {
  const form = jsonForm(argument);
  const own = refs.filter(({ at }) => at[0] === index);
  if (own.length === 0) return form;
  if (own[0]!.at.length === 1) return { handle: own[0]!.id };
  if (typeof form !== "object" || form === null) return form;
  const inside = own.map(({ at, id }) => [at[1], { handle: id }] as const);
  if (!Array.isArray(form)) return { ...form, ...Object.fromEntries(inside) };
  const list: Json[] = [...form];
  for (const [at, handle] of inside) list[Number(at)] = handle;
  return list;
}

/** `name: message` of what was thrown. */
export function describeThrown(thrown: ThrownEnvelope): string {
  if ("error" in thrown) return `${thrown.error.name}: ${thrown.error.message}`;
  return `thrown: ${JSON.stringify(jsonForm(thrown.value))}`;
}

/** Whether a task failed because one of its dependencies did. */
export function failedByDependency({ error }: TaskRecord): boolean {
  return error !== undefined && "error" in error && isDependencyError(error.error);
}

function isDependencyError({ classes, ownClasses = 0 }: ErrorEnvelope): boolean {
  return classes.indexOf("DependencyFailedError") >= ownClasses && classes.includes("DependencyFailedError");
}

/** How many tasks a sentence names. */
const MAX_NAMED = 3;

/** Why a task has its status, as far as records tell. */
export function whyOf(record: TaskRecord, records: Records): string {
  return `${record.label === undefined ? "" : `${record.label}: `}"${record.id}" ${reasonOf(record, records)}.`;
}

/** The same without the name of the task, as the end of a sentence. */
export function reasonOf(record: TaskRecord, records: Records): string {
  const { status, attempts, error, dependsOn, lost = {} } = record;
  switch (status) {
    case "completed":
      return `completed${attempts > 1 ? ` on attempt ${attempts}` : ""}${took(record)}`;
    case "failed": {
      if (error === undefined) return `failed${ofAttempts(attempts)} with undefined`;
      if (failedByDependency(record)) return `${withoutId(record, error)}${originOf(record, records)}`;
      return `failed${ofAttempts(attempts)} with ${describeThrown(error).replace(/\.$/, "")}`;
    }
    case "skipped":
    case "cancelled": {
      const ends = Object.entries(lost).map(([id, end]) =>
        `"${id}" was ${end === "failed" ? "not done, as it failed" : end}`
      );
      return ends.length === 0 ? `was ${status}` : `was ${status}, as ${listed(ends)}${originOf(record, records)}`;
    }
    case "retrying":
      return `failed attempt ${attempts}${lastError(record)}; the next attempt starts ${
        when(record.retryAt, "at once")
      }`;
    case "running":
      return `was running, on attempt ${attempts}; if its program has ended since, the next run starts it again`;
    case "ready":
      return `waited for a slot`;
    case "pending":
      return pendingFor(record, dependsOn.filter((id) => records.get(id)?.status !== "completed"), records);
  }
}

/** The message of an error of the engine, which begins with the id of its task. */
function withoutId({ id }: TaskRecord, thrown: ThrownEnvelope): string {
  const message = "error" in thrown ? thrown.error.message : describeThrown(thrown);
  const start = `"${id}" `;
  return message.startsWith(start) ? message.slice(start.length) : `failed: ${message}`;
}

function pendingFor(record: TaskRecord, open: readonly string[], records: Records): string {
  if (open.length > 0) {
    const named = open.map((id) => `"${id}" (${records.get(id)?.status ?? "not on record"})`);
    return `waited for ${open.length === 1 ? "" : `${open.length} tasks: `}${listed(named)}`;
  }
  if (record.module === "workflowy:waiting" && record.name === "waitFor") {
    return `waits for deliver(${JSON.stringify(record.args[0])}, …)${
      record.dueAt === undefined ? "" : `; it times out ${when(record.dueAt, "")}`
    }`;
  }
  if (record.dueAt !== undefined) {
    return `${record.module === "workflowy:waiting" ? "ends" : "starts"} ${when(record.dueAt, "at once")}`;
  }
  return "had not started: its runner was not running it yet, or its program ended before";
}

/** The failure at the beginning of a chain of dependencies. */
function originOf(record: TaskRecord, records: Records): string {
  const seen = new Set<string>();
  let origin: TaskRecord = record;
  for (let next: TaskRecord | undefined = record; next !== undefined && !seen.has(next.id);) {
    seen.add(next.id);
    origin = next;
    const cause: string | undefined = Object.keys(next.lost ?? {})[0];
    next = cause === undefined ? undefined : records.get(cause);
  }
  if (origin === record || origin.error === undefined || failedByDependency(origin)) return "";
  return `; it began with "${origin.id}", which failed with ${describeThrown(origin.error).replace(/\.$/, "")}`;
}

function ofAttempts(attempts: number): string {
  return attempts > 1 ? ` after ${attempts} attempts` : "";
}

function took({ startedAt, finishedAt }: TaskRecord): string {
  return startedAt === undefined || finishedAt === undefined ? "" : ` in ${formatMilliseconds(finishedAt - startedAt)}`;
}

function lastError({ history }: TaskRecord): string {
  const last = history?.at(-1)?.error;
  return last === undefined ? "" : ` with ${last.replace(/\.$/, "")}`;
}

function when(time: number | undefined, otherwise: string): string {
  return time === undefined ? otherwise : `at ${isoTime(time)}`;
}

function listed(items: readonly string[]): string {
  const named = items.slice(0, MAX_NAMED);
  const more = items.length - named.length;
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${more} more`;
}
