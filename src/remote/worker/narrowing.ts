/**
 * What a task may do on a worker: no more than its module there says, and no more than its submission says.
 *
 * @module
 */

import { type Right, RIGHTS, type TaskPermissions } from "../../core/permissions.ts";

type Wanted = Deno.PermissionOptionsObject[Right];

/** The smaller one of two limits of memory, in MiB; `undefined` stands for none. */
export function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** Permissions that give no more than either of two. Of two lists, those entries that are in both. */
export function narrower(a: TaskPermissions | undefined, b: TaskPermissions | undefined): TaskPermissions | undefined {
  if (b === undefined || b === "inherit") return a;
  if (a === undefined || a === "inherit") return b;
  if (a === "none" || b === "none") return "none";
  const both: Record<string, Wanted> = {};
  for (const right of RIGHTS) {
    const wanted = right === "import" ? narrowerImport(a.import, b.import) : narrowerRight(a[right], b[right]);
    if (wanted !== undefined) both[right] = wanted;
  }
  return Object.freeze(both) as TaskPermissions;
}

function narrowerRight(a: Wanted, b: Wanted): Wanted {
  if (a === undefined || b === undefined || a === false || b === false) return undefined;
  if (a === true) return b;
  if (b === true) return a;
  if (a === "inherit") return b;
  if (b === "inherit") return a;
  const entries = new Set(b.map(String));
  return a.map(String).filter((each) => entries.has(each));
}

/** Without it, a task may import from the hosts that Deno trusts: that is less than all, and another set than a list. */
function narrowerImport(a: Wanted, b: Wanted): Wanted {
  if (a !== undefined && b !== undefined) return narrowerRight(a, b) ?? false;
  const other = a ?? b;
  return other === undefined || other === true || other === "inherit" ? undefined : false;
}
