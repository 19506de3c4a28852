import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { task, TaskRunner } from "../../../mod.ts";
import { tempFolder } from "../../support.ts";
import { oneLineOf, workflowy } from "../support.ts";

const load = task({ name: "load" }, (x: number) => x);

async function checkpoint(checkpointPath: string): Promise<void> {
  await using runner = new TaskRunner({ checkpointPath });
  await runner.submit(load, runner.submit(load, 1));
}

Deno.test("graph and timeline draw a checkpoint, in the format that the name of a file says", async () => {
  await using folder = await tempFolder();
  await checkpoint(folder.file());
  assertMatch((await workflowy(["graph", folder.file()])).stdout, /^flowchart LR\n[^]*n0 --> n1\n/);
  assertMatch((await workflowy(["graph", folder.file(), "-f", "dot"])).stdout, /^digraph /);
  assertMatch((await workflowy(["timeline", folder.file()])).stdout, /^<svg /);
  const files = [["graph", "a.svg", "<svg "], ["graph", "b.html", "<!doctype html>"], [
    "timeline",
    "c.json",
    "traceEvents",
  ]] as const;
  await Promise.all(files.map(async ([command, name, part]) => {
    const path = folder.file(name);
    assertEquals(await workflowy([command, folder.file(), "--out", path]), { code: 0, stdout: "", stderr: "" });
    assertStringIncludes(await Deno.readTextFile(path), part);
  }));
});

Deno.test("graph and timeline: mistakes get one sentence", async () => {
  await using folder = await tempFolder();
  await checkpoint(folder.file());
  assertStringIncludes(await oneLineOf(["graph", folder.file(), "-f", "mermiad"]), 'did you mean "mermaid"?');
  assertStringIncludes(await oneLineOf(["timeline", folder.file(), "-o", "a.pdf"]), "must end with .svg, .json, .html");
  assertStringIncludes(await oneLineOf(["graph", folder.file("none")]), "There is no checkpoint");
  assertStringIncludes(await oneLineOf(["graph", folder.file(), "-o", folder.file("no/a.svg")]), "Cannot write");
  assertStringIncludes(await oneLineOf(["graph", folder.file(), "--theme", "drak"]), "dark");
});
