/**
 * Whether a task waits for nothing but time.
 *
 * @module
 */

import { listLinks } from "../core/graph.ts";
import { PENDING, RETRYING, RUNNING } from "../core/status.ts";
import { type Handle, handlesOf } from "./handle.ts";

/** What waits for others that wait for others is followed this far, so that a long chain does not overflow the stack. */
const MAX_DEPTH = 500;

/**
 * Whether a task certainly does nothing until a time, in milliseconds since the epoch, as its next attempt comes later, or
 * those do which it waits for.
 */
export function isAtRest(handle: Handle, until: number): boolean {
  const known = new Map<Handle, boolean>();
  const rests = (each: Handle, depth: number): boolean => {
    const found = known.get(each);
    if (found !== undefined) return found;
    if (depth > MAX_DEPTH) return false;
    known.set(each, false); // tasks that wait for each other do not rest: they fail soon
    const isResting = restsBy(each, until, (other) => rests(other, depth + 1));
    known.set(each, isResting);
    return isResting;
  };
  return rests(handle, 0);
}

function restsBy(
  { code, attempt, dependencies, retryAt }: Handle,
  until: number,
  rests: (other: Handle) => boolean,
): boolean {
  if (code === RETRYING) return retryAt !== undefined && retryAt.getTime() > until;
  if (code === PENDING) return listLinks(dependencies).some((each) => !each.done && rests(each));
  if (code !== RUNNING || attempt?.phase !== "waiting" || attempt.waits.size === 0) return false;
  return attempt.waits.values().every((wait) => !wait.isLimited && [...handlesOf(wait)].every(rests));
}
