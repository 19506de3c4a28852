import { assertEquals } from "@std/assert";
import { poolCases } from "../../src/testing/mod.ts";
import { serveTasks, webSocketPool } from "../../src/remote/ws/mod.ts";
import { freePort } from "./ws/support.ts";

/** A port can have one runner at a time. */
const SHARED = "two runners share workers, and get their own outcomes";

const ports = new Map<string, number>();
const portOf = (name: string) => ports.getOrInsertComputed(name, freePort);

const cases = poolCases({
  pool: (name) => webSocketPool({ name, port: portOf(name), lease: "2s" }),
  serve: (name, { onReady, ...request }) => {
    onReady(); // it takes jobs once there is a runner, which the cases make after their workers
    return serveTasks({ name, url: `ws://127.0.0.1:${portOf(name)}`, lease: "2s", handleSignals: false, ...request });
  },
});
const kept = cases.filter(({ name }) => name !== SHARED);
for (const { name, run } of kept) Deno.test(`the engine WebSocket: ${name}`, run);

Deno.test("the engine WebSocket passes all cases but that of two runners", () => {
  assertEquals(kept.length, cases.length - 1);
});
