import { assert, assertEquals } from "@std/assert";
import { errorForm, jsonForm } from "../../../src/observe/api/json_form.ts";

Deno.test("jsonForm leaves JSON as it is", () => {
  const value = { a: [1, "two", null, true], b: { c: -0.5 } };
  assertEquals(jsonForm(value), value);
});

Deno.test("jsonForm writes what JSON has no form for so that it can be read", () => {
  class Point {
    x = 1;
    #secret = 2;
    get secret() {
      return this.#secret;
    }
  }
  const cases: [unknown, unknown][] = [
    [12n, "12n"],
    [NaN, "NaN"],
    [undefined, null],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(NaN), "Invalid Date"],
    [new Map([["a", 1]]), [["a", 1]]],
    [new Set([1, 2]), [1, 2]],
    [new Uint8Array(3), "[Uint8Array of 3 bytes]"],
    [new URL("https://example.com/"), "https://example.com/"],
    [/a+/g, "/a+/g"],
    [function named() {}, "[function named]"],
    [Symbol("s"), "Symbol(s)"],
    [new Point(), { x: 1 }],
    [{ a: undefined, b: 1 }, { b: 1 }],
  ];
  for (const [value, form] of cases) assertEquals(jsonForm(value), form);
});

Deno.test("jsonForm survives circles, getters that throw, revoked proxies and keys of prototypes", () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle["self"] = circle;
  assertEquals(jsonForm(circle), { a: 1, self: "[circular]" });
  const shared = [1];
  assertEquals(jsonForm([shared, shared]), [[1], [1]]);
  const throwing = {
    get a() {
      throw new Error("no");
    },
  };
  assertEquals(jsonForm(throwing), "[cannot be read: no]");
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert(String(jsonForm(proxy)).startsWith("[cannot be read"));
  const form = jsonForm(JSON.parse('{"__proto__": {"polluted": 1}}'));
  assertEquals(JSON.stringify(form), '{"__proto__":{"polluted":1}}');
});

Deno.test("jsonForm is of a bounded size", () => {
  const wide = jsonForm(Array.from({ length: 100_000 }, (_, index) => index));
  assert(Array.isArray(wide) && wide.length < 2_100 && wide.at(-1) === "…");
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = { deep };
  assert(JSON.stringify(jsonForm(deep)).length < 200);
  assert(JSON.stringify(jsonForm("x".repeat(1_000_000))).length < 21_000);
});

Deno.test("errorForm has name, message, stack, code and causes", () => {
  const error = Object.assign(new TypeError("wrong", { cause: "because" }), { code: "E_WRONG" });
  const { stack, ...rest } = errorForm(error);
  assert(String(stack).startsWith("TypeError: wrong"));
  assertEquals(rest, {
    name: "TypeError",
    message: "wrong",
    code: "E_WRONG",
    cause: { name: "thrown", message: "because" },
  });
  assertEquals(errorForm({ a: 1 }), { name: "thrown", message: '{"a":1}' });
  const own = new Error("circle");
  own.cause = own;
  assert(JSON.stringify(errorForm(own)).length > 0);
});
