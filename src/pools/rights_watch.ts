/**
 * When to look again at what this program may do.
 *
 * A program can give up rights at any time, and what it no longer has, it must not give to a task. To ask Deno for all that a
 * task's workers depend on takes 30 to 170 µs, as long as a quick task itself; so the answers are remembered for a moment.
 * That a right was given up as a whole is noticed at once; that a part of one was, such as a folder, after that moment.
 *
 * @module
 */

import { elapsedCoarse } from "../core/elapsed.ts";
import { RIGHTS } from "../core/permissions.ts";

/** For how many milliseconds answers are remembered at most: to ask once in that time is less than 1 % of it. */
const MAX_AGE_MS = 20;

/** Kept, as Deno tells them when a right is given up as a whole. To read their state for each task takes longer. */
let statuses: readonly Deno.PermissionStatus[] | undefined;
/** How many such changes there were. */
let changes = 0;

/** Watches the rights of this program. */
export class RightsWatch {
  #seenChanges = 0;
  #seenAtMs = -Infinity;

  /** Whether what was found out before the last call that returned `true` may no longer hold. */
  mayHaveChanged(): boolean {
    statuses ??= listen();
    const atMs = elapsedCoarse();
    if (atMs - this.#seenAtMs < MAX_AGE_MS && changes === this.#seenChanges) return false;
    this.#seenChanges = changes;
    this.#seenAtMs = atMs;
    return true;
  }
}

/** Not before it is asked: where there are no workers, such as on Deno Deploy, there are no permissions either. */
function listen(): readonly Deno.PermissionStatus[] {
  return RIGHTS.map((name) => {
    const status = Deno.permissions.querySync({ name });
    status.addEventListener("change", () => void changes++);
    return status;
  });
}
