/**
 * The names of attempts.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Job } from "../../core/pool.ts";

/** What can stand in a subject of NATS, and in each other engine's keys. */
const SAFE = /^[\w#@~+=,:/-]{1,150}$/;

/**
 * Names an attempt among those of its run: by the id of its task, as far as engines can handle that, by its number, and by how
 * often the task had ended before.
 */
export function tokenOf({ id, number, round = 0 }: Pick<Job, "id" | "number" | "round">): string {
  const name = SAFE.test(id) ? id : `~${createHash("sha256").update(id).digest("base64url")}`;
  return round === 0 ? `${name}:${number}` : `${name}:${number}+${round}`;
}

/** Whether this may be a token: what arrives is not trusted. */
export function isToken(token: string): boolean {
  return token.length < 200 && SAFE.test(token.slice(0, 150)) && !/[\s.*>]/.test(token);
}
