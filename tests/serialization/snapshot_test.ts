import { Buffer } from "node:buffer";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { refusalOf } from "./refusal_of.ts";
import { Point } from "./arbitrary.ts";

const STRUCTURED = `use a checkpointer with codec: "structured"`;

/** Values that JSON does not keep, but structured clone does. */
const LOST: readonly (readonly [value: () => unknown, message: string])[] = [
  [() => [{ when: new Date(0) }], `args[0].when is a Date, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [() => [new Map()], `args[0] is a Map, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [() => [/x/], `args[0] is a RegExp, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [() => [new ArrayBuffer(1)], `args[0] is an ArrayBuffer, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [() => [new Uint8Array(1)], `args[0] is a Uint8Array, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [() => [new Point(1, 2)], `args[0] is a Point, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [() => [new TypeError("x")], `args[0] is a TypeError, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [
    () => [class List extends Array {}].map((List) => new List(1)),
    `args[0] is a List, which JSON cannot keep; convert it, or ${STRUCTURED}`,
  ],
  [() => [1, undefined, 2], `args[1] is undefined, which JSON cannot keep; leave it out, use null, or ${STRUCTURED}`],
  [
    () => [{ a: { b: undefined } }],
    `args[0].a.b is undefined, which JSON cannot keep; leave it out, use null, or ${STRUCTURED}`,
  ],
  [() => [NaN], `args[0] is NaN, which JSON cannot keep; use null, or ${STRUCTURED}`],
  [() => [-Infinity], `args[0] is -Infinity, which JSON cannot keep; use null, or ${STRUCTURED}`],
  [() => [-0], `args[0] is -0, which JSON cannot keep; use 0, or ${STRUCTURED}`],
  [() => [12n], `args[0] is 12n, which JSON cannot keep; use a number or a string, or ${STRUCTURED}`],
  [() => [Object("a")], `args[0] is a String, which JSON cannot keep; convert it, or ${STRUCTURED}`],
  [
    () => [[1, , 2]],
    `args[0] is an array with holes or named values, which JSON cannot keep; convert it, or ${STRUCTURED}`,
  ],
  [
    () => [Object.assign([1], { x: 1 })],
    `args[0] is an array with holes or named values, which JSON cannot keep; convert it, or ${STRUCTURED}`,
  ],
  [
    () => [Object.assign([,], { x: 1 })],
    `args[0] is an array with holes or named values, which JSON cannot keep; convert it, or ${STRUCTURED}`,
  ],
  [() => [cycle()], `args[0].a[0] holds itself, which JSON cannot express; use flatter data, or ${STRUCTURED}`],
];

Deno.test("refusalOf() says what JSON would lose, and what to do", () => {
  for (const [value, message] of LOST) {
    assertEquals(refusalOf(value(), "json", "args"), message);
    assertEquals(refusalOf(value(), "structured", "args"), undefined);
  }
});

class Cart {
  items = [1];
  total(): number {
    return this.items.length;
  }
}

/** Values that neither codec keeps. */
const REFUSED: readonly (readonly [value: () => unknown, message: string])[] = [
  [() => [() => 1], "args[0] is a function, which cannot be saved: use plain data"],
  [() => [function work() {}], "args[0] is function work, which cannot be saved: use plain data"],
  [() => [{ on: { click() {} } }], "args[0].on.click is function click, which cannot be saved: use plain data"],
  [() => [{ toJSON: () => 1 }], "args[0].toJSON is function toJSON, which cannot be saved: use plain data"],
  [() => [Symbol("s")], "args[0] is a symbol, which cannot be saved: use a string"],
  [() => [new Cart()], "args[0] is a Cart, which cannot be saved: use plain data, as methods stay behind"],
  [() => [
    new (class {
      run() {}
    })(),
  ], "args[0] is an instance of a class, which cannot be saved: use plain data, as methods stay behind"],
  [() => [new URL("http://a/")], "args[0] is a URL, which cannot be saved: use url.href"],
  [() => [new Headers()], "args[0] is a Headers, which cannot be saved: use [...headers]"],
  [() => [Promise.resolve()], "args[0] is a Promise, which cannot be saved: await it first"],
  [() => [new ReadableStream()], "args[0] is a ReadableStream, which cannot be saved: read it first"],
  [() => [new WritableStream()], "args[0] is a WritableStream, which cannot be saved: use plain data"],
  [
    () => [new Response("x")],
    "args[0] is a Response, which cannot be saved: read its body first, as by await response.json()",
  ],
  [
    () => [new AbortController().signal],
    "args[0] is an AbortSignal, which cannot be saved: use the signal of currentTask() in the task",
  ],
  [() => [new WeakMap()], "args[0] is a WeakMap, which cannot be saved: use a Map"],
  [
    () => [detached()],
    "args[0] is an ArrayBuffer, which cannot be saved: its memory was moved away, so use a copy made before",
  ],
  [
    () => [new SharedArrayBuffer(1)],
    "args[0] is a SharedArrayBuffer, whose memory is shared and cannot be saved: use a copy of it",
  ],
  [
    () => [new Int32Array(new SharedArrayBuffer(4))],
    "args[0] is an Int32Array, whose memory is shared and cannot be saved: use a copy of it",
  ],
  [() => [deep(1_001)], "is more than 1000 levels deep and cannot be saved: use flatter data"],
  [() => [{
    get a() {
      throw new RangeError("no a");
    },
  }], "args[0].a cannot be saved, as reading it throws RangeError: no a"],
  [
    () => [{ a: { [Symbol("s")]: 1 } }],
    "args[0].a has a property under Symbol(s), which cannot be saved: use a string as its name",
  ],
  [
    () => [Object.assign(["a"], { [Symbol("s")]: 1 })],
    "args[0] has a property under Symbol(s), which cannot be saved: use a string as its name",
  ],
  [
    () => [Object.defineProperty({}, "b", { value: 1 })],
    'args[0] has the property "b", which is not enumerable and cannot be saved: use plain data',
  ],
  [() => [Buffer.from("a")], "args[0] is a Buffer, which cannot be saved: use new Uint8Array(buffer)"],
  [() => [hostile()], "args[0] cannot be saved, as reading it throws Error: no keys"],
];

Deno.test("refusalOf() says what no codec keeps, and what to do", () => {
  for (const [value, message] of REFUSED) {
    for (const codec of ["json", "structured"] as const) {
      const refusal = refusalOf(value(), codec, "args");
      if (message.startsWith("args")) assertEquals(refusal, message);
      else assertStringIncludes(refusal ?? "", message);
    }
  }
});

Deno.test("refusalOf() refuses properties of what is copied as a whole, and of Maps and Sets", () => {
  for (const owner of [new Map(), new Set(), new Date(), /a/, new ArrayBuffer(1), Object(1)]) {
    assertEquals(refusalOf([owner], "structured", "args"), undefined);
    assertEquals(
      refusalOf([Object.assign(owner, { note: 1 })], "structured", "args"),
      'args[0] has the property "note", which cannot be saved with it: use it on its own',
    );
  }
});

Deno.test("refusalOf() does not visit the holes of an array", () => {
  const sparse: number[] = [];
  sparse[2e8] = 1;
  assertEquals(refusalOf([sparse], "structured", "args"), undefined);
  assertStringIncludes(refusalOf([sparse], "json", "args") ?? "", "args[0] is an array with holes or named values");
});

Deno.test("refusalOf() says where in Maps and Sets something cannot be saved", () => {
  const why = (value: unknown) => refusalOf(value, "structured", "value")?.split(" is ")[0];
  assertEquals(why(new Map<string, unknown>([["a", 1], ["b", Symbol()]])), 'value.get("b")');
  assertEquals(why(new Map<unknown, unknown>([["a", 1], [Symbol(), 1]])), "value.keys().toArray()[1]");
  assertEquals(why(new Map([[{ key: 1 }, Symbol()]])), "value.values().toArray()[0]");
  assertEquals(why([new Set([1, [() => 1]])]), "value[0].values().toArray()[1][0]");
  assertEquals(why({ "a b": { "": [() => 1] } }), 'value["a b"][""][0]');
  assertEquals(why(Object.assign([1], { x: () => 1 })), "value.x");
});

Deno.test("refusalOf() keeps a long path readable", () => {
  let value: unknown = () => 1;
  for (let level = 0; level < 900; level++) value = { inner: value };
  const refusal = refusalOf(value, "json", "args") ?? "";
  assert(refusal.length < 300, refusal);
  assertMatch(refusal, /^args\.inner\.inner.*….*\.inner\.inner is function value, which/);
});

Deno.test("refusalOf() lets pass what a checkpoint keeps", () => {
  const shared = { a: 1 };
  const values = [
    null,
    true,
    "",
    "\ud800",
    1.5,
    [],
    {},
    [[]],
    [shared, shared],
    { ["__proto__"]: 1 },
    Object.create(null),
  ];
  for (const value of [...values, deep(1_000), { toJSON: 1 }, { $workflowy: { error: 1 } }, Object.freeze([1])]) {
    for (const codec of ["json", "structured"] as const) assertEquals(refusalOf(value, codec, "args"), undefined);
  }
  const errors = [new Error("m", { cause: Symbol() }), Object.assign(new Error("m"), { run: () => 1, map: new Map() })];
  assertEquals(refusalOf(errors, "structured", "args"), undefined);
});

Deno.test("refusalOf() counts the levels below what it has reached before", () => {
  let list: { next?: unknown } = {};
  const nodes = [list];
  for (let index = 0; index < 3_000; index++) nodes.push(list = { next: list });
  assertStringIncludes(refusalOf(nodes, "json", "args") ?? "", "levels deep");
  const few = nodes.slice(0, 990);
  assertEquals(refusalOf(few, "json", "args"), undefined);
  assertEquals(JSON.parse(JSON.stringify(few)), few);
  const ladder = [deep(600), deep(600)];
  assertEquals(refusalOf([ladder, ladder, [ladder]], "json", "args"), undefined);
});

Deno.test("refusalOf() is found in time for what is reached many times", () => {
  let value: unknown = { a: 1 };
  for (let level = 0; level < 200; level++) value = [value, value];
  for (const codec of ["json", "structured"] as const) assertEquals(refusalOf(value, codec, "args"), undefined);
});

function cycle(): unknown {
  const a: unknown[] = [];
  const object = { a };
  a.push(object);
  return object;
}

/** So many levels, with that of what holds it. */
function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function hostile(): unknown {
  return new Proxy({}, {
    ownKeys() {
      throw new Error("no keys");
    },
  });
}
