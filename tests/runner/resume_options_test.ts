import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { MemoryCheckpointer } from "../../mod.ts";
import { resolveResumeOptions } from "../../src/runner/resume_options.ts";

Deno.test("resolveResumeOptions() makes a path or a checkpointer an option of the runner", () => {
  const checkpointer = new MemoryCheckpointer();
  const url = new URL("file:///state.jsonl");
  assertEquals(resolveResumeOptions("state.jsonl", { maxWorkers: 2 }), {
    maxWorkers: 2,
    checkpointPath: "state.jsonl",
    kept: new Set(["completed", "skipped"] as const),
    standby: undefined,
  });
  assertStrictEquals(resolveResumeOptions(url, {}).checkpointPath, url);
  assertStrictEquals(resolveResumeOptions(checkpointer, {}).checkpointer, checkpointer);
});

Deno.test("resolveResumeOptions() keeps failures if it is told to", () => {
  assertEquals([...resolveResumeOptions("x", { keepFailed: true }).kept], ["completed", "skipped", "failed"]);
});

Deno.test("resolveResumeOptions() refuses what is wrong", () => {
  const wrong: [unknown, object, string][] = [
    ["x", { keepFailed: "yes" }, "keepFailed of TaskRunner.resume()"],
    ["x", { checkpointPath: "y" }, 'Unknown option "checkpointPath" of TaskRunner.resume()'],
    ["x", { checkpointer: {} }, 'Unknown option "checkpointer" of TaskRunner.resume()'],
    [undefined, {}, "What TaskRunner.resume() continues from, if it is not a path, must be a Checkpointer"],
    [{}, {}, "must be a Checkpointer"],
  ];
  for (const [from, options, message] of wrong) {
    assertThrows(() => resolveResumeOptions(from as string, options), TypeError, message);
  }
});
