import { assertEquals, assertThrows } from "@std/assert";
import { runWithTimeout } from "../../../src/pools/worker/run_with_timeout.ts";
import { OutOfTime } from "../../../src/pools/worker/worker_loop.ts";

Deno.test("runWithTimeout() returns what the function returns, and throws what it throws", () => {
  assertEquals(runWithTimeout(60_000, () => 7), 7);
  assertEquals(runWithTimeout(60_000, () => undefined), undefined);
  const error = new RangeError("its own");
  assertEquals(
    assertThrows(() =>
      runWithTimeout(60_000, () => {
        throw error;
      })
    ),
    error,
  );
  assertThrows(() =>
    runWithTimeout(60_000, () => {
      throw undefined;
    })
  );
});

Deno.test("runWithTimeout() ends a function that loops, without its finally blocks, and works again", () => {
  for (let round = 0; round < 2; round++) {
    let cleaned = false;
    assertThrows(() =>
      runWithTimeout(5, () => {
        try {
          for (;;);
        } finally {
          cleaned = true;
        }
      }), OutOfTime);
    assertEquals(cleaned, false);
    assertEquals(runWithTimeout(60_000, () => "next"), "next");
  }
});

Deno.test("runWithTimeout() leaves timeouts that node:vm cannot have to the pool", () => {
  assertEquals(runWithTimeout(2 ** 40, () => "run"), "run");
});
