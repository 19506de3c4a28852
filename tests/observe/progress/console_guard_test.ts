import { assertEquals, assertStrictEquals } from "@std/assert";
import { ConsoleGuard } from "../../../src/observe/progress/console_guard.ts";
import { LiveScreen } from "../../../src/observe/progress/live_screen.ts";
import { Terminal } from "./terminal.ts";

Deno.test("While console prints, the lines are hidden; what is printed is whole", () => {
  const terminal = new Terminal();
  const screen = new LiveScreen(terminal);
  const { log, error } = console;
  try {
    console.log = (text: string) => terminal.write(`${text}\n`);
    console.error = console.log;
    const mine = console.log;
    screen.draw(["frame"]);
    {
      using _ = new ConsoleGuard(screen, true);
      console.log("one");
      console.error("two");
      assertEquals(terminal.lines.filter((line) => line !== "frame"), ["one", "two"]);
    }
    assertStrictEquals(console.log, mine);
    screen.clear();
    assertEquals(terminal.lines, ["one", "two"]);
  } finally {
    console.log = log;
    console.error = error;
  }
});

Deno.test("An output that goes elsewhere is left alone", () => {
  const { log } = console;
  using _ = new ConsoleGuard(new LiveScreen(new Terminal()), false);
  assertStrictEquals(console.log, log);
});

Deno.test("A method that another one has wrapped meanwhile only passes on at the end", () => {
  const terminal = new Terminal();
  const screen = new LiveScreen(terminal);
  const { error } = console;
  const seen: string[] = [];
  try {
    console.error = (text: string) => void seen.push(text);
    const guard = new ConsoleGuard(screen, false);
    const guarded = console.error;
    console.error = (text: string) => guarded(`wrapped ${text}`);
    guard[Symbol.dispose]();
    screen.draw(["frame"]);
    const { length } = terminal.written;
    console.error("x");
    assertEquals([seen, terminal.written.length], [["wrapped x"], length]);
  } finally {
    console.error = error;
  }
});
