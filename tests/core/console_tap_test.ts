import { assertEquals, assertStrictEquals } from "@std/assert";
import { tapConsole, untapped } from "../../src/core/console_tap.ts";

/** Listens until the end of the test, and takes everything that is printed meanwhile. */
function listen(wants: () => boolean = () => true) {
  const printed: string[] = [];
  const end = tapConsole({
    wants,
    print(level, text) {
      printed.push(`${level}: ${text}`);
      return true;
    },
  });
  return { printed, [Symbol.dispose]: end };
}

Deno.test("tapConsole() hears all methods, with the text that would be printed", () => {
  using tap = listen();
  console.log("page %d of", 3, { a: 1 });
  console.debug("d");
  console.info("i");
  console.warn("w");
  console.error("e");
  console.group("outer");
  console.log("inner");
  console.groupEnd();
  console.table([{ a: 1 }]);
  console.count("calls");
  console.assert(true);
  console.assert(false, "not so");
  console.time("never printed");
  assertEquals(tap.printed.filter((each) => !each.includes("│")), [
    "info: page 3 of { a: 1 }\n",
    "debug: d\n",
    "info: i\n",
    "warn: w\n",
    "error: e\n",
    "info: outer\n",
    "info:   inner\n",
    "info: calls: 1\n",
    "error: Assertion failed: not so\n",
  ]);
  assertEquals(tap.printed.filter((each) => each.includes("│")).length, 1);
});

Deno.test("tapConsole() lets console print what is not wanted, or not taken, and is undone", () => {
  const before = { ...console };
  const seen: string[] = [];
  const ours = (...args: unknown[]) => void seen.push(`printed ${args}`);
  console.log = ours; // of the program, for one
  try {
    let wants = false;
    const end = tapConsole({
      wants: () => wants,
      print: (_, text) => (seen.push(`heard ${text}`), text.includes("take")),
    });
    console.log("unwanted");
    wants = true;
    console.log("leave", 1);
    console.log("take");
    untapped(() => console.log("untapped"));
    end();
    assertStrictEquals(console.log, ours);
    console.log("after");
    assertEquals(seen, [
      "printed unwanted",
      "heard leave 1\n",
      "printed leave,1",
      "heard take\n",
      "printed untapped",
      "printed after",
    ]);
  } finally {
    console.log = before.log;
  }
  assertEquals({ ...console }, before);
});

Deno.test("tapConsole() does not hear what its listener prints, and leaves what other code has changed since", () => {
  const { log } = console;
  const seen: string[] = [];
  console.log = (...args: unknown[]) => void seen.push(`printed ${args}`);
  try {
    const end = tapConsole({
      wants: () => true,
      print: (_, text) => (console.log("listener"), seen.push(text), false),
    });
    console.log("x");
    const tapped = console.log;
    const theirs = (...args: unknown[]) => tapped(...args);
    console.log = theirs;
    end();
    assertStrictEquals(console.log, theirs);
    console.log("y");
    assertEquals(seen, ["printed listener", "x\n", "printed x", "printed y"]);
  } finally {
    console.log = log;
  }
});
