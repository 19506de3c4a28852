import { assertEquals, assertRejects } from "@std/assert";
import type { Channel } from "../../../src/remote/ws/channel.ts";
import { CLOSE, type Handlers, PART } from "../../../src/remote/ws/messages.ts";
import { Transfers } from "../../../src/remote/ws/transfers.ts";
import { until } from "../../support.ts";
import { connected } from "./support.ts";

/** A worker's end that is connected to a hub, which the test plays. */
async function transfersTo(hub: (channel: () => Channel) => Handlers) {
  const transfers = new Transfers();
  const ends = await connected(transfers.handlers, hub(() => ends.right));
  transfers.connected(ends.left);
  return { transfers, channel: ends.left, [Symbol.asyncDispose]: () => ends[Symbol.asyncDispose]() };
}

const value = new Uint8Array(2 * PART + 5).map((_, index) => index);

Deno.test("Transfers sends values in parts, each once the one before is there, and one value after the other", async () => {
  const seen: (readonly [string, number, number])[] = [];
  const answers: (() => void)[] = [];
  await using to = await transfersTo((channel) => ({
    put: (_run, key, _size, at, part) => {
      seen.push([key, at, part.length]);
      answers.push(() => channel().send("more"));
    },
  }));
  const puts = [
    to.transfers.put(to.channel, "run", "a", value),
    to.transfers.put(to.channel, "run", "b", new Uint8Array(0)),
  ];
  for (let count = 1; count <= 4; count++) {
    await until(`part ${count} is there`, () => answers.length === count);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(seen.length, count);
    answers[count - 1]!();
  }
  await Promise.all(puts);
  assertEquals(seen, [["a", 0, PART], ["a", PART, PART], ["a", 2 * PART, 5], ["b", 0, 0]]);
});

Deno.test("Transfers fetches values in parts, and knows when there is none", async () => {
  await using to = await transfersTo((channel) => ({
    get: (run, _key, at) => {
      if (run === "run") channel().send("part", [value.length], value.subarray(at, at + PART));
      else channel().send("part", [], new Uint8Array(0));
    },
  }));
  assertEquals(await to.transfers.get(to.channel, "run", "a"), value);
  assertEquals(await to.transfers.get(to.channel, "another run", "a"), undefined);
});

Deno.test("Transfers ends with the connection, also what comes later", async () => {
  await using to = await transfersTo(() => ({ get() {}, put() {} }));
  const fetched = assertRejects(() => to.transfers.get(to.channel, "run", "a"), Error, "The connection was lost");
  const sent = assertRejects(() => to.transfers.put(to.channel, "run", "a", value), Error, "The connection was lost");
  await new Promise((resolve) => setTimeout(resolve, 5));
  to.transfers.disconnected();
  await Promise.all([fetched, sent]);
  await assertRejects(() => to.transfers.get(to.channel, "run", "a"), Error, "The connection was lost");
});

Deno.test("Transfers ends a connection that brings parts that do not fit, or answers to nothing", async () => {
  const sizes: readonly (readonly [number, number])[] = [[10, 11], [10, 9], [10, 0], [2 ** 32 - 1, PART], [
    PART + 1,
    1,
  ]];
  for (const [size, length] of sizes) {
    await using to = await transfersTo((channel) => ({
      get: () => channel().send("part", [size], new Uint8Array(length)),
    }));
    await assertRejects(() => to.transfers.get(to.channel, "run", "a"), Error);
    assertEquals((await to.channel.ended).code, CLOSE.unreadable, `${size} ${length}`);
  }
  await using to = await transfersTo((channel) => ({ get: () => channel().send("more") }));
  void to.transfers.get(to.channel, "run", "a").catch(() => {});
  assertEquals(await to.channel.ended, {
    by: "this end",
    code: CLOSE.unreadable,
    reason: 'TypeError: The answer "more" has no question',
  });
});
