/**
 * The rights of a subprocess: as flags of Deno, and whether this program may give them.
 *
 * @module
 */

import { type Right, RIGHTS, SYS_KINDS, type TaskPermissions } from "../../core/permissions.ts";
import { foldersAbove } from "../../core/file_paths.ts";
import { absolutePath, pathIfFile } from "./paths.ts";

type Wanted = Deno.PermissionOptionsObject[Right];
type Status = Pick<Deno.PermissionStatus, "state" | "partial">;

/** How a query names a part of a right. */
const PART: Readonly<Record<Right, string>> = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  ffi: "path",
  sys: "kind",
  import: "host",
};

/** Hosts that Deno 2.9 lets any program import from that has no `--allow-import`. */
const TRUSTED_HOSTS = [
  "deno.land:443",
  "jsr.io:443",
  "esm.sh:443",
  "raw.esm.sh:443",
  "cdn.jsdelivr.net:443",
  "raw.githubusercontent.com:443",
  "gist.githubusercontent.com:443",
];

/** A host that cannot exist (RFC 2606): where no other is named, Deno trusts its own list, whatever is denied. */
const NO_HOST = "none.invalid";

/**
 * The permission flags of a child for a task's `permissions`: for the same rights always the same ones.
 *
 * What is inherited is what this program can find out about its own rights, and never more than it has: a right that it
 * holds as a whole; of a right that it holds in part, the kinds of `sys`, the hosts of `import` that Deno trusts by
 * default, and for `read` and `write` the outermost folders around the working directory and the main module. Deno
 * does not tell the rest; name it in `permissions` or, for all tasks that inherit, in `PoolOptions.denoFlags`.
 *
 * @param modules URLs of modules that the child must be able to import. Hosts they come from are allowed if this program
 * may import from them too.
 * @throws {RangeError} If a path has a comma, which no flag of Deno can express.
 */
export function permissionFlags(
  permissions: TaskPermissions | undefined,
  modules: readonly string[] = [],
): readonly string[] {
  const flags = RIGHTS.flatMap((right) => {
    const wanted = wantedOf(permissions, right);
    if (wanted === true || wanted === "inherit" && isWhole(ask(right))) return [`--allow-${right}`];
    const parts = right === "import" ? hosts(wanted, modules) : partsOf(right, wanted);
    return parts.length === 0 ? [] : [`--allow-${right}=${parts.join(",")}`];
  });
  return RIGHTS.every((right) => flags.includes(`--allow-${right}`)) ? ["-A"] : flags;
}

/**
 * Checks that this program has the rights that a task asks for. Never prompts.
 *
 * @param label Who asks, such as `Task "load"`.
 * @throws {Deno.errors.NotCapable} If the program lacks one of them.
 * @throws {RangeError} If an entry of a list is none that Deno knows what to do with.
 */
export function requirePermissions(permissions: TaskPermissions | undefined, label: string): void {
  if (!isNarrowed(permissions)) return;
  for (const right of RIGHTS) {
    const wanted = wantedOf(permissions, right);
    if (wanted === undefined || wanted === false || wanted === "inherit") continue;
    const whole = ask(right);
    if (wanted === true) {
      if (!isWhole(whole)) throw lacking(right, undefined, whole, label);
    } else {
      for (const part of listOf(right, wanted)) checkPart(right, part, whole, label);
    }
  }
}

/** Hosts that Deno takes in flags, but not in queries: `*.example.com` and `10.0.0.0/8`. */
const HOST_PATTERN = /^\*\.|^[\d.]+\/\d+$|^[\da-f:.]+\/\d+$/i;

function checkPart(right: Right, part: string, whole: Status, label: string): void {
  const asks = `${label} asks for permission to ${describePermission(right, part)}`;
  if (right === "net" && HOST_PATTERN.test(part)) {
    if (isWhole(whole)) return;
    throw new Deno.errors.NotCapable(
      `${asks}, and Deno does not tell whether this program has it itself: list each host, or run it with --allow-net`,
    );
  }
  let status: Status;
  try {
    status = ask(right, part);
  } catch (error) {
    throw new RangeError(`${asks}, which Deno cannot grant: ${(error as Error).message}`, { cause: error });
  }
  if (!isWhole(status)) throw lacking(right, part, status, label);
}

function lacking(right: Right, part: string | undefined, { state, partial }: Status, label: string): Error {
  const some = partial || state === "denied";
  const flag = part === undefined ? `--allow-${right}` : `--allow-${right}=${part}`;
  const denials = right === "read" || right === "env" ? `--deny-${right} or --ignore-${right}` : `--deny-${right}`;
  return new Deno.errors.NotCapable(
    `${label} asks for permission to ${describePermission(right, part)}, which this program does not have ${
      some ? "in full " : ""
    }` +
      `itself: run it with ${/[\s"'*$]/.test(flag) ? JSON.stringify(flag) : flag}` +
      (some ? ` and without a ${denials} that takes from it` : ""),
  );
}

