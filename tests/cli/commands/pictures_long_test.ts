import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { task, TaskRunner } from "../../../mod.ts";
import { tempFolder } from "../../support.ts";
import { oneLineOf, workflowy } from "../support.ts";
import { world } from "./world.ts";

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

Deno.test("graph and timeline draw a program that runs, without a checkpoint", async () => {
  await using here = await world();
  const { child } = await here.start();
  const only = await here.call("graph");
  assertEquals([only.code, only.stderr], [0, ""]);
  assertStringIncludes(only.stdout, "▶ nap");
  assertStringIncludes(only.stdout, "✗ flaky");
  assertEquals((await here.call("graph", "nap")).stdout, only.stdout);
  assertEquals((await here.call("graph", "-p", String(child.pid))).code, 2, "that is the number of the command line");
  assertMatch((await here.call("timeline", "nap.ts")).stdout, /^<svg [^]*nap\.ts/);
  const trace = JSON.parse((await here.call("timeline", "nap", "-f", "json")).stdout);
  assert(trace.traceEvents.length > 0);
  assertStringIncludes(await here.mistake("graph", "nab"), 'no checkpoint or program "nab"; did you mean "nap"?');
  assertStringIncludes(await here.mistake("timeline", "nap", "--runner", "7"), 'There is no runner "7"');
  assertStringIncludes(await here.mistake("graph", "--prefix", "a"), "Name the checkpoint that --prefix belongs to");
  child.kill("SIGTERM");
  await child.status;
  assertStringIncludes(await here.mistake("graph"), "Name a checkpoint, as no program runs");
});
