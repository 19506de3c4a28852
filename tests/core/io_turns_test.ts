import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { afterOthers, inputRead } from "../../src/core/io_turns.ts";
import { block, echoProcess, oneTurn } from "../support.ts";

Deno.test("inputRead() lets the event loop read what a subprocess wrote, although it always has something else to do", async () => {
  await using other = await echoProcess();
  let isOver = false;
  const turn = () => void (isOver || setImmediate(turn));
  turn();
  for (let round = 0; round < 10; round++) {
    await other.ask();
    let isRead = false;
    const reading = other.read().then(() => isRead = true);
    block(200); // it has written long before this ends
    await inputRead();
    assert(isRead, `round ${round}`);
    await reading;
  }
  isOver = true;
});

Deno.test("afterOthers() calls back after 61 turns of the event loop, or after a given time, unless it is called off", async () => {
  using time = new FakeTime();
  let called = 0;
  const call = () => void called++;
  afterOthers(10, call);
  afterOthers(10, call)();
  for (let count = 0; count < 60; count++) await oneTurn();
  assertEquals(called, 0);
  await oneTurn();
  assertEquals(called, 1);
  afterOthers(10, call);
  await oneTurn();
  time.tick(10);
  assertEquals(called, 1);
  await oneTurn();
  assertEquals(called, 2);
  const stop = afterOthers(10, call);
  for (let count = 0; count < 30; count++) await oneTurn();
  stop();
  for (let count = 0; count < 60; count++) await oneTurn();
  assertEquals(called, 2);
});
