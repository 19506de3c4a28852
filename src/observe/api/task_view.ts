/**
 * A task as tools show it: plain data, whether it comes from a runner or from a checkpoint.
 *
 * @module
 */

import type { TaskStatus } from "../../core/status.ts";
import type { ErrorForm, Json } from "./json_form.ts";

/** A task in a list. Times are in ISO 8601. What is not known, or does not apply, is left out. */
export interface TaskView {
  readonly id: string;
  readonly name: string;
  readonly status: TaskStatus;
  /** What it is about, in words. */
  readonly label?: string;
  readonly tags?: readonly string[];
  /** How many attempts have started. */
  readonly attempts: number;
  /** From 0 to 1, once its body has reported progress. */
  readonly progress?: number;
  readonly progressMessage?: string;
  /** What submitted it, if that is not `"manual"`. */
  readonly source?: string;
  /** The pool that it belongs to. */
  readonly pool?: string;
  /** The worker that runs it, or ran its last attempt. */
  readonly worker?: string;
  /** The id of the task whose body submitted it. */
  readonly parent?: string;
  /** An earlier run ended it. */
  readonly restored?: true;
  /** Its result was found in the cache. */
  readonly cached?: true;
  readonly submittedAt?: string;
  /** When it waited for nothing but a slot. */
  readonly readyAt?: string;
  /** When its last attempt started. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** The earliest start of the next attempt. */
  readonly retryAt?: string;
  /** When it starts at the earliest, ends (a sleep) or times out (a wait for a signal). */
  readonly dueAt?: string;
  /** Until when it must have finished. */
  readonly deadline?: string;
  /** Why it failed, was cancelled or skipped: `name: message`. */
  readonly error?: string;
}

/** An attempt in the history of a task. */
export interface AttemptView {
  /** From 1. */
  readonly number: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly status?: string;
  /** What it failed with: `name: message`. */
  readonly error?: string;
  readonly worker?: string;
}

/** A task in a list that is to say why each has its status. */
export interface TaskAccount extends Omit<TaskView, "error"> {
  /** The ids of the tasks that it depends on. */
  readonly dependsOn: readonly string[];
  /** Why it failed, was cancelled or skipped. */
  readonly error?: ErrorForm;
  /** The attempts that are known, oldest first. */
  readonly history: readonly AttemptView[];
  /** Why it has its status, in a sentence. */
  readonly why: string;
}

/** All that is known about a task. */
export interface TaskDetails extends TaskAccount {
  /** Its arguments as JSON; a handle among them is `{ "handle": id }`. Left out if they are not known any more. */
  readonly args?: readonly Json[];
  /** The ids of the tasks that its body submitted. */
  readonly children?: readonly string[];
  /** What it returned, as JSON. Left out for `undefined`. */
  readonly value?: Json;
}

/** Which tasks are wanted. */
export interface TaskFilter {
  readonly status?: readonly TaskStatus[];
  readonly name?: string;
  readonly tag?: string;
  /** Part of the id, name, label or error, in any case. */
  readonly text?: string;
}

/** Whether a task is wanted. */
export function matches(view: TaskView, { status, name, tag, text }: TaskFilter): boolean {
  if (status !== undefined && status.length > 0 && !status.includes(view.status)) return false;
  if (name !== undefined && view.name !== name) return false;
  if (tag !== undefined && view.tags?.includes(tag) !== true) return false;
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return [view.id, view.name, view.label, view.error].some((each) => each?.toLowerCase().includes(wanted) === true);
}

/** A time in ISO 8601; nothing for none. */
export function isoTime(time: Date | number | undefined): string | undefined {
  if (time === undefined) return undefined;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** An object without its fields that are `undefined`. */
export function compact<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as unknown as T;
}
