import { assertEquals } from "@std/assert";
import { IdleGate } from "../../src/core/idle_gate.ts";
import { settle } from "../support.ts";

Deno.test("IdleGate.until() resolves at once if there is nothing to wait for", async () => {
  await new IdleGate().until(() => true);
});

Deno.test("IdleGate.until() resolves for all who wait once the gate was opened and there is nothing left to do", async () => {
  const gate = new IdleGate();
  let left = 2;
  const seen: string[] = [];
  const waits = ["a", "b"].map((name) => gate.until(() => left === 0).then(() => seen.push(name)));
  left = 1;
  gate.open(); // but work has come meanwhile
  await settle();
  assertEquals(seen, []);
  left = 0;
  await settle();
  assertEquals(seen, []);
  gate.open();
  await Promise.all(waits);
  assertEquals(seen, ["a", "b"]);
  gate.open();
});
