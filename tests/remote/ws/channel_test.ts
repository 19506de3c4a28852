import { assert, assertEquals } from "@std/assert";
import type { Ending } from "../../../src/remote/ws/channel.ts";
import { CLOSE, MAX_LIST, PART } from "../../../src/remote/ws/messages.ts";
import { until } from "../../support.ts";
import { connected } from "./support.ts";

Deno.test("Channel sends what is said in a turn as one message, and a long list in several", async () => {
  const heard: number[] = [];
  await using ends = await connected({}, {
    ping: (number) => void heard.push(number),
    hello: (frame) => void heard.push(frame.length),
  });
  for (const number of [1, 2, 3]) ends.left.send("ping", number);
  await until("they are there", () => heard.length === 3);
  const lists = () => ends.lists.filter((size) => size > 0).length; // others are empty answers
  assertEquals([heard, lists()], [[1, 2, 3], 1]);
  for (let each = 0; each < 4; each++) ends.left.send("hello", new Uint8Array(PART / 2));
  await until("they are there as well", () => heard.length === 7);
  assertEquals(lists(), 3);
});

Deno.test("Channel sends what no one waits for with the next message or by itself, and answers in any case", async () => {
  const heard: number[] = [];
  await using ends = await connected({ more() {} }, { ping: (number) => void heard.push(number) });
  ends.left.sendSoon("ping", 1);
  ends.left.send("ping", 2);
  await until("both are there", () => heard.length === 2);
  assertEquals([heard, ends.lists.filter((size) => size > 0).length], [[1, 2], 1]);
  ends.left.sendSoon("ping", 3);
  await until("the third one is there", () => heard.length === 3);
  ends.right.send("more");
  await until("there is an empty answer", () => ends.lists.includes(0));
});

Deno.test("Channel ends with what it cannot read, and says why", async () => {
  const strange: readonly (string | Uint8Array<ArrayBuffer>)[] = [
    ...["a string", new Uint8Array([200]), new Uint8Array(MAX_LIST + 1)],
  ];
  for (const bytes of strange) {
    await using ends = await connected({}, { ping() {} });
    ends.socket.send(bytes);
    const [left, right]: Ending[] = await Promise.all([ends.left.ended, ends.right.ended]);
    assertEquals([left!.by, left!.code, right!.by], ["the other end", CLOSE.unreadable, "this end"]);
    assert(left!.reason !== "");
  }
});

Deno.test("Channel ends at once on its side, and on the other one with a reason that fits", async () => {
  await using ends = await connected({}, {});
  ends.right.close(CLOSE.late, "ü".repeat(200));
  ends.right.close(CLOSE.token, "again");
  ends.right.send("more");
  assertEquals(await ends.right.ended, { by: "this end", code: CLOSE.late, reason: "ü".repeat(200) });
  assertEquals(await ends.left.ended, { by: "the other end", code: CLOSE.late, reason: "ü".repeat(61) });
});

Deno.test("Channel ends if the handler of a message throws, and calls no other one", async () => {
  const heard: number[] = [];
  await using ends = await connected({}, {
    ping: (number) => {
      heard.push(number);
      throw new RangeError(`no ${number}`);
    },
  });
  ends.left.send("ping", 1);
  ends.left.send("ping", 2);
  assertEquals(await ends.left.ended, { by: "the other end", code: CLOSE.unreadable, reason: "RangeError: no 1" });
  assertEquals(heard, [1]);
});
