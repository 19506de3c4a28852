import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { RightsWatch } from "../../src/pools/rights_watch.ts";
import { runProgram } from "../support.ts";

Deno.test("RightsWatch says that rights may have changed at first, and again after 20 ms", () => {
  using time = new FakeTime();
  const watch = new RightsWatch();
  assertEquals([watch.mayHaveChanged(), watch.mayHaveChanged()], [true, false]);
  time.tick(19);
  assertEquals(watch.mayHaveChanged(), false);
  time.tick(1);
  assertEquals([watch.mayHaveChanged(), watch.mayHaveChanged()], [true, false]);
});

Deno.test("RightsWatch notices at once that a right was given up", async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { RightsWatch } = await import("${new URL("../../src/pools/rights_watch.ts", import.meta.url)}");
    const start = Date.now();
    globalThis.Date = class extends Date { static now() { return start; } }; // no time passes
    const watch = new RightsWatch();
    const before = [watch.mayHaveChanged(), watch.mayHaveChanged()];
    Deno.permissions.revokeSync({ name: "ffi" });
    console.log(...before, watch.mayHaveChanged(), watch.mayHaveChanged());
  `);
  assertEquals([code, stdout, stderr], [0, "true false true false", ""]);
});
