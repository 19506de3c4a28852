/**
 * Tasks that are to be held to rights or a limit of memory, in pools that cannot.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../core/options.ts";

/**
 * Refuses a task that would run with more than it may.
 *
 * @throws {TypeError} If it has `permissions` other than `"inherit"`, or a `memoryLimitMb`.
 */
export function refusePermissions(name: string, { permissions, memoryLimitMb }: ResolvedTaskOptions): void {
  const option = memoryLimitMb !== undefined
    ? "memoryLimitMb"
    : permissions !== undefined && permissions !== "inherit"
    ? "permissions"
    : undefined;
  if (option === undefined) return;
  throw new TypeError(
    `Cannot submit "${name}" with ${option} to this pool, which cannot hold it to that: it needs backend: "process", or a ` +
      `pool of that backend`,
  );
}
