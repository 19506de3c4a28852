/**
 * The arguments of `run`: its own options, options for Deno, the program, and what belongs to the program.
 *
 * @module
 */

/** The command line, as the parser gets it. */
export interface SplitArguments {
  /** What the parser is to parse. What belongs to the program stands behind `--`. */
  readonly inputs: readonly string[];
  /** Options for Deno, such as `--allow-net=example.com`. */
  readonly denoFlags: readonly string[];
}

/** Options of `run` that take a value, which may be the next argument. */
const OWN_WITH_VALUE = new Set(["--progress", "--report", "--trace", "--checkpoint"]);

/** Options of Deno that take a value, which may be the next argument. */
const DENO_WITH_VALUE = new Set([
  "--config",
  "-c",
  "--import-map",
  "--cert",
  "--location",
  "--seed",
  "--preload",
  "--import",
  "--require",
  "--ext",
  "--conditions",
  "--cpu-prof-dir",
  "--cpu-prof-name",
]);

/** Options of `deno run` without a value, or with one behind `=`. */
const DENO = new RegExp(
  "^(?:-[APRWNESIqrLf]+|-[RWNESIPr]=.*|--(?:allow|deny|ignore|unstable|unsafely|inspect|no|v8-flags|check|lock|frozen|cached-only|" +
    "node-modules-dir|node-modules-linker|vendor|env-file|env|reload|quiet|log-level|permission-set|strace-ops|enable-testing|" +
    "cpu-prof|tunnel|minimum-dependency-age|config|import-map|cert|location|seed|preload|import|require|ext|conditions)" +
    "(?:-[a-z0-9-]+)?(?:=.*)?)$",
);

/** Takes the options for Deno out of the arguments of `run`, and marks where those of the program begin. */
export function splitRunArguments(args: readonly string[]): SplitArguments {
  if (args[0] !== "run") return { inputs: args, denoFlags: [] };
  const inputs = ["run"];
  const denoFlags: string[] = [];
  for (let at = 1; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") return { inputs: [...inputs, ...args.slice(at)], denoFlags };
    if (!arg.startsWith("-") || arg === "-") {
      const own = args.slice(at + 1);
      return { inputs: [...inputs, "--", arg, ...(own[0] === "--" ? own.slice(1) : own)], denoFlags };
    }
    const isDeno = DENO_WITH_VALUE.has(arg) || DENO.test(arg);
    const list = isDeno ? denoFlags : inputs;
    list.push(arg);
    if ((isDeno ? DENO_WITH_VALUE : OWN_WITH_VALUE).has(arg) && at + 1 < args.length) list.push(args[++at]!);
  }
  return { inputs, denoFlags };
}
