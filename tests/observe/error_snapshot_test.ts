import { assert, assertEquals } from "@std/assert";
import { envelopeSnapshot, errorSnapshot, failureLines, inShort } from "../../src/observe/error_snapshot.ts";
import { TaskError } from "../../mod.ts";

Deno.test("An error has its name, message, and the frames of the program", () => {
  const { name, message, stack } = errorSnapshot(new TypeError("no such row"));
  assertEquals([name, message], ["TypeError", "no such row"]);
  assert(stack!.includes("error_snapshot_test.ts"));
  assertEquals(stack!.includes("ext:"), false);
});

Deno.test("Frames of this package are left out", () => {
  const error = new TaskError("all attempts failed", { cause: new Error("no answer") });
  const inside = new URL("../../src/engine/executor.ts", import.meta.url).href;
  error.stack = `TaskError: all attempts failed\n    at run (${inside}:1:2)\n    at ${inside}:3:4`;
  const shown = errorSnapshot(error);
  assertEquals(shown.stack, undefined);
  assertEquals(shown.cause?.message, "no answer");
});

Deno.test("Causes and parts are shown, as deep as eight", () => {
  const error = new AggregateError([new Error("one"), "two"], "both", { cause: new Error("root") });
  for (const each of [error, ...error.errors, error.cause]) if (each instanceof Error) each.stack = "";
  assertEquals(failureLines(errorSnapshot(error)), [
    "AggregateError: both",
    "  - Error: one",
    '  - thrown: "two"',
    "Caused by: Error: root",
  ]);
  const circle = new Error("circle");
  circle.cause = circle;
  let depth = 0;
  for (let at = errorSnapshot(circle).cause; at !== undefined; at = at.cause) depth++;
  assertEquals(depth, 8);
});

Deno.test("Whatever was thrown can be shown", () => {
  assertEquals(inShort(errorSnapshot("why")), 'thrown: "why"');
  assertEquals(inShort(errorSnapshot(undefined)), "thrown: undefined");
  const unreadable = new Error("x");
  Object.defineProperty(unreadable, "message", {
    get: () => {
      throw new Error("no");
    },
  });
  assertEquals(errorSnapshot(unreadable).name, "Error");
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assertEquals(errorSnapshot(proxy).name, "TypeError");
  assertEquals(errorSnapshot(new Error("x".repeat(10_000))).message.length, 4_001);
});

Deno.test("An error on record is shown in the same way", () => {
  const shown = envelopeSnapshot({
    error: {
      name: "RangeError",
      message: "too far",
      stack: "RangeError: too far\n    at go (file:///app/main.ts:1:2)",
      classes: ["RangeError", "Error"],
      cause: { value: 42 },
    },
  });
  assertEquals(failureLines(shown), [
    "RangeError: too far",
    "    at go (file:///app/main.ts:1:2)",
    "Caused by: thrown: 42",
  ]);
});
