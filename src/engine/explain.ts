/**
 * Why a task is where it is, in a sentence.
 *
 * @module
 */

import { describeError } from "../core/describe.ts";
import { DependencyFailedError, TaskCancelledError, type TaskError } from "../core/errors.ts";
import { formatMilliseconds } from "../core/duration.ts";
import { listLinks } from "../core/graph.ts";
import { leaderOf } from "./caching.ts";
import type { Handle } from "./handle.ts";
import { nameOf } from "./label.ts";

/** How many dependencies a sentence names. */
const MAX_NAMED = 3;

/**
 * The sentence for `TaskHandle.explain()`.
 *
 * @param obstacle Why a task that is ready does not run, as the end of a sentence.
 */
export function explain(handle: Handle, obstacle: () => string): string {
  return explainStatus(handle, obstacle) + deadline(handle);
}

function explainStatus(handle: Handle, obstacle: () => string): string {
  const who = nameOf(handle);
  switch (handle.status) {
    case "pending":
      if (handle.details?.cache === "cached") return `${who} was found in the cache; its outcome is being saved.`;
      return handle.details?.heldBy?.phase === "aborted"
        ? `${who} waits for the body that ran before it was retried, and has not ended since it was given up.`
        : `${who} ${untilReady(handle)}.`;
    case "ready":
      return `${who} is ready, but ${obstacle()}.`;
    case "running":
      if (handle.details?.decided !== undefined) return `${who} has finished; its outcome is being saved.`;
      return `${who} runs${ofAttempts(handle)}${waits(handle)}.`;
    case "retrying":
      return `${who} failed attempt ${handle.attempts} with ${lastError(handle)} and ` +
        `${untilRetry(handle)}.`;
    case "completed":
      if (handle.cached) return `${who} completed with a result of the cache.`;
      return `${who} completed${handle.attempts > 1 ? ` on attempt ${handle.attempts}` : ""}${took(handle)}.`;
    case "failed":
      if (handle.error instanceof DependencyFailedError) return because(handle, handle.error);
      return `${who} failed${handle.attempts > 1 ? ` after ${handle.attempts} attempts` : ""} with ` +
        `${describeError(handle.error)}.`;
    case "cancelled":
    case "skipped":
      return because(handle, handle.error as TaskError);
  }
}

/** The message of an error that the engine made, and what began it all where the message does not say. */
function because(handle: Handle, error: TaskError): string {
  const origin = error instanceof DependencyFailedError && !(error.cause instanceof TaskCancelledError)
    ? `; it began with ${describeError(error.cause)}`
    : "";
  const id = `"${handle.id}"`;
  const message = error.message.startsWith(id) ? nameOf(handle) + error.message.slice(id.length) : error.message;
  return `${message}${origin}.`;
}

/** How long the task has to finish. */
function deadline({ done, details, owner }: Handle): string {
  if (done || details?.deadlineTimer === undefined) return "";
  const inMs = details.deadlineAt! - owner.clock.now();
  return inMs > 0 ? ` It has ${formatMilliseconds(inMs)} left to finish.` : "";
}

/** What a pending task does. */
function untilReady(handle: Handle): string {
  const open = listLinks(handle.dependencies).filter((each) => !each.done);
  const { dueAt } = handle.details ?? {};
  if (open.length === 0 && handle.spec.wait === "signal") {
    return `waits for deliver("${handle.args?.[0]}", …)${
      dueAt === undefined ? "" : `; it times out ${untilTime(dueAt, handle)}`
    }`;
  }
  if (open.length === 0 && handle.details?.cache === "waits") return "waits until it is looked up in the cache";
  const leader = leaderOf(handle);
  if (leader !== undefined) {
    return `waits for "${leader.id}" (${leader.status}), which makes the same result for the cache`;
  }
  if (open.length === 0 && dueAt !== undefined) {
    return `${handle.spec.wait === undefined ? "starts" : "ends"} ${untilTime(dueAt, handle)}`;
  }
  return `waits for ${openDependencies(handle, open)}`;
}

/** A time, for people: when it is, and how far away. */
function untilTime(time: number, { owner }: Handle): string {
  const inMs = Math.max(0, time - owner.clock.now());
  return `in ${formatMilliseconds(inMs)}, at ${new Date(time).toISOString()}`;
}

function openDependencies(handle: Handle, open: readonly Handle[]): string {
  const all = listLinks(handle.dependencies);
  const named = open.slice(0, MAX_NAMED).map((each) => `"${each.id}" (${each.status})`).join(", ");
  const more = open.length > MAX_NAMED ? ` and ${open.length - MAX_NAMED} more` : "";
  const count = open.length === 1 ? "" : `${open.length} of its ${all.length} dependencies: `;
  return `${count}${named}${more}`;
}

function ofAttempts(handle: Handle): string {
  return handle.spec.options.maxAttempts === 1 ? "" : ` attempt ${handle.attempts} of ${maxAttempts(handle)}`;
}

/** How many attempts there may be: those that do not count come in addition. */
function maxAttempts({ spec, details }: Handle): number {
  return spec.options.maxAttempts + (details?.uncounted ?? 0);
}

function waits({ attempt }: Handle): string {
  const ids = new Set(
    [...attempt?.waits ?? []].map(({ handle, among }) => {
      const others = (among?.size ?? 1) - 1;
      return `${whatItIs(handle)}${others > 0 ? ` or one of ${others} others` : ""}`;
    }),
  );
  if (ids.size > 0) return `, waiting for ${[...ids].slice(0, MAX_NAMED).join(", ")}`;
  return attempt?.phase === "returning" ? ", waiting for a free slot to continue" : "";
}

/** A handle that a body waits for: the id of a wait for a signal would not say which key has to be delivered. */
function whatItIs(handle: Handle): string {
  if (handle.status !== "pending" || handle.spec.wait !== "signal") return `"${handle.id}" (${handle.status})`;
  return `deliver("${handle.args?.[0]}", …)`;
}

/** What the last attempt failed with. Of an attempt in an earlier run, there is only what the record says. */
function lastError({ details, history }: Handle): string {
  if (details?.lastError !== undefined) return describeError(details.lastError);
  const recorded = history.at(-1)?.error;
  return typeof recorded === "string" ? recorded : describeError(recorded);
}

function untilRetry(handle: Handle): string {
  const { retryAt, attempts, details } = handle;
  const next = `attempt ${attempts + 1} of ${maxAttempts(handle)}`;
  const inMs = retryAt === undefined ? 0 : Math.max(0, retryAt.getTime() - handle.owner.clock.now());
  if (inMs > 0) return `starts ${next} in ${formatMilliseconds(inMs)}`;
  return details?.overrunning === undefined
    ? `is about to start ${next}`
    : `waits for that attempt to end before it starts ${next}`;
}

function took({ startedMs, finishedMs }: Handle): string {
  return startedMs === undefined || finishedMs === undefined ? "" : ` in ${formatMilliseconds(finishedMs - startedMs)}`;
}
