import { assert, assertEquals, assertThrows } from "@std/assert";
import { allowedBy, checkDenoFlags, nameOf } from "../../../src/pools/process/deno_flags.ts";

const WHAT = 'denoFlags of pool "process"';

Deno.test("checkDenoFlags() returns a frozen copy of flags that a child can have", () => {
  const flags = ["--import-map=map.json", "-A", "--v8-flags=--max-old-space-size=64", "--cached-only", "-R=./data"];
  const checked = checkDenoFlags(flags, WHAT);
  assertEquals(checked, flags);
  assert(Object.isFrozen(checked) && checked !== flags);
});

Deno.test("checkDenoFlags() says what is wrong with a flag, and what to write", () => {
  const cases: [value: unknown, Class: typeof TypeError | typeof RangeError, message: string][] = [
    ["--no-lock", TypeError, `${WHAT} must be an array of flags`],
    [[5], TypeError, `${WHAT} must be strings, not 5 at [0]`],
    [["map.json"], RangeError, 'must be flags, which start with "-"'],
    [["--watch"], RangeError, "it restarts the child in the middle of a task"],
    [["--watch=src"], RangeError, "it restarts the child in the middle of a task"],
    [["--inspect-brk"], RangeError, "--inspect does not"],
    [["-RW"], RangeError, "write each short flag by itself"],
    [["--config"], RangeError, 'without its value: write "--config=…"'],
    [["--v8-flags=--help"], RangeError, "it prints a page of help"],
  ];
  for (const [value, Class, message] of cases) assertThrows(() => checkDenoFlags(value, WHAT), Class, message);
});

Deno.test("nameOf() and allowedBy() tell what a flag is called and grants", () => {
  assertEquals(["--allow-read=./a=b", "-R", "-"].map(nameOf), ["--allow-read", "-R", "-"]);
  assertEquals(
    ["-A", "--allow-all", "-P=ci", "-R=./a", "--allow-net", "--allow-nothing", "--deny-read", "--no-lock"].map(
      allowedBy,
    ),
    ["all", "all", "set", "read", "net", undefined, undefined, undefined],
  );
});
