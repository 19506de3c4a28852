/**
 * The permissions of the program that `workflowy run` runs.
 *
 * @module
 */

import { CliError } from "../context.ts";

/** What the tool in the program needs itself. */
export interface NeededRights {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly net: readonly string[];
}

/** Options that decide about permissions. */
const PERMISSIONS =
  /^(?:-[A-Za-z]*[APRWNESI][A-Za-z]*(?:=.*)?|--(?:allow|deny|ignore)-.*|--permission-set.*|--no-prompt)$/;
const ALL = /^(?:--allow-all|-[A-Za-z]*A[A-Za-z]*)$/;
const SET = /^(?:--permission-set.*|-[A-Za-z]*P.*)$/;

/**
 * The options that give the program its permissions. Without any, it may do everything, as this program may. With some, the
 * tool gets what it needs beside them, and nothing else.
 *
 * @throws {CliError} If a path cannot be named in an option.
 */
export function permissionFlags(given: readonly string[], needed: NeededRights): string[] {
  if (!given.some((flag) => PERMISSIONS.test(flag))) return ["--allow-all"];
  if (given.some((flag) => ALL.test(flag) || SET.test(flag))) return [];
  const short = { read: "R", write: "W", net: "N" } as const;
  return (["read", "write", "net"] as const).flatMap((right) => {
    const hasAll = given.some((flag) =>
      flag === `--allow-${right}` || new RegExp(`^-[A-Za-z]*${short[right]}[A-Za-z]*$`).test(flag)
    );
    const list = needed[right];
    // A list beside a permission for everything would narrow that.
    return hasAll || list.length === 0 ? [] : [`--allow-${right}=${list.map(checked).join(",")}`];
  });
}

/** A comma separates paths, and Deno has no way to write one that is part of a path. */
function checked(path: string): string {
  if (!path.includes(",")) return path;
  throw new CliError(
    `Deno cannot be given permissions for "${path}" because of its comma: choose another name, or use -A`,
  );
}
