import { assertEquals, assertThrows } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { checkSubmitOptions, isSubmitOption, type SubmitOptions } from "../../src/tasks/submitter.ts";

Deno.test("isSubmitOption() knows the options of a submission, and nothing that objects have anyway", () => {
  const options = ["runner", "dependsOn", "key", "dedupKey", "source", "signal"];
  assertEquals(options.every(isSubmitOption), true);
  assertEquals(["retries", "id", "toString", "__proto__"].some(isSubmitOption), false);
});

Deno.test("checkSubmitOptions() names the option and the task", async () => {
  await using runner = new TaskRunner();
  checkSubmitOptions({ runner, key: "a", dedupKey: "b", source: "c", signal: AbortSignal.timeout(0) }, "load");
  checkSubmitOptions({ runner: undefined, key: undefined }, "load");
  const wrong: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ runner: {} }, TypeError, 'runner of task "load" must be a TaskRunner, not an object'],
    [{ key: 5 }, TypeError, 'key of task "load"'],
    [{ key: "" }, RangeError, 'key of task "load"'],
    [{ dedupKey: "" }, RangeError, 'dedupKey of task "load"'],
    [{ source: null }, TypeError, 'source of task "load"'],
    [{ signal: "now" }, TypeError, 'signal of task "load"'],
  ];
  for (const [options, type, message] of wrong) {
    assertThrows(() => checkSubmitOptions(options as SubmitOptions, "load"), type, message);
  }
});
