import { assert, assertEquals, assertThrows } from "@std/assert";
import { allowedBy, checkDenoFlags, nameOf } from "../../../src/pools/process/deno_flags.ts";
import { FLAGS_WITH_VALUE } from "./deno_flags.ts";

const WHAT = `denoFlags of pool "process"`;

Deno.test("checkDenoFlags() returns a frozen copy", () => {
  const given = ["-A", "--import-map=map.json", "--unstable-kv", "-c=x.json", "--v8-flags=--expose-gc", "--inspect"];
  const checked = checkDenoFlags(given, "denoFlags");
  assertEquals(checked, given);
  assert(checked !== given && Object.isFrozen(checked));
});

for (
  const [flags, ErrorClass, message] of [
    [undefined, TypeError, "must be an array of flags"],
    ["-A", TypeError, `not "-A"`],
    [{}, TypeError, "not an object"],
    [["-A", 5], TypeError, "not 5 at [1]"],
    // deno-lint-ignore no-sparse-arrays
    [[, "-A"], TypeError, "not undefined at [0]"],
    [["--import-map", "map.json"], RangeError, `"--import-map" without its value: write "--import-map=…"`],
    [["map.json"], RangeError, `not "map.json"`],
    [[""], RangeError, `not ""`],
    [["-"], RangeError, `"-"`],
    [["--"], RangeError, "main module"],
    [["-h"], RangeError, "help"],
    [["--help"], RangeError, "help"],
    [["--help=full"], RangeError, "help"],
    [["-V"], RangeError, "version"],
    [["--version"], RangeError, "version"],
    [["--watch"], RangeError, "in the middle of a task"],
    [["--watch=a"], RangeError, "in the middle of a task"],
    [["--hmr"], RangeError, "in the middle of a task"],
    [["--inspect-brk"], RangeError, "--inspect does not"],
    [["--inspect-wait=127.0.0.1:0"], RangeError, "--inspect does not"],
    [["-RW"], RangeError, "each short flag by itself"],
    [["-cdeno.json"], RangeError, "each short flag by itself"],
    [["--v8-flags=--help"], RangeError, "help"],
    [["--v8-flags=--expose-gc,--help"], RangeError, "help"],
  ] as const
) {
  Deno.test(`checkDenoFlags() rejects ${Deno.inspect(flags)}`, () => {
    const error = assertThrows(() => checkDenoFlags(flags, WHAT), ErrorClass, WHAT);
    assert(error.message.includes(message), error.message);
  });
}

for (const flag of Object.keys(FLAGS_WITH_VALUE)) {
  Deno.test(`checkDenoFlags() takes ${flag} only with its value`, () => {
    assertThrows(() => checkDenoFlags([flag], WHAT), RangeError, `${flag}" without its value: write "${flag}=…"`);
    assertEquals(checkDenoFlags([`${flag}=x`], WHAT), [`${flag}=x`]);
  });
}

Deno.test("nameOf() and allowedBy() tell what a flag is called and grants", () => {
  assertEquals(["--allow-read=./a=b", "-R", "-"].map(nameOf), ["--allow-read", "-R", "-"]);
  assertEquals(
    ["-A", "--allow-all", "-P=ci", "-R=./a", "--allow-net", "--allow-nothing", "--deny-read", "--no-lock"].map(
      allowedBy,
    ),
    ["all", "all", "set", "read", "net", undefined, undefined, undefined],
  );
});
