import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import { PostgresCheckpointer } from "../../src/remote/postgres/mod.ts";
import { oneLineOf, workflowy } from "../cli/support.ts";
import { newPrefix, postgresTest } from "./shared.ts";

postgresTest("workflowy state reads a checkpoint in Postgres while its program runs", async ({ url }) => {
  const prefix = newPrefix();
  await using runner = new TaskRunner({ checkpointer: new PostgresCheckpointer({ connection: url, prefix }) });
  await runner.submit(task({ name: "load" }, () => 42));
  await runner.flush();
  const { code, stdout, stderr } = await workflowy(["state", url, "--prefix", prefix]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^1 task {2}✓ 1 completed\n/);
  assertStringIncludes((await workflowy(["graph", url, "--prefix", prefix])).stdout, "✓ load");
  assertStringIncludes(await oneLineOf(["state", url]), "--prefix");
  assertStringIncludes(await oneLineOf(["state", url, "--prefix", "none"]), "none");
});
