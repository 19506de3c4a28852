import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { canonicalString } from "../../src/serialization/canonical.ts";
import { pack } from "../../src/serialization/packer.ts";
import { unpack } from "../../src/serialization/unpacker.ts";
import { jsonValue, Point, smallValue } from "./arbitrary.ts";

Deno.test("canonicalString() of a value and its structured clone are the same", () => {
  fc.assert(
    fc.property(smallValue, (value) => {
      const copy = unpack(structuredClone(pack(value)));
      assertEquals(canonicalString(copy), canonicalString(value));
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("canonicalString() does not depend on the order in which a value was put together", () => {
  fc.assert(
    fc.property(smallValue, (value) => assertEquals(canonicalString(reversed(value)), canonicalString(value))),
    { numRuns: 3_000 },
  );
});

Deno.test("canonicalString() of JSON values is their JSON", () => {
  fc.assert(fc.property(jsonValue, (value) => {
    const parsed: unknown = JSON.parse(JSON.stringify(value));
    assertEquals(JSON.parse(canonicalString(parsed)), parsed);
    if (typeof parsed !== "object" || parsed === null) assertEquals(canonicalString(parsed), JSON.stringify(parsed));
  }));
});

/** Saved ids are made of these strings: a change to one makes every saved task run again. */
const STRINGS: readonly (readonly [value: () => unknown, text: string])[] = [
  [() => [], "[]"],
  [() => ({}), "{}"],
  [() => [1, "a", true, false, null, undefined], '[1,"a",true,false,null,undefined]'],
  [() => [-0, 0, NaN, -Infinity, 1e21, 0.1], "[-0,0,NaN,-Infinity,1e+21,0.1]"],
  [() => 'a"b\\\n\0é🙂\ud800', '"a\\"b\\\\\\n\\u0000é🙂\\ud800"'],
  [() => ({ b: 1, a: { d: 2, c: 3 }, 10: 4, 9: 5, "": 6 }), '{"":6,"10":4,"9":5,"a":{"c":3,"d":2},"b":1}'],
  [() => JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  [() => ({ a: undefined }), '{"a":undefined}'],
  [() => [, 1, , , undefined, ,], "[-1-,1,-2-,undefined,-1-]"],
  [() => [,], "[-1-]"],
  [() => Object.assign([1], { b: 2, a: 3, "01": 4 }), '[1]{"01":4,"a":3,"b":2}'],
  [() => Object.assign([], { 2: "c", x: 1 }), '[-2-,"c"]{"x":1}'],
  [() => 12n, "12n"],
  [
    () => [Object(1), Object("a"), Object(false), Object(1n), Object(-0)],
    '[Object(1),Object("a"),Object(false),Object(1n),Object(-0)]',
  ],
  [() => [new Date(0), new Date(-1), new Date(NaN)], "[Date(0),Date(-1),Date(NaN)]"],
  [() => /a"\/b/gi, 'RegExp(["a\\"\\\\/b","gi"])'],
  [() => new Map<unknown, unknown>([["b", 1], ["a", [2]], [{ k: 1 }, null]]), 'Map["a"=>[2],"b"=>1,{"k":1}=>null]'],
  [() => new Set<unknown>(["b", 1, "a", { k: 1 }]), 'Set["a","b",1,{"k":1}]'],
  [
    () => [Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2), Int8Array.of(1, 2)],
    "[ArrayBuffer(AQI=),Uint8Array(AQI=),Int8Array(AQI=)]",
  ],
  [() => [Uint16Array.of(513), new DataView(Uint8Array.of(0, 1, 2).buffer, 1)], "[Uint16Array(AQI=),DataView(AQI=)]"],
  [() => new Point(1, [2]), '{"x":1,"y":[2]}'],
  [() => Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  [() => new TypeError("m"), 'Error("TypeError","m",["TypeError","Error"],0)'],
  [
    () => Object.assign(new Error("m", { cause: "c" }), { code: 1, a: new Date(0) }),
    'Error("Error","m",["Error"],0,cause:Value("c"),fields:{"a":Date(0),"code":1})',
  ],
  [
    () => new AggregateError([new Error("e"), 1], "m"),
    'Error("AggregateError","m",["AggregateError","Error"],0,errors:[Error("Error","e",["Error"],0),Value(1)])',
  ],
];

Deno.test("canonicalString() stays as it is from version to version", () => {
  for (const [value, text] of STRINGS) assertEquals(canonicalString(value()), text);
});

Deno.test("canonicalString() of what is reached twice is that of two equal ones", () => {
  const shared = { a: [1], when: new Date(0) };
  const error = new Error("e");
  assertEquals(
    canonicalString([shared, { shared }, shared.a]),
    canonicalString([{ ...shared }, { shared: structuredClone(shared) }, [1]]),
  );
  assertEquals(canonicalString([error, error]), canonicalString([new Error("e"), new Error("e")]));
});

Deno.test("canonicalString() of values that hold themselves is the same for values of the same shape", () => {
  const make = (name: string, depth: number): unknown => {
    const cycle: Record<string, unknown> = { name };
    cycle["list"] = [cycle, new Map<unknown, unknown>([["self", cycle]]), new Set([cycle])];
    let way: Record<string, unknown> = cycle;
    for (let level = 0; level < depth; level++) way["next"] = way = { level };
    way["first"] = cycle;
    way["own"] = way;
    return cycle;
  };
  const strings = ["a", "b"].flatMap((name) => [1, 2, 3].map((depth) => canonicalString(make(name, depth))));
  assertEquals(new Set(strings).size, 6);
  assertEquals(canonicalString(make("a", 2)), strings[1]);
  assertEquals(canonicalString(structuredClone(make("a", 2))), strings[1]);
  assertEquals(canonicalString(reversed(make("a", 0))), canonicalString(make("a", 0)));

  const self: unknown[] = [];
  self.push(self);
  assertEquals(canonicalString(self), "[^0]");
  assertNotEquals(canonicalString(self), canonicalString(["^0"]));
});

Deno.test("canonicalString() of values that hold each other is found in time", () => {
  const people: { id: number; friends: unknown[] }[] = Array.from({ length: 300 }, (_, id) => ({ id, friends: [] }));
  for (const person of people) person.friends = people;
  const text = canonicalString(people);
  assert(text.length < 100_000, `${text.length}`);
  people[7]!.id = 8;
  assertNotEquals(canonicalString(people), text);
});

Deno.test("canonicalString() of what is reached many times is found in time", () => {
  let value: unknown = { a: 1 };
  for (let level = 0; level < 18; level++) value = [value, value];
  const text = canonicalString(value);
  assertEquals(text.length, 2 ** 18 * 7 + (2 ** 18 - 1) * 3);
});

Deno.test("canonicalString() of an array with billions of holes is found in time", () => {
  const array: unknown[] = [1];
  array.length = 2 ** 32 - 1;
  array[4_000_000_000] = 2;
  assertEquals(canonicalString(array), "[1,-3999999999-,2,-294967294-]");
});

Deno.test("canonicalString() of an error leaves out stacks, and nothing else", () => {
  const make = (where: string, what = "x") => {
    const cause = Object.assign(new RangeError("inner"), { stack: `inner ${where}` });
    const held = Object.assign(new TypeError("held"), { stack: `held ${where}` });
    return Object.assign(new Error("outer", { cause }), {
      stack: `outer ${where}`,
      details: { stack: what, held: [held] },
    });
  };
  assertEquals(canonicalString(make("here")), canonicalString(make("there")));
  assertNotEquals(canonicalString(make("here")), canonicalString(make("here", "y")));
  assertNotEquals(canonicalString({ stack: "a" }), canonicalString({ stack: "b" }));
  const own = (name: string) => Object.assign(new Error("m"), { name });
  assertNotEquals(canonicalString(own("A")), canonicalString(own("B")));
  assertNotEquals(canonicalString(new Error("m", { cause: undefined })), canonicalString(new Error("m")));
});

Deno.test("canonicalString() takes nothing of the user's for an error", () => {
  const literal = { $workflowy: { error: { name: "Error", message: "m", classes: ["Error"] } } };
  assertEquals(
    canonicalString(literal),
    JSON.stringify({ $workflowy: { error: { classes: ["Error"], message: "m", name: "Error" } } }),
  );
  const holder = (value: unknown) => Object.assign(new Error("m"), { value });
  assertNotEquals(canonicalString(holder(literal)), canonicalString(holder(new Error("m"))));
  const error = new Error("e");
  const cycle = Object.assign(error, { holder: { error, list: [1] } });
  assertEquals(canonicalString({ cycle }), canonicalString({ cycle }));
  const data: Record<string, unknown> = { a: 1 };
  data["self"] = data;
  assertEquals(
    canonicalString(Object.assign(new Error("m"), { data })),
    'Error("Error","m",["Error"],0,fields:{"data":{"a":1,"self":^2}})',
  );
});

Deno.test("canonicalString() reaches a depth of 1,000", () => {
  const wraps: ((inner: unknown) => unknown)[] = [
    (inner) => [inner],
    (inner) => ({ inner }),
    (inner) => new Map([["inner", inner]]),
    (inner) => new Map([[inner, "inner"]]),
    (inner) => new Set([inner]),
    (inner) => Object.assign([], { inner }),
    (inner) => [, inner],
  ];
  for (const wrap of wraps) {
    const deep = (innermost: unknown) => {
      let value = innermost;
      for (let level = 0; level < 1_000; level++) value = wrap(value);
      return value;
    };
    assertEquals(canonicalString(deep(1)), canonicalString(deep(1)));
    assertNotEquals(canonicalString(deep(1)), canonicalString(deep(2)));
    const cycle: { deep?: unknown } = {};
    cycle.deep = deep(cycle);
    assert(canonicalString(cycle).includes("^0"));
  }
});

Deno.test("canonicalString() refuses what structured clone does", () => {
  for (
    const value of [() => 1, Symbol("s"), new URL("http://a/"), [new WeakMap()], new Map([[1, Promise.resolve()]])]
  ) {
    assertThrows(() => canonicalString(value), TypeError, "There is no canonical string of ");
  }
});

Deno.test("canonicalString() is the same in another process", async () => {
  const values =
    `[[1, "a", {b: [1, {d: 2, c: -0}], a: new Date(5)}], new Map([[{k: 1}, new Set([3, 1n])]]), Uint8Array.of(1, 2), new TypeError("x", { cause: [NaN] })]`;
  const module = new URL("../../src/serialization/canonical.ts", import.meta.url).href;
  const code = `import { canonicalString } from "${module}"; console.log(canonicalString(${values}))`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", "--no-check", code] });
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  const here: unknown = new Function(`return ${values}`)();
  assertEquals(new TextDecoder().decode(stdout).trim(), canonicalString(here));
});

/** A copy that was put together in the opposite order. Arrays, errors and what holds itself stay as they are. */
function reversed(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].reverse().map(([key, each]) => [reversed(key), reversed(each)]));
  if (value instanceof Set) return new Set([...value].reverse().map(reversed));
  if (Array.isArray(value) && Object.keys(value).length === value.length && !value.includes(undefined)) {
    return Object.keys(value).every((key, index) => key === `${index}`) ? value.map(reversed) : value;
  }
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  if (Object.values(value).some((each) => Array.isArray(each) && each.includes(value))) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, each]) => [key, reversed(each)]));
}
