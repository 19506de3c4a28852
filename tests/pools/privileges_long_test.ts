import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { fromFileUrl, toFileUrl } from "@std/path";
import type { TaskPermissions, TaskRunner } from "../../mod.ts";
import { readsFile, readsVariable, runsCommand, writesFile } from "./hostile_tasks.ts";
import { assertDenied, limited, OUTSIDE } from "./limited.ts";
import { quietRunner, runToEnd } from "./support.ts";
import { tempFolder, textOf } from "../support.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The outcome of the submission in `refused.ts`, run with those rights. */
async function outcomeOf(flags: readonly string[], permissions: TaskPermissions, path = OUTSIDE): Promise<{
  readonly at: string;
  readonly status?: string;
  readonly name?: string;
  readonly message: string;
  readonly stderr: string;
}> {
  const args = [JSON.stringify(permissions), path];
  const program = await runToEnd("refused.ts", { flags: ["--no-prompt", ...flags], args, cwd: ROOT });
  const [outcome] = program.values("OUTCOME") as { at: string; status?: string; name?: string; message: string }[];
  return { ...outcome!, stderr: program.stderr };
}

Deno.test("A process has the rights that its task lists, and no others", async () => {
  await using runner = quietRunner();
  await using folder = await tempFolder();
  const file = folder.file("data.txt");
  Deno.writeTextFileSync(file, "12345");
  assertEquals(await runner.submit(limited(readsFile, { read: [folder.path] }), file), 5);
  await assertDenied(runner, limited(readsFile, { read: [folder.path] }), OUTSIDE);
  await assertDenied(runner, limited(writesFile, { read: [folder.path] }), file);
  await assertDenied(runner, limited(readsVariable, { read: [folder.path] }), "HOME");
  await runner.submit(limited(writesFile, { write: [toFileUrl(file)] }), file);
  assertEquals(textOf(file), "written");
  assertEquals(typeof await runner.submit(limited(readsVariable, { env: ["HOME"] }), "HOME"), "string");
  await assertDenied(runner, limited(readsVariable, { env: ["HOME"] }), "PATH");
  assertEquals(await runner.submit(limited(readsFile, { read: true }), OUTSIDE) > 0, true);
  await assertDenied(runner, limited(readsFile, { read: false, net: true }), OUTSIDE);
  assertEquals(await runner.submit(limited(runsCommand, { run: true })), 0);
});

Deno.test("Rights are a task's own: neighbours with others keep theirs", async () => {
  await using runner = quietRunner();
  const kinds: TaskPermissions[] = ["none", "inherit", { read: [OUTSIDE] }, { read: ["./tests"] }];
  const handles = Array.from({ length: 16 }, (_, index) => {
    const permissions = kinds[index % kinds.length]!;
    return { permissions, handle: runner.submit(limited(readsFile, permissions), OUTSIDE) };
  });
  for (const { permissions, handle } of handles) {
    const { status, error } = await handle.getResult();
    const allowed = permissions === kinds[1] || permissions === kinds[2];
    assertEquals([JSON.stringify(permissions), status], [
      JSON.stringify(permissions),
      allowed ? "completed" : "failed",
    ]);
    if (!allowed) assertInstanceOf(error, Deno.errors.NotCapable);
  }
});

Deno.test("A task without permissions has those of the program", async () => {
  await using runner = quietRunner();
  assert(await runner.submit(readsFile.with({ backend: "process" }), OUTSIDE) > 0);
  assert(await runner.submit(limited(readsFile, "inherit"), OUTSIDE) > 0);
});

Deno.test("A pool's denoFlags give a task no rights that it does not list", async () => {
  for (const flag of ["-A", "--allow-all", "--allow-read", "--allow-read=/", "-R", "--permission-set=all"]) {
    let runner: TaskRunner;
    try {
      runner = quietRunner({ pools: { process: { denoFlags: [flag] } } });
    } catch (error) {
      assertMatch((error as Error).message, /denoFlags/);
      continue;
    }
    try {
      await assertDenied(runner, limited(readsFile, "none"), OUTSIDE);
    } finally {
      await runner.shutdown();
    }
  }
});

for (
  const [permissions, missing] of [
    [{ net: true }, /net/],
    [{ read: true }, /read/],
    [{ read: ["/etc"] }, /read[^]*\/etc/],
    [{ read: ["./tests", "../"] }, /read/],
    [{ write: ["./tests"] }, /write/],
    [{ env: ["HOME"] }, /env/],
    [{ ffi: true }, /ffi/],
  ] as const satisfies readonly (readonly [TaskPermissions, RegExp])[]
) {
  Deno.test(`A task that asks for ${JSON.stringify(permissions)} in a program without it is refused at submit`, async () => {
    const outcome = await outcomeOf(["--allow-run", `--allow-read=${ROOT}`], permissions as TaskPermissions);
    assertEquals(outcome.at, "submit", JSON.stringify(outcome));
    assertMatch(outcome.message, missing);
    assertMatch(outcome.message, /readsFile/);
  });
}

Deno.test("A task cannot get by a process what the program does not have", async () => {
  const flags = ["--allow-run", `--allow-read=${ROOT}`];
  const inherited = await outcomeOf(flags, "inherit");
  assertEquals([inherited.at, inherited.status, inherited.name], ["run", "failed", "NotCapable"]);
  const allowed = await outcomeOf(flags, { read: ["./tests"] }, "./deno.json");
  assertEquals([allowed.at, allowed.status, allowed.name], ["run", "failed", "NotCapable"]);
  const within = await outcomeOf(flags, { read: ["./tests"] }, "./tests/pools/privileges_test.ts");
  assertEquals([within.at, within.status], ["run", "completed"], within.message);
  const inheritedWithin = await outcomeOf(flags, "inherit", "./deno.json");
  assertEquals([inheritedWithin.at, inheritedWithin.status], ["run", "completed"], inheritedWithin.message);
});

Deno.test("What a program denies itself is denied to its tasks", async () => {
  const outcome = await outcomeOf(["-A", "--deny-read=/etc"], "inherit");
  assertEquals([outcome.status, outcome.name], ["failed", "NotCapable"]);
  const asked = await outcomeOf(["-A", "--deny-read=/etc"], { read: ["/etc"] });
  assertEquals(asked.at, "submit");
});

for (const permissions of ["none", "inherit"] as const) {
  Deno.test(`Without --allow-run, a process task with permissions: "${permissions}" is refused at submit`, async () => {
    const outcome = await outcomeOf(["--allow-read"], permissions);
    assertEquals(outcome.at, "submit", JSON.stringify(outcome));
    assertMatch(outcome.message, /--allow-run/);
    assertEquals(outcome.stderr, "");
  });
}

Deno.test("--allow-run for Deno alone is enough for process tasks", async () => {
  const outcome = await outcomeOf([`--allow-run=${Deno.execPath()}`, "--allow-read"], { read: ["./tests"] });
  assertEquals([outcome.at, outcome.name], ["run", "NotCapable"], outcome.message);
});
