/**
 * Who wants a task that several have submitted, by one key or dedup key.
 *
 * A body wants what it has submitted, but none wants the task that it belongs to itself: it ends with that. Otherwise a task
 * would continue for its own sake, and be what its own bodies have submitted.
 *
 * @module
 */

import { Attempt } from "./attempt.ts";
import type { Handle } from "./handle.ts";

/** Whether anyone of those who submitted a task by one key still wants it. */
export function isWanted(handle: Handle): boolean {
  for (const submitter of handle.details?.submitters ?? []) {
    if (!(submitter instanceof Attempt) || !isWithin(submitter, handle)) return true;
  }
  return false;
}

/** The first attempt whose body wants a task, if there is one. */
export function wantingAttempt(handle: Handle): Attempt | undefined {
  for (const submitter of handle.details?.submitters ?? []) {
    if (submitter instanceof Attempt && !isWithin(submitter, handle)) return submitter;
  }
  return undefined;
}

/** Whether an attempt is one at this task, or at what its bodies have submitted. */
function isWithin(attempt: Attempt, handle: Handle): boolean {
  for (let each: Handle | undefined = attempt.handle; each !== undefined; each = each.parent) {
    if (each === handle) return true;
  }
  return false;
}
