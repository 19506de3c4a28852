/**
 * The `permissions` of a process task.
 *
 * @module
 */

import { describeValue } from "./describe.ts";

/**
 * The permissions of a process task: none, those of the program, or those listed, as in `Deno.PermissionOptions`. A
 * permission that is not listed is not granted, except `import`: without it, the task may import from the hosts that Deno
 * trusts by default, such as jsr.io.
 */
export type TaskPermissions = "none" | "inherit" | Deno.PermissionOptionsObject;

/** A kind of permission. */
export type Right = keyof Deno.PermissionOptionsObject;

/** All kinds of permissions. */
export const RIGHTS: readonly Right[] = Object.freeze(["read", "write", "net", "env", "run", "ffi", "sys", "import"]);

/** What the list of a permission contains, for errors. */
const ITEMS: Readonly<Record<Right, string>> = {
  read: "paths",
  write: "paths",
  net: "hosts",
  env: "names of variables",
  run: "names or paths of programs",
  ffi: "paths",
  sys: `kinds such as "hostname"`,
  import: "hosts",
};

/** The kinds of `sys` that the flags of Deno 2.9 know; its queries know "ca", "inspector" and "umask" too. */
export const SYS_KINDS: readonly string[] = Object.freeze([
  "loadavg",
  "hostname",
  "systemMemoryInfo",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "uid",
  "gid",
  "username",
  "cpus",
  "homedir",
  "statfs",
  "getPriority",
  "setPriority",
  "getegid",
  "userInfo",
]);

/** Permissions whose lists take file URLs too. */
const WITH_URLS: readonly Right[] = ["read", "write", "run", "ffi"];

/**
 * Checks the `permissions` of a task. Returns a frozen copy with URLs as strings, which can be sent to workers.
 *
 * @param what How errors name them, such as `permissions of task "load"`.
 * @throws {TypeError} If they or one of them are of the wrong kind, or Deno has no such permission.
 * @throws {RangeError} If a list has an empty entry, one that Deno does not know, or one with a comma, which no flag of
 * Deno can express.
 */
export function checkPermissions(value: unknown, what: string): TaskPermissions {
  if (value === "none" || value === "inherit") return value;
  if (!isPlainObject(value)) {
    throw new TypeError(
      `${what} must be "none", "inherit" or an object such as { read: ["./data"] }, not ${describeValue(value)}`,
    );
  }
  const checked: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    const right = RIGHTS.find((each) => each === key);
    if (right === undefined) {
      throw new TypeError(
        `${what} must not have "${key}", which is not one of Deno's permissions: ${RIGHTS.join(", ")}`,
      );
    }
    if (given !== undefined) checked[right] = checkRight(right, given, what);
  }
  return Object.freeze(checked);
}

function checkRight(right: Right, value: unknown, what: string): unknown {
  if (typeof value === "boolean" || value === "inherit") return value;
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (item, index) => checkItem(right, item, `${right}[${index}] in ${what}`)));
  }
  throw new TypeError(
    `${right} in ${what} must be true, false, "inherit" or an array of ${ITEMS[right]}, not ${describeValue(value)}`,
  );
}

function checkItem(right: Right, item: unknown, what: string): string {
  const takesUrls = WITH_URLS.includes(right);
  if (takesUrls && item instanceof URL) {
    if (item.protocol === "file:") return checkItem(right, item.href, what);
    throw new TypeError(`${what} must be a file: URL or a string, not ${item.href}`);
  }
  if (typeof item !== "string") {
    throw new TypeError(`${what} must be a string${takesUrls ? " or a file: URL" : ""}, not ${describeValue(item)}`);
  }
  if (item.trim() === "") throw new RangeError(`${what} must not be empty`);
  if (item.includes(",")) {
    throw new RangeError(
      `${what} must not contain a comma, which separates the entries of Deno's flags: ${describeValue(item)}` +
        (takesUrls ? "; name a folder above it" : "; give each its own entry"),
    );
  }
  if ((right === "net" || right === "import") && item.includes("://")) {
    throw new RangeError(`${what} must be a host such as "example.com:443", not the URL ${describeValue(item)}`);
  }
  if (right === "sys" && !SYS_KINDS.includes(item)) {
    throw new RangeError(`${what} must be one of ${SYS_KINDS.join(", ")}, not ${describeValue(item)}`);
  }
  return item;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
