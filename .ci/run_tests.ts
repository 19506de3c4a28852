/**
 * Runs the tests and the code blocks in JSDoc and documents: `deno task test`. Or those in
 * `*_long_test.ts`, which take minutes: `deno task test:long`.
 *
 * Each folder of tests is run by a `deno test` of its own, one more at a time than there are cores. So
 * tests that look at their process (its children, its signals, its memory) see nothing of other
 * folders. Within a folder, the files are imported by one module: Deno starts an isolate for each
 * file that it is given, which takes as long as most files take themselves. Tests have to leave
 * global state as they found it. The same goes for code blocks, see `doc_blocks.ts`; `test:long` runs
 * each of them in an isolate of its own.
 *
 * With arguments, they go to a single `deno test`, in which each file has an isolate:
 * `deno task test tests/core --filter retry`.
 *
 * @module
 */

import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runCommand } from "./command.ts";
import { writeDocTests } from "./doc_blocks.ts";
import { registryEnvironment } from "./offline/registry.ts";
import { type Tally, testTally } from "./tally.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FLAGS = ["test", "-A", "--no-check", "--unstable-kv", "--unstable-cron"];
const LONG = "_long_test.ts";

/** What has code blocks: the documentation of the package's modules, and documents. */
const DOCUMENTED = ["mod.ts", "src", "README.md"];

/** The code blocks, each in an isolate of its own, which takes minutes: so they start first. */
const ISOLATED_DOCUMENTATION: Part = { name: "documentation", args: ["--doc", ...DOCUMENTED] };

/** Milliseconds after which the tests of a folder count as failed. */
const TIMEOUT = 15 * 60_000;

/** The folders whose tests take the longest: they start first, so that no core is idle at the end. */
const SLOW_FIRST = [
  "tests/pools",
  "tests/crash",
  "tests/remote/faults",
  "tests/dashboard",
  "tests/postgres",
  "tests/testing",
  "tests/stores/kv",
  "tests/schedule",
  "tests/runner",
];

/** The folders whose tests `test:long` runs once more without V8's slot for asynchronous contexts, see `context_slot.ts`. */
const CONTEXTUAL = ["tests/core", "tests/tasks", "tests/engine", "tests/runner", "tests/pools"];
/** And the folder of which it does so with the long tests. */
const CONTEXTUAL_LONG = "tests/pools/conformance";

/** What one `deno test` runs. */
interface Part {
  name: string;
  args: readonly string[];
  env?: Record<string, string>;
}

/** The files below a folder, as paths relative to the repository with forward slashes. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield relative(ROOT, path).replaceAll(sep, "/");
  }
}

/** All files of tests, by whether they take long. */
export async function testFiles(): Promise<{ short: string[]; long: string[] }> {
  const files: string[] = [];
  for (const folder of ["tests", ".ci"]) {
    for await (const path of filesBelow(join(ROOT, folder))) if (path.endsWith("_test.ts")) files.push(path);
  }
  files.sort();
  return { short: files.filter((path) => !path.endsWith(LONG)), long: files.filter((path) => path.endsWith(LONG)) };
}

/** The code blocks, as modules in a given folder that are run one after the other. */
async function documentationPart(folder: string): Promise<Part> {
  const paths = DOCUMENTED.filter((path) => path !== "src");
  for await (const path of filesBelow(join(ROOT, "src"))) if (/\.(?:ts|md)$/.test(path)) paths.push(path);
  const files = paths.sort().map((path) => ({ path, text: Deno.readTextFileSync(join(ROOT, path)) }));
  return { name: "documentation", args: ["--config", "deno.json", await writeDocTests(files, folder)] };
}

/** Puts files of tests together by their folders, each with a module that imports them, in a given folder. */
function partsOf(files: readonly string[], folder: string, prefix = ""): Part[] {
  const parts = [...Map.groupBy(files, (path) => dirname(path))].map(([name, files]) => {
    const path = join(folder, `${prefix}${name.replaceAll("/", "_")}_test.ts`);
    const imports = files.map((file) => `import ${JSON.stringify(pathToFileURL(join(ROOT, file)).href)};\n`);
    Deno.writeTextFileSync(path, imports.join(""));
    return { name, args: ["--config", "deno.json", path] };
  });
  const rank = ({ name }: Part) => {
    const place = SLOW_FIRST.indexOf(name);
    return place === -1 ? SLOW_FIRST.length : place;
  };
  return parts.sort((a, b) => rank(a) - rank(b));
}

/** The files of tests that depend on asynchronous contexts. */
function contextual(short: readonly string[], long: readonly string[]): string[] {
  return [
    ...short.filter((path) => CONTEXTUAL.includes(dirname(path))),
    ...long.filter((path) => dirname(path) === CONTEXTUAL_LONG),
  ];
}

/** Tests without V8's slot for asynchronous contexts. */
function standardParts(files: readonly string[], folder: string): Part[] {
  return partsOf(files, folder, "standard_").map((part) => ({
    ...part,
    name: `${part.name}, with AsyncLocalStorage`,
    env: { WORKFLOWY_CONTEXT: "standard" },
  }));
}

/** Runs one part, and reports it on the console. */
async function runPart(part: Part, env: Record<string, string>): Promise<Tally> {
  const { ok, ending, output, durationMs } = await runCommand({
    program: Deno.execPath(),
    args: [...FLAGS, ...part.args],
    cwd: ROOT,
    env: { ...env, ...part.env },
    timeout: TIMEOUT,
  });
  const time = `${(durationMs / 1000).toFixed(1)} s`;
  const { passed, failed } = testTally(output);
  if (ok && passed > 0 && failed === 0) {
    console.log(`✓ ${part.name} (${time}, ${passed} tests)`);
    return { passed, failed };
  }
  console.log(`\n${output.trimEnd()}\n`);
  console.log(`✗ ${part.name} (${time}): ${ending}, ${passed} tests passed, ${failed} failed`);
  return { passed, failed: Math.max(failed, 1) };
}

/** Runs the parts, as many at a time as there are cores; whether all of them passed. */
async function runParts(parts: readonly Part[], env: Record<string, string>): Promise<boolean> {
  const start = performance.now();
  const total: Tally = { passed: 0, failed: 0 };
  const queue = parts.values();
  const work = async () => {
    for (const part of queue) {
      const { passed, failed } = await runPart(part, env);
      total.passed += passed;
      total.failed += failed;
    }
  };
  // One more than there are cores, as many tests wait for something.
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency + 1 }, work));
  const ok = total.failed === 0;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`\n${ok ? "ok" : "FAILED"} | ${total.passed} passed | ${total.failed} failed (${seconds}s)`);
  return ok;
}

/** Runs one `deno test` with arguments from the command line, on this console; its exit code. */
async function runNamed(args: readonly string[], env: Record<string, string>): Promise<number> {
  const { long } = await testFiles();
  const ignored = long.filter((path) => !args.includes(path));
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...FLAGS, "--doc", ...ignored.map((path) => `--ignore=${path}`), ...args],
    env,
  }).spawn().status;
  return code;
}

async function main(args: readonly string[]): Promise<number> {
  const env = await registryEnvironment();
  const others = args.filter((arg) => arg !== "--long");
  if (others.length > 0) return await runNamed(others, env);
  const { short, long } = await testFiles();
  const folder = await Deno.makeTempDir({ prefix: "workflowy-tests-" });
  try {
    const parts = args.length > 0
      ? [ISOLATED_DOCUMENTATION, ...partsOf(long, folder), ...standardParts(contextual(short, long), folder)]
      : [...partsOf(short, folder), await documentationPart(folder)];
    return await runParts(parts, env) ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
