import { assertEquals, assertThrows } from "@std/assert";
import { test_tally } from "./ok.ts";

Deno.test("test_tally() reads every form of the last line of deno test", () => {
  for (
    const [line, passed, failed] of [
      ["ok | 6 passed | 0 failed (507ms)", 6, 0],
      ["FAILED | 0 passed | 1 failed (30ms)", 0, 1],
      ["ok | 12 passed (3 steps) | 0 failed | 2 ignored (1s)", 12, 0],
      ["FAILED | 1 passed (1 step) | 2 failed (1 step) | 1 filtered out (1m2s)", 1, 2],
    ] as const
  ) {
    assertEquals(test_tally(`running 2 tests\n\n${line}\n\n`), { passed, failed });
  }
});

Deno.test("test_tally() counts the last summary, as a test may print one too", () => {
  assertEquals(test_tally("ok | 99 passed | 0 failed\nok | 1 passed | 0 failed (1ms)\n").passed, 1);
});

Deno.test("test_tally() takes no summary, or one without tests, for a failure", () => {
  assertThrows(() => test_tally("error: Test failed"), Error, "reported none");
  assertThrows(() => test_tally("ok | 0 passed | 0 failed (1ms)"), Error, "reported none");
});
