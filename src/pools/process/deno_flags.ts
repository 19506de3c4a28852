/**
 * The flags that users give the children of a pool.
 *
 * @module
 */

import { describeValue } from "../../core/describe.ts";
import { type Right, RIGHTS } from "../../core/permissions.ts";

/** Flags with which a child would not run the task, or would print where the pool expects messages. */
const REFUSED: Readonly<Record<string, string>> = {
  "-": "a child reads its tasks where the program would be read",
  "--": "the main module is the pool's own",
  "-h": "it prints a page of help in place of running tasks",
  "--help": "it prints a page of help in place of running tasks",
  "-V": "it prints a version in place of running tasks",
  "--version": "it prints a version in place of running tasks",
  "--watch": "it restarts the child in the middle of a task",
  "--hmr": "it restarts the child in the middle of a task",
  "--unstable-hmr": "it restarts the child in the middle of a task",
  "--inspect-brk": "the child would wait for a debugger; --inspect does not",
  "--inspect-wait": "the child would wait for a debugger; --inspect does not",
};

/** Flags that take the next argument for their value, which here is another flag or the main module. */
const WITH_VALUE = [
  "-c",
  "--config",
  "--import-map",
  "--lock",
  "--cert",
  "--location",
  "--seed",
  "--ext",
  "--preload",
  "--require",
  "--conditions",
  "-L",
  "--log-level",
  "--min-dep-age",
  "--minimum-dependency-age",
  "--node-modules-linker",
  "--inspect-publish-uid",
];

/** The short flags of permissions. */
const SHORT: Readonly<Record<string, Right>> = {
  "-R": "read",
  "-W": "write",
  "-N": "net",
  "-E": "env",
  "-S": "sys",
  "-I": "import",
};

/**
 * Checks `PoolOptions.denoFlags`.
 *
 * @param what Names them in errors, such as `denoFlags of pool "process"`.
 * @throws {TypeError} If they are not an array of strings.
 * @throws {RangeError} If one of them is not a flag, or one that a child cannot have.
 */
export function checkDenoFlags(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value)) {
    throw new TypeError(
      `${what} must be an array of flags such as ["--import-map=map.json"], not ${describeValue(value)}`,
    );
  }
  return Object.freeze(Array.from(value, (flag: unknown, index) => checkFlag(flag, what, index)));
}

function checkFlag(flag: unknown, what: string, index: number): string {
  if (typeof flag !== "string") {
    throw new TypeError(`${what} must be strings, not ${describeValue(flag)} at [${index}]`);
  }
  const quoted = describeValue(flag);
  if (!flag.startsWith("-")) {
    throw new RangeError(
      `${what} must be flags, which start with "-", not ${quoted}: write a flag and its value in one, as in ` +
        `"--import-map=map.json"`,
    );
  }
  const name = nameOf(flag);
  const why = REFUSED[name];
  if (why !== undefined) throw new RangeError(`${what} cannot have ${quoted}: ${why}`);
  if (/^-[^-]./.test(name)) {
    throw new RangeError(`${what} cannot have ${quoted}: write each short flag by itself, and its value after "="`);
  }
  if (WITH_VALUE.includes(name) && !flag.includes("=")) {
    throw new RangeError(`${what} cannot have ${quoted} without its value: write "${name}=…", in one string`);
  }
  if (name === "--v8-flags" && /(^|[=,\s-])help\b/.test(flag)) {
    throw new RangeError(`${what} cannot have ${quoted}: it prints a page of help in place of running tasks`);
  }
  return flag;
}

/** What comes before the value of a flag. */
export function nameOf(flag: string): string {
  return flag.split("=", 1)[0]!;
}

/** The permission that a flag grants, in full or in part; `"set"` for a flag that names a set of the configuration. */
export function allowedBy(flag: string): Right | "all" | "set" | undefined {
  const name = nameOf(flag);
  if (name === "-A" || name === "--allow-all") return "all";
  if (name === "-P" || name === "--permission-set") return "set";
  return SHORT[name] ?? RIGHTS.find((right) => name === `--allow-${right}`);
}
