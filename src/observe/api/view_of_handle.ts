/**
 * Views of the handles of a runner.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { TaskAttempt } from "../../core/observations.ts";
import type { Handle } from "../../engine/handle.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { errorForm, type Json, jsonForm } from "./json_form.ts";
import { type AttemptView, compact, isoTime, type TaskAccount, type TaskDetails, type TaskView } from "./task_view.ts";

/** A handle in a list. */
export function viewOfHandle(handle: TaskHandle<unknown>): TaskView {
  const error = errorIn(handle);
  return compact<TaskView>({
    id: handle.id,
    name: handle.name,
    status: handle.status,
    label: handle.label,
    tags: handle.tags.length === 0 ? undefined : handle.tags,
    attempts: handle.attempts,
    progress: handle.progress === 0 ? undefined : handle.progress,
    progressMessage: handle.progressMessage,
    source: handle.source === "manual" ? undefined : handle.source,
    pool: handle.pool,
    worker: handle.worker,
    parent: handle.parent?.id,
    restored: handle.restored ? true : undefined,
    cached: handle.cached ? true : undefined,
    submittedAt: isoTime(handle.submittedAt),
    readyAt: isoTime(handle.readyAt),
    startedAt: isoTime(handle.startedAt),
    finishedAt: isoTime(handle.finishedAt),
    retryAt: isoTime(handle.retryAt),
    dueAt: undefined,
    deadline: isoTime(handle.deadline),
    error: error === undefined ? undefined : describeError(error.thrown),
  });
}

/** A handle in a list that is to say why each has its status. */
export function accountOfHandle(handle: TaskHandle<unknown>): TaskAccount {
  const error = errorIn(handle);
  const { error: _, ...view } = viewOfHandle(handle);
  return compact<TaskAccount>({
    ...view,
    dependsOn: handle.dependsOn.map(({ id }) => id),
    error: error === undefined ? undefined : errorForm(error.thrown),
    history: handle.history.map(viewOfAttempt),
    why: handle.explain(),
  });
}

/** All that a handle tells. */
export function detailsOfHandle(handle: TaskHandle<unknown>): TaskDetails {
  const value = handle.status === "completed" ? handle.peek()?.value : undefined;
  const children = handle.children().map(({ id }) => id);
  return compact<TaskDetails>({
    ...accountOfHandle(handle),
    args: handle.shownArgs?.map(argumentForm),
    children: children.length === 0 ? undefined : children,
    value: value === undefined ? undefined : jsonForm(value),
  });
}

/** Why a task did not complete. It is not asked for by `peek()`, by which a failure would count as known to the program. */
function errorIn(handle: TaskHandle<unknown>): { readonly thrown: unknown } | undefined {
  if (!handle.done || handle.status === "completed") return undefined;
  return { thrown: (handle as Handle).error };
}

function viewOfAttempt({ number, startedAt, finishedAt, status, error, worker }: TaskAttempt): AttemptView {
  return compact<AttemptView>({
    number,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(finishedAt),
    status,
    error: error === undefined ? undefined : typeof error === "string" ? error : describeError(error),
    worker,
  });
}

/** Handles stand among arguments as such, also one level down. */
function argumentForm(argument: unknown): Json {
  if (isHandle(argument)) return { handle: argument.id };
  if (Array.isArray(argument) && argument.some(isHandle)) return argument.map(argumentForm);
  return jsonForm(argument);
}

function isHandle(value: unknown): value is TaskHandle<unknown> {
  return typeof value === "object" && value !== null && "explain" in value && "dependsOn" in value && "peek" in value;
}
