import { assertEquals, assertLess } from "@std/assert";
import { KeptLines } from "../../src/dashboard/live/kept_lines.ts";

function line(text: string) {
  return { attempt: 1, level: "info", at: 0, source: "log", text };
}

Deno.test("KeptLines keeps the last lines of a task, and counts those before", () => {
  const kept = new KeptLines();
  for (let n = 0; n < 600; n++) kept.add("a", line(`line ${n}`));
  const { lines, dropped } = kept.of("a");
  assertEquals([lines.length, lines[0]?.text, dropped], [500, "line 100", 100]);
  assertEquals(kept.of("b"), { lines: [], dropped: 0 });
});

Deno.test("KeptLines is bounded: what logged first goes first, and long lines are cut", () => {
  const kept = new KeptLines();
  for (let task = 0; task < 100; task++) {
    for (let n = 0; n < 50; n++) kept.add(`task ${task}`, line("x".repeat(10_000)));
  }
  let characters = 0;
  for (let task = 0; task < 100; task++) {
    for (const { text } of kept.of(`task ${task}`).lines) characters += text.length;
  }
  assertLess(characters, 4_000_001);
  assertEquals([kept.of("task 0").lines.length, kept.of("task 99").lines.length], [0, 50]);
  kept.add("task 99", line("y"));
  assertEquals(kept.of("task 99").lines.at(-1)?.text, "y");
});
