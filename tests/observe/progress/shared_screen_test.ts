import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type FrameMaker, SharedScreen } from "../../../src/observe/progress/shared_screen.ts";
import { until } from "../../support.ts";
import { Terminal } from "./terminal.ts";

Deno.test("Frames stand one below the other, and share the rows of the window but three", async () => {
  const terminal = new Terminal(40, 13);
  const asked: Record<string, [columns: number, rows: number, several: boolean]> = {};
  const maker = (name: string, height: number): FrameMaker => (columns, rows, isOneOfSeveral) => {
    asked[name] = [columns, rows, isOneOfSeveral];
    return Array.from({ length: Math.min(height, rows) }, (_, line) => `${name} ${line}`);
  };
  const [small, large] = [maker("small", 1), maker("large", 99)];
  const screen = SharedScreen.join(terminal, small, 1);
  assertEquals([terminal.lines, asked["small"]], [["small 0"], [39, 10, false]]);
  assertStrictEquals(SharedScreen.join(terminal, large, 1), screen);
  assertEquals([asked["small"], asked["large"]], [[39, 5, true], [39, 9, true]]);
  assertEquals(terminal.lines.length, 10);
  screen.print("above");
  await until("it is drawn again", () => terminal.lines.length === 11);
  assertEquals(terminal.lines.slice(0, 3), ["above", "small 0", "large 0"]);
  screen.leave(small);
  assertEquals(terminal.lines.slice(0, 2), ["above", "large 0"]);
  screen.leave(large);
  assertEquals(terminal.lines, ["above"]);
  assertEquals(SharedScreen.of(terminal), undefined);
});

Deno.test("Each output has its own screen, and console is as before when the last one is left", () => {
  const { error } = console;
  const [one, two] = [new Terminal(), new Terminal()];
  const maker: FrameMaker = () => ["frame"];
  const screens = [one, two].map((terminal) => SharedScreen.join(terminal, maker, 1_000));
  assert(screens[0] !== screens[1]);
  for (const screen of screens.toReversed()) screen.leave(maker);
  assertStrictEquals(console.error, error);
});
