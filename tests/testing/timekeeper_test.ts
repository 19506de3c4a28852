import { assertEquals } from "@std/assert";
import type { Engine } from "../../src/engine/engine.ts";
import { Timekeeper } from "../../src/testing/timekeeper.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { settle } from "../support.ts";

/** A timekeeper with a fake engine. */
function scene() {
  const keeper = new Timekeeper(() => 0);
  const clock = new VirtualClock(0, keeper);
  keeper.keep(clock);
  const engine = { isStill: true, isSaved: Promise.resolve(), change: Promise.withResolvers<void>() };
  keeper.join(
    {
      isStill: () => engine.isStill,
      nextChange: () => engine.change.promise,
      durability: { idle: () => engine.isSaved },
      dispatcher: { isBetweenSlices: false },
      handles: { running: () => [] },
    } as unknown as Engine,
  );
  return { keeper, clock, engine };
}

Deno.test("Timekeeper lets no time pass that nothing waits for", async () => {
  const { clock } = scene();
  let calls = 0;
  clock.set(() => calls++, 5);
  await settle();
  assertEquals([calls, clock.elapsed()], [0, 0]);
});

Deno.test("Timekeeper lets time pass while something waits", async () => {
  const { keeper, clock } = scene();
  const seen: number[] = [];
  const next = () => {
    seen.push(clock.elapsed());
    clock.set(next, 10);
  };
  clock.set(next, 10);
  keeper.awaited(() => seen.length === 3);
  await settle();
  assertEquals([seen, clock.elapsed()], [[10, 20, 30], 30]);
});

Deno.test("Timekeeper lets time pass until a goal, and what follows from it happen", async () => {
  const { keeper, clock } = scene();
  const seen: string[] = [];
  clock.set(() => clock.set(() => seen.push("follows"), 5), 20);
  clock.set(() => seen.push("later"), 26);
  const goals = [keeper.passUntil(25).then(() => seen.push("25")), keeper.passUntil(10).then(() => seen.push("10"))];
  await Promise.all(goals);
  assertEquals([seen, clock.elapsed()], [["10", "follows", "25"], 25]);
  await keeper.passUntil(0);
  assertEquals(clock.elapsed(), 25);
});

Deno.test("Timekeeper reaches a goal once all timers of that time have fired", async () => {
  const { keeper, clock } = scene();
  const seen: string[] = [];
  clock.set(() => seen.push("first"), 10);
  clock.set(() => clock.set(() => seen.push("that follows"), 0), 10);
  clock.set(() => seen.push("second"), 10);
  clock.set(() => seen.push("later"), 11);
  await keeper.passUntil(10);
  assertEquals(seen, ["first", "second", "that follows"]);
  clock.set(() => seen.push("due now"), 0);
  await keeper.passUntil(5); // that has passed
  assertEquals([seen.at(-1), clock.elapsed()], ["due now", 10]);
});

Deno.test("Timekeeper lets no time pass while a body is at work, or something is saved", async () => {
  const { keeper, clock, engine } = scene();
  engine.isStill = false;
  const passed = keeper.passUntil(10);
  await settle();
  assertEquals(clock.elapsed(), 0);
  const saving = Promise.withResolvers<void>();
  engine.isSaved = saving.promise;
  engine.isStill = true;
  engine.change.resolve();
  await settle();
  assertEquals(clock.elapsed(), 0);
  saving.resolve();
  await passed;
  assertEquals(clock.elapsed(), 10);
});

Deno.test("Timekeeper waits for a timer, where there is none", async () => {
  const { keeper, clock } = scene();
  let isOver = false;
  keeper.awaited(() => isOver);
  await settle();
  clock.set(() => isOver = true, 7);
  await settle();
  assertEquals([isOver, clock.elapsed()], [true, 7]);
});
