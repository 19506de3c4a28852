import { assertEquals } from "@std/assert";
import { testTally } from "./tally.ts";

Deno.test("testTally() reads every form of the last line of deno test", () => {
  for (
    const [line, passed, failed] of [
      ["ok | 6 passed | 0 failed (507ms)", 6, 0],
      ["FAILED | 0 passed | 1 failed (30ms)", 0, 1],
      ["ok | 12 passed (3 steps) | 0 failed | 2 ignored (1s)", 12, 0],
      ["FAILED | 1 passed (1 step) | 2 failed (1 step) | 1 filtered out (1m2s)", 1, 2],
    ] as const
  ) {
    assertEquals(testTally(`running 2 tests\n\n${line}\n\n`), { passed, failed });
  }
});

Deno.test("testTally() counts the last summary, as a test may print one too", () => {
  assertEquals(testTally("ok | 99 passed | 0 failed\nok | 1 passed | 0 failed (1ms)\n").passed, 1);
});

Deno.test("testTally() counts nothing where there is no summary", () => {
  assertEquals(testTally("error: Test failed"), { passed: 0, failed: 0 });
});
