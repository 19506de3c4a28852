import { assertEquals } from "@std/assert";
import { compact, isoTime, matches, type TaskFilter, type TaskView } from "../../../src/observe/api/task_view.ts";

const VIEW: TaskView = {
  id: "load#1",
  name: "load",
  status: "failed",
  attempts: 1,
  label: "Shop of Ada",
  tags: ["io"],
  error: "TypeError: no",
};

for (
  const [filter, expected] of [
    [{}, true],
    [{ status: ["completed"] }, false],
    [{ status: ["failed", "completed"] }, true],
    [{ status: [] }, true],
    [{ name: "load" }, true],
    [{ name: "loa" }, false],
    [{ tag: "io" }, true],
    [{ tag: "cpu" }, false],
    [{ text: "ada" }, true],
    [{ text: "TYPEERROR" }, true],
    [{ text: "#1" }, true],
    [{ text: "nothing" }, false],
    [{ text: "ada", name: "other" }, false],
  ] as const satisfies readonly (readonly [TaskFilter, boolean])[]
) {
  Deno.test(`matches: ${JSON.stringify(filter)}`, () => assertEquals(matches(VIEW, filter), expected));
}

Deno.test("isoTime takes dates and milliseconds, and leaves out anything else", () => {
  assertEquals([isoTime(0), isoTime(new Date(1)), isoTime(undefined), isoTime(NaN)], [
    "1970-01-01T00:00:00.000Z",
    "1970-01-01T00:00:00.001Z",
    undefined,
    undefined,
  ]);
});

Deno.test("compact leaves out fields that are undefined", () => {
  assertEquals(Object.keys(compact<{ a?: number; b?: number }>({ a: 1, b: undefined })), ["a"]);
});
