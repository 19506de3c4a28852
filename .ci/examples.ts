/**
 * Runs every program in `examples/` and compares what it prints with
 * `examples/expected/<name>.txt`.
 *
 * How a program is run stands in its own first comment, where its reader finds it too:
 *
 *     // deno run --allow-net=127.0.0.1 examples/flaky_server.ts
 *
 * The permissions shown to the reader are therefore the ones that CI runs it with. Only files
 * directly in `examples/` are programs; folders are theirs to keep data and helpers in.
 *
 * `deno task ok examples` checks them all; `deno task ok examples --update` writes what they print now to the
 * expected files, to be read over before they are committed. A program's name after that restricts
 * it to one.
 *
 * @module
 */

import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { unifiedDiff } from "./unified_diff.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const EXAMPLES = join(ROOT, "examples");
const EXPECTED = join(EXAMPLES, "expected");

/** Milliseconds that one program may take. */
const TIMEOUT = 60_000;

/**
 * Exceptions to the rule that output must be equal: what no two runs or machines have in common.
 */
const MASKS: readonly [pattern: RegExp, replacement: string][] = [
  // Where the repository and the folder for temporary files are, as paths and as URLs.
  [places(ROOT.replace(/[\\/]$/, "")), "<repository>"],
  [
    new RegExp(
      `(?:${places(tmpdir()).source}|/private/var/folders|/var/folders|/tmp)[^\\s"'\`)\\]]*`,
      "g",
    ),
    "<temporary>",
  ],
  // Local servers listen on whatever port is free.
  [/\b(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):\d+/g, "$1:<port>"],
  // Points in time, such as 2026-01-31T12:00:00.000Z, and lengths of time, such as 12 ms or 1.5s.
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?/g, "<time>"],
  [/\b\d[\d,]*(?:\.\d+)? ?(?:ns|µs|ms|s|min)(?![\w])/g, "<duration>"],
];

/** A program's output with everything that varies from run to run replaced. */
export function mask(output: string): string {
  return MASKS.reduce(
    (text, [pattern, replacement]) => text.replaceAll(pattern, replacement),
    output.replaceAll("\r\n", "\n"),
  );
}

/** The arguments for Deno that a program's own comment tells its reader to use. */
export function argumentsOf(name: string, source: string): string[] {
  const comment = /^(?:#!.*\n)?((?:\s*\/\/.*\n|\s*\/\*[\s\S]*?\*\/)*)/.exec(source)?.[1] ?? "";
  for (const [, line = ""] of comment.matchAll(/\bdeno (run .*)/g)) {
    const words = line.replace(/[`'"].*|\*\/.*/, "").trim().split(/\s+/);
    if (words.includes(`examples/${name}.ts`)) return words;
  }
  throw new Error(
    `Cannot run examples/${name}.ts: its first comment does not say how. ` +
      `Put the command there, such as: // deno run --allow-read examples/${name}.ts`,
  );
}

/** Runs a program; its masked output, or an error with all that it printed if it failed. */
async function outputOf(name: string): Promise<string> {
  const source = await Deno.readTextFile(join(EXAMPLES, `${name}.ts`));
  const args = argumentsOf(name, source.replaceAll("\r\n", "\n"));
  const result = await runCommand({
    program: Deno.execPath(),
    args,
    cwd: ROOT,
    // The `deno` that a reader types, and that `--allow-run=deno` means, is this one.
    env: { PATH: `${dirname(Deno.execPath())}${delimiter}${Deno.env.get("PATH") ?? ""}` },
    timeout: TIMEOUT,
  });
  if (result.ok) return mask(result.stdout);
  throw new Error(`deno ${args.join(" ")}: ${result.ending}\n${result.output}`);
}

/** What is wrong with a program or its output, for people; `undefined` if nothing is. */
async function complaint(name: string): Promise<string | undefined> {
  const printed = await outputOf(name);
  const expected = await expectedOf(name);
  if (expected === undefined) {
    return `there is no examples/expected/${name}.txt: ` +
      `write it with "deno task ok examples --update ${name}" and read it over`;
  }
  const diff = unifiedDiff(expected, printed);
  return diff === "" ? undefined : `expected (-) and printed (+) differ:\n${diff}`;
}

async function expectedOf(name: string): Promise<string | undefined> {
  try {
    // Masked as well, so that an expected output may also be written by hand.
    return mask(await Deno.readTextFile(join(EXPECTED, `${name}.txt`)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function update(name: string): Promise<undefined> {
  await Deno.mkdir(EXPECTED, { recursive: true });
  await Deno.writeTextFile(join(EXPECTED, `${name}.txt`), await outputOf(name));
}

/** The names of the files directly in a folder that have an ending, without it. */
async function namesIn(folder: string, ending: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith(ending)) names.push(basename(entry.name, ending));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // No folder holds no files.
  }
  return names.sort();
}

/** Matches a folder written as a path or as a `file:` URL. */
function places(folder: string): RegExp {
  const forms = [pathToFileURL(folder).href, folder, folder.replaceAll("\\", "/")];
  return new RegExp(forms.map((form) => RegExp.escape(form)).join("|"), "g");
}

async function main(args: readonly string[]): Promise<number> {
  const all = await namesIn(EXAMPLES, ".ts");
  const named = args.filter((arg) => !arg.startsWith("--"));
  const act = args.includes("--update") ? update : complaint;
  let failures = 0;
  const report = (name: string, problem: string | undefined) => {
    if (problem !== undefined) failures++;
    console.log(problem === undefined ? `✓ ${name}` : `✗ ${name}: ${problem}`);
  };
  for (const name of named.length > 0 ? named : all) {
    report(
      name,
      await act(name).catch((error) => error instanceof Error ? error.message : `${error}`),
    );
  }
  for (const name of await namesIn(EXPECTED, ".txt")) {
    if (!all.includes(name)) {
      report(name, `examples/expected/${name}.txt belongs to no program: remove it`);
    }
  }
  if (all.length === 0) report("examples/", "there is no program to check");
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
