import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkPermissions, RIGHTS, SYS_KINDS } from "../../src/core/permissions.ts";

const check = (value: unknown) => checkPermissions(value, `permissions of task "load"`);

const GOOD = [
  "none",
  "inherit",
  {},
  { read: true },
  { read: false, net: "inherit" },
  { read: [] },
  { read: ["./data", "/etc"], write: ["a b#%"], env: ["HOME", "AWS_*"], sys: ["hostname"], ffi: ["./x.so"] },
  { net: ["localhost:8080", "[::1]:80", "*.example.com"], import: ["example.com"], run: ["git", "./x"] },
];

for (const value of GOOD) {
  Deno.test(`checkPermissions() takes ${Deno.inspect(value, { breakLength: Infinity })}`, () => {
    assertEquals<unknown>(check(value), value);
  });
}

Deno.test("checkPermissions() knows all rights of Deno", () => {
  for (const name of RIGHTS) assertEquals(Deno.permissions.querySync({ name }).state, "granted");
  assertEquals<unknown>(check(Object.fromEntries(RIGHTS.map((right) => [right, true]))), {
    read: true,
    write: true,
    net: true,
    env: true,
    run: true,
    ffi: true,
    sys: true,
    import: true,
  });
});

Deno.test("SYS_KINDS are kinds that Deno's flags know", async () => {
  const args = ["run", "--no-prompt", `--allow-sys=${SYS_KINDS}`, "data:,"];
  assert((await new Deno.Command(Deno.execPath(), { args }).output()).success, "Deno refuses one of them");
});

Deno.test("checkPermissions() returns a frozen copy that later changes do not reach", () => {
  const given = { read: ["./data"] };
  const checked = check(given) as typeof given;
  given.read.push("/");
  assertEquals(checked, { read: ["./data"] });
  assert(Object.isFrozen(checked) && Object.isFrozen(checked.read));
});

Deno.test("checkPermissions() leaves out what is undefined", () => {
  assertEquals<unknown>(check({ read: undefined, net: true }), { net: true });
});

Deno.test("checkPermissions() turns file URLs into strings, which can be sent to workers", () => {
  const url = new URL("file:///my%20data/");
  const strings = { read: [url.href], write: [url.href], run: [url.href], ffi: [url.href] };
  assertEquals<unknown>(check({ read: [url], write: [url], run: [url], ffi: [url] }), strings);
});

const BAD: [value: unknown, ErrorClass: typeof TypeError | typeof RangeError, ...messages: string[]][] = [
  ["all", TypeError, `must be "none", "inherit" or an object`, `not "all"`],
  [undefined, TypeError, "not undefined"],
  [null, TypeError, "not null"],
  [true, TypeError, "not true"],
  [["read"], TypeError, "not an array of 1"],
  [new Map([["read", true]]), TypeError, "not a Map"],
  [new URL("file:///etc"), TypeError, "not a URL"],
  [{ reed: true }, TypeError, `"reed"`, "read, write, net, env, run, ffi, sys, import"],
  [{ hrtime: true }, TypeError, `"hrtime"`],
  [{ read: "./data" }, TypeError, "read in permissions", "array of paths", `not "./data"`],
  [{ read: "all" }, TypeError, `true, false, "inherit"`],
  [{ net: null }, TypeError, "net in permissions", "array of hosts", "not null"],
  [{ env: 5 }, TypeError, "env in permissions", "not 5"],
  [{ run: {} }, TypeError, "run in permissions", "not an object"],
  [{ read: ["a", 5] }, TypeError, "read[1] in permissions", "a string or a file: URL", "not 5"],
  // deno-lint-ignore no-sparse-arrays
  [{ read: [, "a"] }, TypeError, "read[0] in permissions", "not undefined"],
  [{ env: [new URL("file:///a")] }, TypeError, "env[0] in permissions", "must be a string, not a URL"],
  [{ read: [new URL("https://a.b/c")] }, TypeError, "read[0] in permissions", "https://a.b/c"],
  [{ read: [""] }, RangeError, "read[0] in permissions", "must not be empty"],
  [{ env: [" "] }, RangeError, "env[0] in permissions", "must not be empty"],
  [{ read: ["a", "b,c"] }, RangeError, "read[1] in permissions", "comma", `"b,c"`, "name a folder above it"],
  [{ write: [new URL("file:///b,c")] }, RangeError, "write[0] in permissions", "comma"],
  [{ net: ["a.com,b.com"] }, RangeError, "net[0] in permissions", "give each its own entry"],
  [{ net: ["https://a.com"] }, RangeError, "net[0] in permissions", "must be a host", `the URL "https://a.com"`],
  [{ import: ["https://a.com/"] }, RangeError, "import[0] in permissions", "must be a host"],
  [{ sys: ["uid", "moon"] }, RangeError, "sys[1] in permissions", "hostname", `not "moon"`],
];

for (const [value, ErrorClass, ...messages] of BAD) {
  Deno.test(`checkPermissions() rejects ${Deno.inspect(value, { breakLength: Infinity })}`, () => {
    const error = assertThrows(() => check(value), ErrorClass, `permissions of task "load"`);
    for (const message of messages) assert(error.message.includes(message), error.message);
  });
}
