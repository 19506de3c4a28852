import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Patience } from "../../src/pools/patience.ts";
import { block } from "../support.ts";

/** What became of someone's patience. */
function patienceOf(): { readonly patience: Patience; readonly state: { lost: number } } {
  const state = { lost: 0 };
  return { patience: new Patience(() => void state.lost++), state };
}

Deno.test("Patience is lost after 50 ms, once", () => {
  using time = new FakeTime();
  const { patience, state } = patienceOf();
  patience.begin();
  time.tick(49);
  assertEquals(state.lost, 0);
  time.tick(1);
  assertEquals(state.lost, 1);
  time.tick(10_000);
  assertEquals(state.lost, 1);
});

Deno.test("Patience that has begun does not begin again", () => {
  using time = new FakeTime();
  const { patience, state } = patienceOf();
  for (let count = 0; count < 5; count++) {
    patience.begin();
    time.tick(10);
  }
  assertEquals(state.lost, 1);
  patience.begin();
  time.tick(10_000);
  assertEquals(state.lost, 1, "it is lost until it ends");
});

Deno.test("Patience that ends is not lost, and can begin again", () => {
  using time = new FakeTime();
  const { patience, state } = patienceOf();
  patience.end();
  patience.begin();
  time.tick(40);
  patience.end();
  time.tick(10_000);
  assertEquals(state.lost, 0);
  patience.begin();
  time.tick(50);
  assertEquals(state.lost, 1);
});

Deno.test("Patience looks again in a moment, and for as often as it is asked to", () => {
  using time = new FakeTime();
  let looks = 0;
  const patience = new Patience(() => {
    if (++looks < 4) patience.lookAgain();
  });
  patience.begin();
  time.tick(50);
  assertEquals(looks, 1);
  time.tick(5);
  assertEquals(looks, 2);
  time.tick(10_000);
  assertEquals(looks, 4);
  patience.lookAgain();
  patience.end();
  time.tick(10_000);
  assertEquals(looks, 4);
});

Deno.test("Patience grants a second to clean up, which ends with the body", () => {
  using time = new FakeTime();
  const { patience } = patienceOf();
  let over = 0;
  patience.begin();
  time.tick(50);
  patience.grant(() => over++);
  time.tick(999);
  assertEquals(over, 0);
  time.tick(1);
  assertEquals(over, 1);
  patience.grant(() => over++);
  patience.end();
  time.tick(10_000);
  assertEquals(over, 1);
});

Deno.test("Patience is not lost before the program could hear the worker, where it was too busy for its timers", () => {
  using time = new FakeTime();
  const { patience, state } = patienceOf();
  patience.begin();
  block(75); // by the true clock
  time.tick(50);
  assertEquals(state.lost, 0);
  time.tick(19);
  assertEquals(state.lost, 0);
  time.tick(1);
  assertEquals(state.lost, 1);
});

Deno.test("Patience that ends while the program hears the worker is not lost", () => {
  using time = new FakeTime();
  const { patience, state } = patienceOf();
  patience.begin();
  block(75);
  time.tick(50);
  patience.end();
  time.tick(10_000);
  assertEquals(state.lost, 0);
});
