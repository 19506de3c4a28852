import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { task, TaskRunner } from "../../../mod.ts";
import { tempFolder } from "../../support.ts";
import { workflowy } from "../support.ts";

interface Finding {
  readonly what: string;
  readonly verdict: string;
  readonly says: string;
}

Deno.test("doctor: all is well where workers start and the checkpoint is readable", async () => {
  await using folder = await tempFolder();
  {
    await using runner = new TaskRunner({ checkpointPath: folder.file() });
    await runner.submit(task({ name: "answer" }, () => 42));
  }
  const { code, stdout } = await workflowy(["doctor", folder.file(), "--json"]);
  const findings: Finding[] = JSON.parse(stdout);
  assertEquals([code, findings.filter(({ verdict }) => verdict === "fault")], [0, []]);
  const says = (what: string) => findings.find((each) => each.what === what)!.says;
  assertMatch(says("threads"), /^a task ran in \d+ ms$/);
  assertMatch(says("subprocesses"), /^a task ran in \d+ ms$/);
  assertStringIncludes(says("checkpoint"), ": 1 record");
});

Deno.test("doctor exits with 1 if something does not work, and says what to do", async () => {
  await using folder = await tempFolder();
  const { code, stdout } = await workflowy(["doctor", folder.file("none")], {}, ["--no-prompt", "--deny-run"]);
  assertEquals(code, 1);
  assertMatch(stdout, /^! --allow-run +not granted in full/m);
  assertMatch(stdout, /^✗ subprocesses .*--allow-run/m);
  assertMatch(stdout, /^✗ checkpoint .*check the path/m);
});
