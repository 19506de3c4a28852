import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname, fromFileUrl, join, toFileUrl } from "@std/path";
import { runCommand } from "../command.ts";
import { ensureCache, ensureRegistryFolder } from "./registry_folder.ts";

const MINUTE = 60_000;

/** A scratch folder that is removed at the end of the scope. */
async function scratchFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "workflowy-registry-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Runs Deno as on a machine that has never run it, with a folder in the place of JSR. */
function runDeno(scratch: string, registry: string, args: string[]) {
  return runCommand({
    program: Deno.execPath(),
    args,
    cwd: scratch,
    timeout: MINUTE,
    env: { DENO_DIR: join(scratch, "deno_dir"), JSR_URL: `${toFileUrl(registry).href}/` },
  });
}

/**
 * The path of the registry folder in a given folder, or in the user's cache; made without a word.
 */
async function registryIn(cache?: string): Promise<string> {
  return await ensureRegistryFolder(cache ?? await ensureCache(), () => {});
}

async function writeProgram(scratch: string, text: string): Promise<string> {
  const path = join(scratch, "program.ts");
  await Deno.writeTextFile(path, text);
  return path;
}

Deno.test("ensureRegistryFolder() makes one folder, even for callers at the same time", async () => {
  await using scratch = await scratchFolder();
  const folders = await Promise.all([1, 2, 3].map(() => registryIn(scratch.path)));
  assertEquals(new Set(folders).size, 1);
  const left = [...Deno.readDirSync(scratch.path)].map(({ name }) => join(scratch.path, name));
  assertEquals(left, [folders[0]!]);
});

Deno.test("registry serves std with working code and types to a Deno that has nothing cached", async () => {
  await using scratch = await scratchFolder();
  const program = await writeProgram(
    scratch.path,
    `import { assert, AssertionError, assertRejects } from "jsr:@std/assert@^1";
     import { AssertionError as SameError } from "jsr:@std/assert@^1/assertion-error";
     import { delay } from "jsr:@std/async@^1/delay";
     import { walk } from "jsr:@std/fs@^1/walk";
     import { fromFileUrl } from "jsr:@std/path@^1/posix/from-file-url";
     import { assertSpyCalls, spy } from "jsr:@std/testing@^1/mock";
     import { FakeTime } from "jsr:@std/testing@^1/time";
     import { assertType, type IsExact } from "jsr:@std/testing@^1/types";

     const maybe: string | undefined = Deno.args[0];
     assert(maybe !== undefined);
     assertType<IsExact<typeof maybe, string>>(true);
     assert(fromFileUrl("file:///a") === "/a" && AssertionError === SameError);
     // An assertion of another package throws the same class: packages share their modules.
     await assertRejects(() => Promise.try(() => assertSpyCalls(spy(), 1)), AssertionError);
     for await (const entry of walk(".", { maxDepth: 0 })) assert(entry.isDirectory);

     using time = new FakeTime(0);
     const waits = delay(3_600_000).then(() => Date.now());
     await time.tickAsync(3_600_000);
     console.log(await waits);`,
  );
  const registry = await registryIn();
  const result = await runDeno(scratch.path, registry, ["run", "-A", "--check", program, "given"]);
  assertEquals(
    { ok: result.ok, stdout: result.stdout },
    { ok: true, stdout: "3600000\n" },
    result.output,
  );
});

Deno.test("registry types reject what the real std rejects", async () => {
  await using scratch = await scratchFolder();
  const program = await writeProgram(
    scratch.path,
    `import { assertEquals } from "jsr:@std/assert@^1/equals";
     import { assertThrows } from "jsr:@std/assert@^1/equals";
     assertEquals(1, "1");
     assertThrows(1);`,
  );
  const { ok, output } = await runDeno(scratch.path, await registryIn(), [
    "check",
    program,
  ]);
  assert(!ok);
  assertStringIncludes(output, "'string' is not assignable to parameter of type 'number'");
  assertStringIncludes(output, "'assertThrows' cannot be used as a value");
});

Deno.test("ensureRegistryFolder() repairs a folder in which a file was changed or removed", async () => {
  await using scratch = await scratchFolder();
  const folder = await registryIn(scratch.path);
  const [meta] = [...Deno.readDirSync(join(folder, "@std", "assert"))].filter((it) => it.isDirectory);
  const file = join(folder, "@std", "assert", meta!.name, "fail.js");
  const original = await Deno.readTextFile(file);

  await Deno.writeTextFile(file, `${original}\n// tampered`);
  assertEquals(await registryIn(scratch.path), folder);
  assertEquals(await Deno.readTextFile(file), original);

  await Deno.remove(file);
  assertEquals(await registryIn(scratch.path), folder);
  assertEquals(await Deno.readTextFile(file), original);
  assertEquals([...Deno.readDirSync(scratch.path)].length, 1);
});

Deno.test("registry declarations name nothing that the modules lack", async () => {
  const folder = fromFileUrl(new URL("./std/", import.meta.url));
  const [registry, promised] = [await registryIn(), new Map<string, string[]>()];
  for (const entry of Deno.readDirSync(folder)) {
    for (const { name } of Deno.readDirSync(join(folder, entry.name))) {
      const text = await Deno.readTextFile(join(folder, entry.name, name));
      const subpath = name === "mod.d.ts" ? "" : `/${name.replace(/\.d\.ts$/, "")}`;
      const names = text.matchAll(/^export (?:function|class|const) (\w+)/gm);
      promised.set(`jsr:@std/${entry.name}@^1${subpath}`, [...names].map(([, it = ""]) => it));
    }
  }
  assertNotEquals(promised.size, 0);
  await using scratch = await scratchFolder();
  const program = await writeProgram(
    scratch.path,
    `const lacking = [];
     for (const [module, names] of ${JSON.stringify([...promised])}) {
       const exported = await import(module);
       lacking.push(...names.filter((name) => !(name in exported)).map((name) => module + " " + name));
     }
     console.log(JSON.stringify(lacking));`,
  );
  const result = await runDeno(scratch.path, registry, ["run", "-A", program]);
  assertEquals(result.stdout.trim(), "[]", result.output);
});

Deno.test("registry keeps the address of a mirror that the environment names", async () => {
  const { stdout } = await runCommand({
    program: Deno.execPath(),
    args: ["run", "-A", "--no-config", fromFileUrl(new URL("./registry.ts", import.meta.url))],
    cwd: dirname(fromFileUrl(import.meta.url)),
    timeout: MINUTE,
    env: { JSR_URL: "https://jsr.example.com/" },
  });
  assertEquals(stdout, "https://jsr.example.com/\n");
});
