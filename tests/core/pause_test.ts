import { assertEquals, assertRejects } from "@std/assert";
import { pause, within } from "../../src/core/pause.ts";

Deno.test("pause() ends after its time, or with its signal, and leaves no timer", async () => {
  await pause(1);
  const controller = new AbortController();
  const paused = pause(1e9, controller.signal);
  controller.abort();
  await paused;
});

Deno.test("within() says whether something was in time, and leaves no timer", async () => {
  assertEquals(await within(1e9, Promise.resolve()), true);
  assertEquals(await within(1, new Promise(() => {})), false);
  await assertRejects(() => within(1e9, Promise.reject(new RangeError("broken"))), RangeError, "broken");
});
