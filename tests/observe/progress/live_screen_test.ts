import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { LiveScreen, standardError } from "../../../src/observe/progress/live_screen.ts";
import { randomOf } from "../../support.ts";
import { Terminal } from "./terminal.ts";

Deno.test("A frame takes the place of the one before, also if it is shorter", () => {
  const terminal = new Terminal();
  const screen = new LiveScreen(terminal);
  screen.draw(["one", "two", "three"]);
  assertEquals(terminal.lines, ["one", "two", "three"]);
  screen.draw(["four"]);
  assertEquals(terminal.lines, ["four"]);
  screen.draw(["five", "six"]);
  assertEquals(terminal.lines, ["five", "six"]);
  screen.clear();
  assertEquals(terminal.lines, [""]);
});

Deno.test("What is printed stands above the frame, whole", () => {
  const terminal = new Terminal(80, 8);
  const screen = new LiveScreen(terminal);
  const expected: string[] = [];
  const below = randomOf(11);
  for (let step = 0; step < 300; step++) {
    if (below(2) === 0) screen.draw(Array.from({ length: below(5) }, (_, line) => `frame ${step} ${line}`));
    else {
      const text = Array.from({ length: 1 + below(3) }, (_, line) => `printed ${step} ${line}`);
      expected.push(...text);
      screen.print(text.join("\n"));
    }
    assertEquals(terminal.lines.filter((line) => line.startsWith("printed")), expected);
  }
  screen.clear();
  assertEquals(terminal.lines, expected);
});

Deno.test("What is printed and the frame below it appear at once, and only the frame is not wrapped", () => {
  const terminal = new Terminal();
  const screen = new LiveScreen(terminal);
  screen.draw(["one"]);
  const writes: string[] = [];
  const write = terminal.write.bind(terminal);
  terminal.write = (text) => {
    writes.push(text);
    assert(terminal.wraps);
    write(text);
  };
  screen.print("printed");
  assertEquals(writes.length, 1);
  assert(writes[0]!.startsWith("\x1b[?2026h") && writes[0]!.endsWith("\x1b[?2026l"));
  assert(writes[0]!.indexOf("printed") < writes[0]!.indexOf("\x1b[?7l"));
  assertEquals(terminal.lines, ["printed", "one"]);
});

Deno.test("A frame is synchronised, does not wrap, and leaves nothing switched", () => {
  const terminal = new Terminal();
  const screen = new LiveScreen(terminal);
  screen.draw(["one"]);
  assert(terminal.written.startsWith("\x1b[?2026h\x1b[?7l") && terminal.written.endsWith("\x1b[?7h\x1b[?2026l"));
  assertEquals([terminal.wraps, terminal.isSynchronised], [true, false]);
  assertEquals(terminal.written.includes("\x1b[?25"), false, "the cursor stays visible");
  assertEquals(terminal.cursor, 1, "below the frame, where the shell continues");
});

Deno.test("What others write finds an empty line, and the frame comes back", () => {
  const terminal = new Terminal();
  const screen = new LiveScreen(terminal);
  screen.draw(["one", "two"]);
  screen.hide();
  terminal.write("from elsewhere\n");
  screen.shown();
  assertEquals(terminal.lines, ["from elsewhere", "one", "two"]);
  screen.hide();
  screen.hide();
  assertEquals(terminal.lines, ["from elsewhere"]);
});

Deno.test("In a window that got narrower, lines that were wrapped are erased as well", () => {
  const terminal = new Terminal(80, 24);
  const screen = new LiveScreen(terminal);
  screen.draw(["x".repeat(70), "y"]);
  terminal.size = { columns: 30, rows: 24 };
  const before = terminal.written.length;
  screen.draw(["z"]);
  assert(terminal.written.slice(before).includes("\x1b[4A"), "three rows of x, and one of y");
});

Deno.test("The standard error is one output, and has a size, whatever it is", () => {
  assertStrictEquals(standardError(), standardError());
  const { size } = standardError();
  assert(size.columns > 0 && size.rows > 0);
});
