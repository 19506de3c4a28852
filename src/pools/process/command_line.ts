/**
 * How a subprocess is started: the program and its arguments.
 *
 * @module
 */

import { RIGHTS, type TaskPermissions } from "../../core/permissions.ts";
import { allowedBy, nameOf } from "./deno_flags.ts";
import { isInherited, permissionFlags } from "./permissions.ts";

export { checkDenoFlags } from "./deno_flags.ts";

/** What decides the arguments of a child. */
export interface ChildOptions {
  readonly permissions: TaskPermissions | undefined;
  /** The size of the heap in MiB. */
  readonly memoryLimitMb: number | undefined;
  /** The path of the configuration, if there is one. */
  readonly config: string | undefined;
  /** The origin by which it keeps the default KV, `localStorage` and caches. Default: what Deno chooses. */
  readonly location?: string | undefined;
  /**
   * The user's own flags, checked. They come last and win, other than over a task's `permissions`: a flag that allows
   * something counts only where the task inherits the right, and then in place of what was found out about it.
   */
  readonly denoFlags: readonly string[];
  /** The specifier of the main module. */
  readonly main: string;
  /** URLs of modules that the child must be able to import, whatever its permissions. */
  readonly modules?: readonly string[];
}

/**
 * The arguments of `deno` for a child.
 *
 * @throws {RangeError} If a path that the task may use has a comma, which no flag of Deno can express.
 */
export function childArguments(options: ChildOptions): string[] {
  const { memoryLimitMb, main } = options;
  const own = ownFlags(options);
  return [
    "run",
    "--no-prompt",
    "--quiet",
    ...configFlags(options),
    ...taskFlags(options, own),
    ...unstableFlags(),
    ...locationFlags(options),
    ...memoryLimitMb === undefined || memoryLimitMb === Infinity
      ? []
      : [`--v8-flags=--max-old-space-size=${memoryLimitMb}`],
    ...own,
    main,
  ];
}

/** Deno refuses `--config` together with `--no-config`. */
function configFlags({ config, denoFlags }: ChildOptions): string[] {
  if (denoFlags.some((flag) => ["--config", "-c", "--no-config"].includes(nameOf(flag)))) return [];
  return config === undefined ? ["--no-config"] : ["--config", config];
}

/** Deno refuses a flag that is given twice. */
function locationFlags({ location, denoFlags }: ChildOptions): string[] {
  return location === undefined || denoFlags.some((flag) => nameOf(flag) === "--location")
    ? []
    : [`--location=${location}`];
}

/** The user's flags without those that would allow what a task is not to have. */
function ownFlags({ permissions, denoFlags }: ChildOptions): string[] {
  const inherited = RIGHTS.filter((right) => isInherited(permissions, right));
  if (inherited.length === RIGHTS.length) return [...denoFlags];
  return denoFlags.flatMap((flag) => {
    const right = allowedBy(flag);
    if (right === undefined) return [flag];
    if (right === "all") return inherited.map((each) => `--allow-${each}`);
    return right !== "set" && inherited.includes(right) ? [flag] : [];
  });
}

/**
 * The flags for the task's permissions, without those that the user's own flags are about: Deno refuses `-A` together with
 * another `--allow-…`, and adds up lists.
 */
function taskFlags({ permissions, modules }: ChildOptions, own: readonly string[]): readonly string[] {
  const named = own.map(allowedBy);
  if (named.includes("all") || named.includes("set")) return [];
  const flags = permissionFlags(permissions, modules);
  if (named.every((right) => right === undefined)) return flags;
  const each = flags[0] === "-A" ? RIGHTS.map((right) => `--allow-${right}`) : flags;
  const rest = each.filter((flag) => !named.includes(allowedBy(flag)));
  // The user's list of hosts lacks those that this package and the task come from.
  const lists = own.some((flag) => allowedBy(flag) === "import" && flag.includes("="));
  return lists ? [...rest, ...permissionFlags({ import: [] }, modules)] : rest;
}

/** How a program sees its own unstable features. Deno accepts flags for those that the configuration switches on, too. */
const UNSTABLE: Readonly<Record<string, () => boolean>> = {
  "--unstable-bundle": () => "bundle" in Deno,
  "--unstable-cron": () => "cron" in Deno,
  "--unstable-kv": () => "openKv" in Deno,
  "--unstable-net": () => "connectQuic" in Deno,
  "--unstable-unsafe-proto": () => Reflect.get({}, "__proto__") !== undefined,
  "--unstable-webgpu": () => "UnsafeWindowSurface" in Deno,
};

function unstableFlags(): string[] {
  return Object.keys(UNSTABLE).filter((flag) => UNSTABLE[flag]!());
}

/**
 * The program that children are started with, as this program may run it: the path of Deno or, where that is not
 * allowed, its name, as with `--allow-run=deno` where `deno` is a link.
 */
export function denoProgram(): string | undefined {
  // A compiled program cannot run other programs as Deno does.
  const names = Deno.build.standalone ? ["deno"] : [Deno.execPath(), "deno"];
  return names.find(mayRun);
}

/** The error for a program that may not start children; `undefined` if it may. */
export function missingRunPermission(execPath: string): Error | undefined {
  if (denoProgram() !== undefined) return undefined;
  const program = Deno.build.standalone ? "deno" : execPath;
  const flag = `--allow-run=${program}`;
  return new Deno.errors.NotCapable(
    `Tasks of the "process" backend run in subprocesses of Deno, and this program may not start them, as --allow-run is ` +
      `missing: run it with ${
        /[\s"'$]/.test(flag) ? JSON.stringify(flag) : flag
      }, which is enough, or with --allow-run`,
  );
}

function mayRun(command: string): boolean {
  return Deno.permissions.querySync({ name: "run", command }).state === "granted";
}
