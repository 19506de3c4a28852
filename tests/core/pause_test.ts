import { assertEquals, assertRejects } from "@std/assert";
import { pause, unlessAborted, within } from "../../src/core/pause.ts";

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

Deno.test("unlessAborted() ends with what it waits for, or with the signal", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  assertEquals(await unlessAborted(Promise.resolve(1), signal), 1);
  await assertRejects(() => unlessAborted(Promise.reject(new RangeError("broken")), signal), RangeError, "broken");
  const waiting = unlessAborted(new Promise(() => {}), signal);
  controller.abort(new TypeError("ended"));
  await assertRejects(() => waiting, TypeError, "ended");
});
