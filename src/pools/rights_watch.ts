/**
 * When to look again at what this program may do.
 *
 * A program can give up rights at any time, and what it no longer has, it must not give to a task. To ask Deno for all that a
 * task's workers depend on takes 30 to 170 µs, as long as a quick task itself; so the answers are remembered for a moment.
 * That a right was given up as a whole is noticed at once; that a part of one was, such as a folder, after that moment.
 *
 * @module
 */

import { elapsed } from "../core/elapsed.ts";
import { RIGHTS } from "../core/permissions.ts";

/** For how many milliseconds answers are remembered at most: to ask once in that time is less than 1 % of it. */
const MAX_AGE_MS = 20;

/** Watches the rights of this program. */
export class RightsWatch {
  /** Deno keeps these up to date when a right is given up as a whole: to read them costs nothing. */
  #statuses: readonly Deno.PermissionStatus[] | undefined;
  #seen: readonly Deno.PermissionState[] = [];
  #seenAtMs = -Infinity;

  /** Whether what was found out before the last call that returned `true` may no longer hold. */
  mayHaveChanged(): boolean {
    // Not before it is asked: where there are no workers, such as on Deno Deploy, there are no permissions either.
    const statuses = this.#statuses ??= RIGHTS.map((name) => Deno.permissions.querySync({ name }));
    const atMs = elapsed();
    if (atMs - this.#seenAtMs < MAX_AGE_MS && statuses.every(({ state }, index) => state === this.#seen[index])) {
      return false;
    }
    this.#seen = statuses.map(({ state }) => state);
    this.#seenAtMs = atMs;
    return true;
  }
}
