import { assertEquals } from "@std/assert";
import { GroupMix } from "../../src/pools/group_mix.ts";

Deno.test("GroupMix is mixed once jobs of two groups came, until one group has come alone for long", () => {
  const mix = new GroupMix();
  for (let count = 0; count < 10; count++) mix.add("a");
  assertEquals(mix.isMixed, false);
  mix.add("b");
  assertEquals(mix.isMixed, true);
  for (let count = 0; count < 999; count++) mix.add("b");
  assertEquals(mix.isMixed, true);
  mix.add("b");
  assertEquals(mix.isMixed, false);
});

Deno.test("GroupMix lets a group work for twice the time that a worker takes to start", () => {
  const mix = new GroupMix();
  mix.started(70);
  assertEquals(mix.switchMs, 140);
});
