/**
 * Views of the handles of a runner.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { errorForm, type Json, jsonForm } from "./json_form.ts";
import { type AttemptView, compact, isoTime, type TaskDetails, type TaskView } from "./task_view.ts";

/** What handles tell, unless they are of an older version of this package, where such a field may be something else. */
interface HandleFacts {
  readonly shownArgs?: readonly unknown[] | undefined;
  readonly pool?: string | undefined;
  readonly worker?: string | number | undefined;
  readonly parent?: TaskHandle<unknown> | undefined;
  readonly cached?: boolean;
  readonly submittedAt?: unknown;
  readonly readyAt?: unknown;
  readonly startedAt?: unknown;
  readonly finishedAt?: unknown;
  readonly history?: readonly AttemptFacts[];
  children?(): readonly TaskHandle<unknown>[];
}

interface AttemptFacts {
  readonly number: number;
  readonly startedAt?: Date | undefined;
  readonly finishedAt?: Date | undefined;
  readonly status?: string | undefined;
  readonly error?: unknown;
  readonly worker?: string | number | undefined;
}

function factsOf(handle: TaskHandle<unknown>): HandleFacts {
  return handle as HandleFacts;
}

function dateOf(fact: unknown): Date | undefined {
  return fact instanceof Date ? fact : undefined;
}

/** A handle in a list. */
export function viewOfHandle(handle: TaskHandle<unknown>): TaskView {
  const result = handle.peek();
  const facts = factsOf(handle);
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
    pool: facts.pool,
    worker: facts.worker === undefined ? undefined : String(facts.worker),
    parent: facts.parent?.id,
    restored: handle.restored ? true : undefined,
    cached: facts.cached === true ? true : undefined,
    submittedAt: isoTime(dateOf(facts.submittedAt)),
    readyAt: isoTime(dateOf(facts.readyAt)),
    startedAt: isoTime(dateOf(facts.startedAt) ?? result?.startedAt),
    finishedAt: isoTime(dateOf(facts.finishedAt) ?? result?.finishedAt),
    retryAt: isoTime(handle.retryAt),
    dueAt: undefined,
    deadline: isoTime(handle.deadline),
    error: result === undefined || result.ok ? undefined : describeError(result.error),
  });
}

/** All that a handle tells. */
export function detailsOfHandle(handle: TaskHandle<unknown>): TaskDetails {
  const result = handle.peek();
  const facts = factsOf(handle);
  const { error: _, ...view } = viewOfHandle(handle);
  return compact<TaskDetails>({
    ...view,
    args: facts.shownArgs?.map(argumentForm),
    dependsOn: handle.dependsOn.map(({ id }) => id),
    children: facts.children?.().map(({ id }) => id),
    value: result?.value === undefined ? undefined : jsonForm(result.value),
    error: result === undefined || result.ok ? undefined : errorForm(result.error),
    history: (facts.history ?? []).map(viewOfAttempt),
    why: handle.explain(),
  });
}

function viewOfAttempt({ number, startedAt, finishedAt, status, error, worker }: AttemptFacts): AttemptView {
  return compact<AttemptView>({
    number,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(finishedAt),
    status,
    error: error === undefined ? undefined : typeof error === "string" ? error : describeError(error),
    worker: worker === undefined ? undefined : String(worker),
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
