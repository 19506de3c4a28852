import { assert, assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { type CacheRequest, ResultCache } from "../../../src/stores/cache/result_cache.ts";
import { recordingLogger, runProgram, tempFolder } from "../../support.ts";

/** A request for the result of a task that has no files. */
function about(key: string): CacheRequest {
  const about = { key };
  return { task: "t", module: undefined, version: undefined, about, inputs: [], outputs: [], expires: Infinity };
}

/** Keeps a value for a key. */
async function keep(cache: ResultCache, key: string, value: unknown): Promise<void> {
  const found = await cache.find(about(key));
  assert("place" in found && found.place !== undefined, "it is there already");
  await cache.keep(found.place, value);
  await cache.idle();
}

/** The value of a key, if it is kept. */
async function find(cache: ResultCache, key: string): Promise<unknown> {
  const found = await cache.find(about(key));
  return "value" in found ? found.value : undefined;
}

/** The files of a cache. */
async function filesIn(path: string): Promise<string[]> {
  const files: string[] = [];
  for await (const folder of Deno.readDir(path)) {
    if (!folder.isDirectory) continue;
    for await (const { name } of Deno.readDir(join(path, folder.name))) files.push(join(path, folder.name, name));
  }
  return files;
}

Deno.test("a damaged entry counts as missing, and is written again", async () => {
  await using folder = await tempFolder();
  const logger = recordingLogger();
  const cache = new ResultCache({ path: folder.path, maxBytes: 1e6 }, logger);
  await keep(cache, "a", 5);
  const [file] = await filesIn(folder.path);
  for (const damage of [new Uint8Array(), new Uint8Array(200), (await Deno.readFile(file!)).slice(0, -1)]) {
    await Deno.writeFile(file!, damage);
    await keep(cache, "a", 6);
    assertEquals(await find(cache, "a"), 6);
  }
  assertEquals(logger.lines, []);
});

Deno.test("programs that write the same entries at once leave whole ones", async () => {
  await using folder = await tempFolder();
  const source = `
    const { task, TaskRunner } = workflowy;
    const make = task({ name: "make", module: "https://a.example/", cache: {} }, (x) => String(x).repeat(100_000));
    let isWrong = false;
    for (let round = 0; round < 3; round++) {
      await using runner = new TaskRunner({ cache: { path: ${JSON.stringify(folder.path)}, maxBytes: 1_500_000 } });
      const values = await Promise.all(make.with({ runner }).map([...Array(20).keys()]));
      isWrong ||= values.some((value, x) => value !== String(x).repeat(100_000));
    }
    console.log(isWrong ? "wrong" : "right");`;
  const programs = await Promise.all([1, 2, 3].map(() => runProgram(source)));
  assertEquals(programs.map(({ stdout, stderr }) => stdout + stderr), ["right", "right", "right"]);
  assertEquals((await filesIn(folder.path)).filter((file) => basename(file).endsWith(".tmp")), []);
});

const RUN = (path: string) =>
  `const make = workflowy.task({ name: "make", module: "https://a.example/", cache: {} }, (x) => (console.log("ran"), x));
  await using runner = new workflowy.TaskRunner({ cache: { path: ${JSON.stringify(path)} } });
  const handles = make.with({ runner }).map([1, 2]);
  console.log(await Promise.all(handles), handles.map(({ cached }) => cached));`;

Deno.test("without the right to read or write there, bodies run, and that is said once", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "cache");
  const program = folder.file("program.ts");
  const mod = new URL("../../../mod.ts", import.meta.url);
  await Deno.writeTextFile(program, `import * as workflowy from "${mod}";\n${RUN(path)}`);
  const run = async (...flags: string[]) => {
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const args = ["run", "-q", "--no-check", "--no-prompt", "--config", config, ...flags, program];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
    return { out: out!, warnings: err === "" ? [] : err!.split("\n") };
  };
  const none = await run();
  assertEquals(none.out, "ran\nran\n[ 1, 2 ] [ false, false ]");
  assertEquals(none.warnings.length, 1, none.warnings.join("\n"));
  assert(none.warnings[0]!.includes(`--allow-read=${path} --allow-write=${path}`), none.warnings[0]);
  const reading = await run(`--allow-read=${path}`);
  assertEquals([reading.out, reading.warnings.length], ["ran\nran\n[ 1, 2 ] [ false, false ]", 1]);
  assert(reading.warnings[0]!.includes(`--allow-write=${path}`), reading.warnings[0]);
  const both = await run(`--allow-read=${path}`, `--allow-write=${path}`);
  assertEquals(both, { out: "ran\nran\n[ 1, 2 ] [ false, false ]", warnings: [] });
  const again = await run(`--allow-read=${path}`);
  assertEquals(again, { out: "[ 1, 2 ] [ true, true ]", warnings: [] });
});

Deno.test("a cache that cannot be written is said once, and costs nothing but the cache", async () => {
  await using folder = await tempFolder();
  const path = folder.file("in-the-way");
  await Deno.writeTextFile(path, "a file");
  const logger = recordingLogger();
  const cache = new ResultCache({ path, maxBytes: 1e6 }, logger);
  for (const key of ["a", "b"]) {
    const found = await cache.find(about(key));
    if ("place" in found && found.place !== undefined) await cache.keep(found.place, 5);
  }
  assertEquals(logger.lines.map(({ level }) => level), ["warn"]);
});
