import { assertEquals } from "@std/assert";
import { onAbort } from "../../src/core/on_abort.ts";
import { countingController } from "../runner/support.ts";

Deno.test("onAbort() calls all functions once, in order, with one listener on the signal", () => {
  const { controller, listeners, most } = countingController();
  const seen: number[] = [];
  for (let index = 0; index < 100; index++) onAbort(controller.signal, () => seen.push(index));
  assertEquals([listeners(), most()], [1, 1]);
  controller.abort();
  assertEquals(seen, Array.from({ length: 100 }, (_, index) => index));
  assertEquals(listeners(), 0);
});

Deno.test("onAbort() removes its listener with the last function", () => {
  const { controller, listeners } = countingController();
  const seen: string[] = [];
  const [first, second] = ["first", "second"].map((name) => onAbort(controller.signal, () => seen.push(name)));
  first!();
  first!();
  assertEquals(listeners(), 1);
  second!();
  assertEquals(listeners(), 0);
  const third = onAbort(controller.signal, () => seen.push("third"));
  controller.abort();
  third();
  assertEquals(seen, ["third"]);
});
