import { assert, assertEquals } from "@std/assert";
import { SYSTEM_CLOCK } from "../../src/core/clock.ts";
import { About, formatting, type LogFormat } from "../../src/core/log_format.ts";
import { recordingLogger } from "../support.ts";

const TASK = { id: "load#1", name: "load", label: "page 7" };

/** What a logger gets for these data. */
function written(format: LogFormat, ...data: unknown[]): unknown[] {
  const { lines, ...logger } = recordingLogger();
  formatting(logger, format, { name: "shop", clock: SYSTEM_CLOCK }).warn(...data);
  assertEquals(lines.map(({ level }) => level), ["warn"]);
  return lines[0]!.data;
}

Deno.test("formatting() as text writes the id in front of what does not say it", () => {
  const error = new Error("no");
  assertEquals(written("text", "hello", 5), ["hello", 5]);
  assertEquals(written("text", new About(TASK, 2, true), "hello", error), ["[load#1]", "hello", error]);
  assertEquals(written("text", new About(TASK, 2, false), '"load#1" failed'), ['"load#1" failed']);
});

Deno.test("formatting() as fields writes an object first, and then the message", () => {
  const error = new Error("no");
  assertEquals(written("fields", "hello", { a: 1 }), [{}, "hello { a: 1 }"]);
  assertEquals(written("fields", new About(TASK, 2, true), "it failed:", error), [
    { task: "load#1", name: "load", attempt: 2, label: "page 7", err: error },
    "it failed:",
  ]);
  assertEquals(written("fields", new About({ id: "a#1", name: "a" }, undefined, false), error), [
    { task: "a#1", name: "a", err: error },
    "no",
  ]);
});

Deno.test("formatting() as JSON writes one line, with the stack and cause of an error", () => {
  const error = new TypeError("no\nanswer", { cause: new Error("because") });
  const [line, ...others] = written("json", new About(TASK, 2, true), "it failed:", error, 5n);
  assertEquals(others, []);
  assert(typeof line === "string" && !line.includes("\n"));
  const { time, error: shown, ...rest } = JSON.parse(line);
  assertEquals(rest, {
    level: "warn",
    runner: "shop",
    task: "load#1",
    name: "load",
    attempt: 2,
    label: "page 7",
    message: "it failed: 5n",
  });
  assertEquals([shown.name, shown.message, shown.cause.message], ["TypeError", "no\nanswer", "because"]);
  assert(shown.stack.includes("log_format_test.ts"));
  assert(Math.abs(Date.now() - Date.parse(time)) < 60_000);
});
