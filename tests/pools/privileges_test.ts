import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { TaskPermissions } from "../../mod.ts";
import { square, waits, whereAmI } from "./conformance/tasks.ts";
import { readsFile, readsVariable, runsCommand, writesFile } from "./hostile_tasks.ts";
import { assertDenied, limited, OUTSIDE } from "./limited.ts";
import { quietRunner } from "./support.ts";
import { tempFolder, textOf } from "../support.ts";

Deno.test(`A process with permissions: "none" can compute, and nothing else`, async () => {
  await using runner = quietRunner();
  await using folder = await tempFolder();
  assertEquals(await runner.submit(limited(square, "none"), 5), 25);
  assertEquals(await runner.submit(limited(waits, "none"), 1), 1);
  await assertDenied(runner, limited(readsFile, "none"), OUTSIDE);
  await assertDenied(runner, limited(readsFile, "none"), fromFileUrl(import.meta.url));
  await assertDenied(runner, limited(writesFile, "none"), folder.file("a"));
  await assertDenied(runner, limited(readsVariable, "none"), "HOME");
  await assertDenied(runner, limited(runsCommand, "none"));
  assertEquals(textOf(folder.file("a")), "");
});

Deno.test("Tasks with the same rights share children, others do not", async () => {
  await using runner = quietRunner({ maxWorkers: 1 });
  const pidOf = async (permissions: TaskPermissions) => (await runner.submit(limited(whereAmI, permissions), 0)).pid;
  const first = await pidOf({ read: ["./tests"], env: ["HOME"] });
  assertEquals(await pidOf({ env: ["HOME"], read: ["./tests"] }), first);
  const none = await pidOf("none");
  assert(none !== first, "a child with rights ran a task that has none");
});

Deno.test("Permissions that no backend can give are refused where they are given", async () => {
  await using runner = quietRunner();
  assertThrows(() => readsFile.with({ backend: "thread", permissions: "none" }), TypeError, "process");
  const misspelled = { reed: ["./data"] } as unknown as TaskPermissions;
  assertThrows(() => runner.submit(limited(readsFile, misspelled), OUTSIDE), TypeError, "reed");
});
