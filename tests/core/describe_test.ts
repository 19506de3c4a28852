import { assert, assertEquals } from "@std/assert";
import { describeError, describeValue, inspectable, messageOf } from "../../src/core/describe.ts";

const VALUES: [value: unknown, described: string][] = [
  ["text", '"text"'],
  ['a "quoted"\nline', String.raw`"a \"quoted\"\nline"`],
  [42, "42"],
  [5n, "5"],
  [true, "true"],
  [null, "null"],
  [undefined, "undefined"],
  [Symbol("s"), "Symbol(s)"],
  [function load() {}, "function load"],
  [() => {}, "a function"],
  [[1, 2], "an array of 2"],
  [{ a: 1 }, "an object"],
  [Object.create(null), "an object"],
  [new Map(), "a Map"],
  [new Date(0), "a Date"],
  [new AbortController(), "an AbortController"],
];

for (const [value, described] of VALUES) {
  Deno.test(`describeValue() calls it ${described}`, () => assertEquals(describeValue(value), described));
}

Deno.test("describeValue() shortens a long string", () => {
  const described = describeValue("x".repeat(1_000));
  assert(described.length < 500);
  assert(described.endsWith("…"));
});

Deno.test("describeError() gives an error's name and message", () => {
  class Down extends Error {
    override name = "Down";
  }
  assertEquals(describeError(new TypeError("no such row")), "TypeError: no such row");
  assertEquals(describeError(new Down("at noon")), "Down: at noon");
});

Deno.test("describeError() says so if what was thrown is not an error", () => {
  assertEquals(describeError("text"), 'a thrown "text"');
  assertEquals(describeError(undefined), "a thrown undefined");
  assertEquals([describeError({}), describeError([1])], ["a thrown object", "a thrown array of 1"]);
});

Deno.test("messageOf() is the message of an error, and what was thrown if it is none", () => {
  assertEquals([messageOf(new TypeError("no such row.")), messageOf(5)], ["no such row.", "a thrown 5"]);
});

Deno.test("describeError() leaves out the point at the end, as it stands within a sentence", () => {
  assertEquals(describeError(new Error("It failed. Badly.")), "Error: It failed. Badly");
});

Deno.test("describeError() cuts a long message", () => {
  assert(describeError(new Error("x".repeat(1_000))).length < 500);
});

/** Objects that throw as soon as one looks at them. */
function uninspectable(): object[] {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const getPrototypeOf = () => {
    throw new Error("not to be looked at");
  };
  return [proxy, new Proxy({}, { getPrototypeOf }), new Proxy(() => {}, { getPrototypeOf })];
}

Deno.test("inspectable() leaves values as they are, and puts an error in place of those that throw when one looks at them", () => {
  for (const value of [undefined, null, "text", 5, {}, new Error("x"), new Proxy({}, {}), () => {}]) {
    assertEquals(inspectable(value) === value, true);
  }
  for (const value of uninspectable()) {
    const error = inspectable(value);
    assertEquals(
      describeError(error),
      "TypeError: a value was thrown that cannot be inspected, such as a revoked proxy",
    );
  }
});

Deno.test("describeValue() describes objects whose class throws when it is asked for its name", () => {
  class Odd {
    static get name(): string {
      throw new Error("no name");
    }
  }
  assertEquals(describeValue(new Odd()), "an object");
});
