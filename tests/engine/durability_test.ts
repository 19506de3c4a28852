import { assertEquals, assertStrictEquals } from "@std/assert";
import { COMPLETED } from "../../src/core/status.ts";
import type { Attempt } from "../../src/engine/attempt.ts";
import { type DurabilityHost, NO_DURABILITY, type Submission } from "../../src/engine/durability.ts";
import type { Handle } from "../../src/engine/handle.ts";

const HANDLE = { args: [1, 2] } as unknown as Handle;

Deno.test("NO_DURABILITY holds nothing back and knows nothing", async () => {
  assertEquals(NO_DURABILITY.attach({} as DurabilityHost), true);
  assertEquals(NO_DURABILITY.identify({} as Submission), undefined);
  assertEquals(NO_DURABILITY.admitted(HANDLE), false);
  assertEquals(NO_DURABILITY.release(HANDLE), "go");
  assertEquals(NO_DURABILITY.starting({} as Attempt), undefined);
  assertEquals(NO_DURABILITY.broken, undefined);
  await NO_DURABILITY.saved(HANDLE);
  await NO_DURABILITY.flush();
  await NO_DURABILITY.close();
});

Deno.test("NO_DURABILITY gives bodies their arguments themselves, and publishes what they return at once", () => {
  assertStrictEquals(NO_DURABILITY.argsFor(HANDLE), HANDLE.args);
  const published: unknown[][] = [];
  NO_DURABILITY.settle(HANDLE, COMPLETED, 5, (...outcome) => void published.push(outcome));
  assertEquals(published, [[HANDLE, COMPLETED, 5]]);
});
