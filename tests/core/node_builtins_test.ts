import { assertEquals, assertStrictEquals } from "@std/assert";
import { crc32Function, nodeModule } from "../../src/core/node_builtins.ts";

Deno.test("nodeModule() is the module that an import would load", async () => {
  assertStrictEquals(nodeModule("node:util").inspect, (await import("node:util")).inspect);
});

Deno.test("crc32Function() computes the CRC-32, also of bytes in parts", () => {
  const crc32 = crc32Function();
  const bytes = new TextEncoder().encode("123456789");
  assertEquals(crc32(bytes), 0xcbf43926);
  assertEquals(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4))), 0xcbf43926);
});