/** What a right allows, in words. */
function describePermission(right: Right, part: string | undefined): string {
  const named = part === undefined ? undefined : JSON.stringify(part);
  switch (right) {
    case "read":
      return `read ${named ?? "any file"}`;
    case "write":
      return `write ${named ?? "any file"}`;
    case "net":
      return `use the network${named ? ` with ${named}` : ""}`;
    case "env":
      return `use ${named ? `the environment variable ${named}` : "any environment variable"}`;
    case "run":
      return `run ${named ?? "any program"}`;
    case "ffi":
      return `load the library ${named ?? "of its choice"}`;
    case "sys":
      return `ask the system for ${named ?? "anything"}`;
    case "import":
      return `import from ${named ?? "any host"}`;
  }
}

/** Whether a child may have fewer rights than this program. It shares nothing with it then. */
export function isNarrowed(permissions: TaskPermissions | undefined): boolean {
  return permissions !== undefined && permissions !== "inherit";
}

/** Whether a child is to have of a right what this program has. */
export function isInherited(permissions: TaskPermissions | undefined, right: Right): boolean {
  return wantedOf(permissions, right) === "inherit";
}

function wantedOf(permissions: TaskPermissions | undefined, right: Right): Wanted {
  if (permissions === undefined || permissions === "inherit") return "inherit";
  return permissions === "none" ? undefined : permissions[right];
}

function partsOf(right: Right, wanted: Wanted): string[] {
  if (Array.isArray(wanted)) return listOf(right, wanted);
  if (wanted !== "inherit") return [];
  if (right === "sys") return SYS_KINDS.filter((kind) => isWhole(ask("sys", kind))).sort();
  if (right === "read" || right === "write") {
    return unique(startingPoints().flatMap((path) => grantedAncestor(right, path)));
  }
  return [];
}

/** The hosts that a child may import from, which takes the place of what Deno trusts by default; none for just that. */
function hosts(wanted: Wanted, modules: readonly string[]): string[] {
  const needed = [import.meta.url, ...modules].map(hostOf).filter((host) => host !== undefined);
  const own = needed.filter((host) => isWhole(ask("import", host)));
  if (Array.isArray(wanted) || wanted === false) {
    const listed = unique([...own, ...Array.isArray(wanted) ? listOf("import", wanted) : []]);
    return listed.length === 0 ? [NO_HOST] : listed;
  }
  const trusted = TRUSTED_HOSTS.filter((host) => isWhole(ask("import", host)));
  const all = unique([...own, ...trusted]);
  if (all.length === trusted.length && trusted.length === TRUSTED_HOSTS.length) return [];
  return all.length === 0 ? [NO_HOST] : all;
}

/** The entries of a list as flags take them, sorted. */
function listOf(right: Right, list: readonly (string | URL)[]): string[] {
  return unique(list.map((item) => {
    const part = inFull(right, String(item));
    if (!part.includes(",")) return part;
    throw new RangeError(`Deno has no way to allow a part of "${right}" with a comma in it: ${JSON.stringify(part)}`);
  }));
}

function inFull(right: Right, part: string): string {
  const isPath = right === "read" || right === "write" || right === "ffi" ||
    right === "run" && /[/\\]/.test(part);
  return isPath ? absolutePath(part) : part;
}

/** The outermost folder that this program holds a right to as a whole, going outwards from a path. */
function grantedAncestor(right: "read" | "write", path: string): string[] {
  const folders = [path, ...foldersAbove(path)].filter((folder) => !folder.includes(","));
  return folders.filter((folder) => isWhole(ask(right, folder))).slice(-1);
}

function startingPoints(): string[] {
  const main = pathIfFile(Deno.mainModule);
  return [absolutePath("."), ...main === undefined ? [] : foldersAbove(main).slice(0, 1)];
}

/** The host and port that a module comes from, if it does. */
function hostOf(module: string): string | undefined {
  const url = URL.parse(module);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return undefined;
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
}

function unique(parts: readonly string[]): string[] {
  return [...new Set(parts)].sort();
}

function isWhole({ state, partial }: Status): boolean {
  return state === "granted" && !partial;
}

/** What this program may do. Takes 2 µs. */
function ask(right: Right, part?: string): Status {
  const query = part === undefined ? { name: right } : { name: right, [PART[right]]: part };
  return Deno.permissions.querySync(query as Deno.PermissionDescriptor);
}
