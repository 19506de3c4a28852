import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { ValueEncoding } from "../../src/core/checkpointer.ts";
import { checkCloneable } from "../../src/serialization/cloneable.ts";
import { pack } from "../../src/serialization/packer.ts";
import { unpack } from "../../src/serialization/unpacker.ts";

class Point {
  constructor(readonly x: number, readonly y: unknown) {}
}
class Tagged extends Point {
  readonly tag = "t";
}
class Cart {
  items = [1];
  total(): number {
    return this.items.length;
  }
}
class Lazy {
  get value(): number {
    return 1;
  }
}
class SubCart extends Cart {}
class Cache extends Map<string, number> {
  evict(): void {}
}
class PlainMap extends Map<string, number> {}
class Row extends Array<number> {
  sum(): number {
    return this.length;
  }
}
class PlainRow extends Array<number> {}

const twice = { a: 1 };
const ring: Record<string, unknown> = {};
ring["again"] = { ring };
const sparse = [1, , 3]; // deno-lint-ignore-line no-sparse-arrays
const sparseTo = (index: number) => Object.assign([] as unknown[], { [index]: 1 });
const argumentsOf = function (..._args: number[]): IArguments {
  return arguments;
};
const dense = (length: number) => Array.from({ length }, (_, index) => index);
const named = (list: unknown[], name = "named", value: unknown = 1) => Object.assign(list, { [name]: value });

const VALUES: [what: string, value: unknown, expected: ValueEncoding][] = [
  ["a string", "a", "json"],
  ["a lone surrogate", "\ud800", "json"],
  ["null", null, "json"],
  ["true", true, "json"],
  ["0", 0, "json"],
  ["a fraction", -1.5e-300, "json"],
  ["-0", -0, "clone"],
  ["NaN", NaN, "clone"],
  ["Infinity", -Infinity, "clone"],
  ["undefined", undefined, "clone"],
  ["a BigInt", 1n, "clone"],
  ["an empty array", [], "json"],
  ["an empty object", {}, "json"],
  ["a flat array", [1, "a", null, false], "json"],
  ["a flat object", { a: 1, b: "b", c: null, d: true }, "json"],
  ["a tree", { a: [{ b: [[]] }, { c: {} }] }, "json"],
  ["a key named __proto__", JSON.parse('{"__proto__": {"a": [1]}}'), "json"],
  ["a key named toJSON", { toJSON: 1 }, "json"],
  ["a getter", {
    get a() {
      return 1;
    },
  }, "json"], // deno-fmt-ignore
  ["what is frozen", Object.freeze([Object.freeze({ a: 1 })]), "json"],
  ["-0 inside", [{ a: -0 }], "clone"],
  ["NaN in a flat array", [1, NaN], "clone"],
  ["undefined in a flat array", [undefined], "clone"],
  ["undefined in a flat object", { a: undefined }, "clone"],
  ["undefined deep inside", [{ a: [undefined] }], "clone"],
  ["a BigInt inside", { a: [1n] }, "clone"],
  ["a hole", sparse, "clone"],
  ["a hole deep inside", { a: [sparse] }, "clone"],
  ["nothing but a huge hole", new Array(4e9), "clone"],
  ["an array with a named value", named([1, 2]), "clone"],
  ["a long array with a named value", named(dense(1_000)), "clone"],
  ["an array with a hole and a named value for it", named([1, , 3]), "clone"], // deno-lint-ignore-line no-sparse-arrays
  ["the result of a match", "ab".match(/a/), "clone"],
  ["an object that is reached twice", [twice, twice], "clone"],
  ["an object that is reached twice, far apart", [twice, ...dense(100).map((a) => ({ a })), twice], "clone"],
  ["a cycle", ring, "clone"],
  ["many objects", dense(100).map((a) => ({ a: [a] })), "json"],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), "clone"],
  ["an instance of a class without methods", new Point(1, [2]), "clone"],
  ["an instance of its subclass", new Tagged(1, 2), "clone"],
  ["an instance of a class derived from Map without methods", new PlainMap(), "clone"],
  ["an instance of a class derived from Array without methods", PlainRow.from([1]), "clone"],
  ["a Date", new Date(), "clone"],
  ["an invalid Date", new Date(NaN), "clone"],
  ["a RegExp", /a/g, "clone"],
  ["a Map", new Map([[{ a: 1 }, new Set([1])]]), "clone"],
  ["a Set", new Set([[1]]), "clone"],
  ["an ArrayBuffer", new ArrayBuffer(1), "clone"],
  ["an ArrayBuffer that can grow", new ArrayBuffer(1, { maxByteLength: 2 }), "clone"],
  ["a SharedArrayBuffer", new SharedArrayBuffer(1), "clone"],
  ["a Uint8Array", new Uint8Array(1), "clone"],
  ["a BigInt64Array", new BigInt64Array(1), "clone"],
  ["a Float16Array", new Float16Array(1), "clone"],
  ["an instance of a class derived from Uint8Array without methods", new (class extends Uint8Array {})(1), "clone"],
  ["a proxy", new Proxy({ a: 1 }, {}), "json"],
  ["an array with one item behind a huge hole", sparseTo(2e8), "clone"],
  ["a DataView", new DataView(new ArrayBuffer(1)), "clone"],
  ["a Number", Object(1), "clone"],
  ["a String", Object("ab"), "clone"],
  ["a Boolean", Object(false), "clone"],
  ["a boxed BigInt", Object(1n), "clone"],
  ["an Error", new Error("m"), "packed"],
  ["a TypeError in a list", [new TypeError("m")], "packed"],
  ["an error of Deno's", { error: new Deno.errors.NotFound() }, "packed"],
  ["an error with a function", Object.assign(new Error("m"), { retry() {} }), "packed"],
  ["a DOMException", new Map([["e", new DOMException("m")]]), "packed"],
  ["an error as a key", new Map([[new Error("m"), 1]]), "packed"],
  ["an error in a Set", [1n, new Set([new Error("m")]), 1n], "packed"],
];

for (const [what, value, expected] of VALUES) {
  Deno.test(`checkCloneable() of ${what} is "${expected}"`, () => {
    assertEquals(checkCloneable(value, "args"), expected);
    assertEquals(checkCloneable([value], "args"), expected);
    assertEquals(checkCloneable({ a: { b: value } }, "args"), expected);
    if (expected === "json") assertEquals(JSON.parse(JSON.stringify([value])), [value]);
    if (typeof value === "object" && value !== null && "byteLength" in value === false) {
      structuredClone(pack(value));
    }
  });
}

Deno.test("checkCloneable() refuses shared memory for workers that do not share the program's", () => {
  const memory = new SharedArrayBuffer(8);
  for (const value of [memory, { memory }, [new Uint8Array(memory)]]) {
    assertEquals(checkCloneable(value, "args"), "clone");
    assertThrows(() => checkCloneable(value, "args", undefined, "separate"), TypeError, "whose memory is shared");
  }
});

const NO_FUNCTION = "is a function, which cannot be sent to a worker: pass plain data";

function noFunction(name: string): string {
  return `is function ${name}, which cannot be sent to a worker: pass plain data`;
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function viewOfDetached(): Uint8Array {
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function outOfBounds(): Uint8Array {
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
  const view = new Uint8Array(buffer, 4, 4);
  buffer.resize(2);
  return view;
}

const SEND = "cannot be sent to a worker";

function hidden<T extends object>(of: T, key: string): T {
  return Object.defineProperty(of, key, { value: () => 1 });
}

const REFUSED: [what: string, value: unknown, message: string][] = [
  ["a value that is not enumerable", [hidden({ a: 1 }, "b")], `args[0] has the property "b", which is not enumerable`],
  [
    "such a value in an array",
    hidden([1, 2, 3], "b"),
    `args has the property "b", which is not enumerable and ${SEND}`,
  ],
  ["a toJSON that is not enumerable", hidden({}, "toJSON"), 'args has the property "toJSON", which is not enumerable'],
  [
    "a symbol as a key",
    [{ a: { [Symbol("s")]: 1 } }],
    `args[0].a has a property under Symbol(s), which ${SEND}: pass a`,
  ],
  ["a symbol as a key of an array", Object.assign([1], { [Symbol("s")]: 1 }), "args has a property under Symbol(s)"],
  ["a symbol as a key of a long array", Object.assign(dense(99), { [Symbol("s")]: 1 }), "a property under Symbol(s)"],
  ["a symbol as a key of an instance", Object.assign(new Point(1, 2), { [Symbol("s")]: 1 }), "under Symbol(s)"],
  ["a property of a Map", Object.assign(new Map(), { a: 1 }), `args has the property "a", which ${SEND} with it: pass`],
  [
    "a property of a Date",
    [Object.assign(new Date(), { a: 1 })],
    `args[0] has the property "a", which ${SEND} with it`,
  ],
  ["a property of a RegExp", Object.assign(/a/, { a: 1 }), 'args has the property "a"'],
  ["the arguments of a function", argumentsOf(1, 2), 'args has the property "length", which is not enumerable'],
  ["a Buffer", [Buffer.from("a")], `args[0] is a Buffer, which ${SEND}: pass new Uint8Array(buffer)`],
  ["a function", () => 1, `args ${NO_FUNCTION}`],
  ["a class", Cart, `args ${noFunction("Cart")}`],
  ["a symbol", Symbol("s"), "args is a symbol, which cannot be sent to a worker: pass a string"],
  ["a function in an array", [1, () => 1], `args[1] ${NO_FUNCTION}`],
  ["a function in an object", [{ onDone() {} }], `args[0].onDone ${noFunction("onDone")}`],
  ["a function deep inside", [{ a: [{ "b c": [0, () => 1] }] }], `args[0].a[0]["b c"][1] ${NO_FUNCTION}`],
  ["a function under an odd key", { "1": { "": { "é$_": () => 1 } } }, `args["1"][""].é$_ ${noFunction("é$_")}`],
  ["a function behind undefined", [undefined, { a: undefined, b: () => 1 }], `args[1].b ${noFunction("b")}`],
  ["a function behind a hole", [, () => 1], `args[1] ${NO_FUNCTION}`], // deno-lint-ignore-line no-sparse-arrays
  ["a function as an array's named value", [named([1, 2], "fn", () => 1)], `args[0].fn ${NO_FUNCTION}`],
  ["a function as a named value beside a hole", named([1, , 3], "fn", () => 1), `args.fn ${NO_FUNCTION}`], // deno-lint-ignore-line no-sparse-arrays
  ["a function as toJSON", { toJSON: () => 1 }, `args.toJSON ${noFunction("toJSON")}`],
  ["a function in a Map", [new Map([["k", { a: () => 1 }]])], `args[0].get("k").a ${noFunction("a")}`],
  ["a function in a Map under a number", new Map([[1, () => 1]]), `args.get(1) ${NO_FUNCTION}`],
  [
    "a function as a Map's key",
    [new Map([[1, 1], [() => 1, 1]] as never)],
    `args[0].keys().toArray()[1] ${NO_FUNCTION}`,
  ],
  ["a function in a Set", [new Set([1, { a: () => 1 }])], `args[0].values().toArray()[1].a ${noFunction("a")}`],
  ["a function beside an error", [new Error("m"), () => 1], `args[1] ${NO_FUNCTION}`],
  ["a function in an instance", new Point(1, () => 1), `args.y ${NO_FUNCTION}`],
  [
    "a function in an object without a prototype",
    Object.assign(Object.create(null), { f() {} }),
    `args.f ${noFunction("f")}`,
  ],
  ["a boxed symbol", Object(Symbol("s")), "args is a Symbol, which cannot be sent to a worker: pass plain data"],
  ["an instance with methods", [new Cart()], "args[0] is a Cart, which cannot be sent to a worker: pass plain data"],
  ["an instance with a getter", new Lazy(), "args is a Lazy, which cannot be sent to a worker: pass plain data"],
  ["an instance with inherited methods", new SubCart(), "args is a SubCart, which cannot be sent to a worker"],
  [
    "an instance of a nameless class",
    new (class {
      run() {}
    })(),
    "args is an instance of a class, which cannot be sent",
  ],
  ["a Map with methods of its own", new Cache(), "args is a Cache, which cannot be sent to a worker: pass plain data"],
  [
    "an array with methods of its own",
    Row.from([1]),
    "args is a Row, which cannot be sent to a worker: pass plain data",
  ],
  ["a URL", { link: new URL("http://a/") }, "args.link is a URL, which cannot be sent to a worker: pass url.href"],
  ["URLSearchParams", new URLSearchParams(), "pass params.toString()"],
  ["Headers", new Headers(), "pass [...headers]"],
  ["FormData", new FormData(), "pass [...form]"],
  ["a Blob", new Blob(), "pass what await blob.bytes() gives"],
  ["a File", new File([], "f"), "pass what await file.bytes() gives"],
  ["a Response", new Response(), "read its body first, as by await response.json()"],
  ["a Request", new Request("http://a/"), "pass its URL"],
  ["a ReadableStream", new ReadableStream(), "read it first, or move it with transfer()"],
  ["a Promise", [Promise.resolve(1)], "args[0] is a Promise, which cannot be sent to a worker: await it first"],
  [
    "another thing to await",
    new (class Handle {
      then() {}
    })(),
    "args is a Handle, which cannot be sent to a worker: await it",
  ],
  ["a Temporal.Instant", Temporal.Now.instant(), "pass its toString()"],
  ["a Temporal.Duration", Temporal.Duration.from({ hours: 1 }), "pass its toString()"],
  ["an AbortSignal", new AbortController().signal, "use the signal of currentTask() in the task"],
  ["a WeakMap", new WeakMap(), "pass a Map"],
  ["a WeakSet", new WeakSet(), "pass a Set"],
  ["a WeakRef", new WeakRef({}), "pass what deref() gives"],
  ["an iterator", [1].values(), "which cannot be sent to a worker"],
  ["a generator", (function* () {})(), "which cannot be sent to a worker"],
  ["an event", new Event("e"), "args is an Event, which cannot be sent to a worker"],
  ["a buffer that was moved away", detached(), "its memory was moved away"],
  ["a view of a buffer that was moved away", viewOfDetached(), "its memory was moved away"],
  ["a view that its buffer has become too small for", outOfBounds(), "its memory was moved away"],
  [
    "what only pretends to be a Date",
    Object.create(Date.prototype),
    "args is a Date, which cannot be sent to a worker",
  ],
  ["what only pretends to be a Map", Object.create(Map.prototype), "args is a Map, which cannot be sent to a worker"],
];

for (const [what, value, message] of REFUSED) {
  Deno.test(`checkCloneable() refuses ${what}`, () => {
    const error = assertThrows(() => checkCloneable(value, "args"), TypeError);
    assert(error.message.includes(message), error.message);
    assert(!Object.hasOwn(error, "cause"));
    assertThrows(() => checkCloneable({ a: [value] }, "args"), TypeError, "args.a[0]");
  });
}

Deno.test("checkCloneable() leaves alone what is moved", () => {
  const { port1, port2 } = new MessageChannel();
  const moved = new Set<object>([port1]);
  const none: ReadonlySet<object> = new Set();
  assertEquals(checkCloneable([{ port: port1 }], "args", moved), "clone");
  assertEquals(checkCloneable(port1, "args", moved), "clone");
  assertEquals(checkCloneable([port1, new Error("m")], "args", moved), "packed");
  assertEquals(checkCloneable([1, { a: 1 }], "args", moved), "json");
  assertThrows(() => checkCloneable([port1, port2], "args", moved), TypeError, "args[1] is a MessagePort, which");
  assertThrows(() => checkCloneable([port1], "args", none), TypeError, "move it with transfer()");
  assertStrictEquals((pack([port1]) as unknown[])[0], port1);
  port1.close();
  port2.close();
});

const boom = new RangeError("boom");
const thrower = (): never => {
  throw boom;
};

for (
  const [what, value, path] of [
    ["a getter in a flat object", {
      a: 1,
      get b() {
        return thrower();
      },
    }, "args.b"], // deno-fmt-ignore
    ["a getter deep inside", [{ a: [{ get b() { return thrower(); } }] }], "args[0].a[0].b"], // deno-fmt-ignore
    ["a toJSON that throws when read", [{ get toJSON() { return thrower(); } }], "args[0]"], // deno-fmt-ignore
    ["a proxy", [new Proxy({ a: 1 }, { ownKeys: thrower })], "args[0]"],
    ["a proxy without a prototype", [new Proxy({ a: 1 }, { getPrototypeOf: thrower })], "args[0]"],
  ] as const
) {
  Deno.test(`checkCloneable() names the path to ${what} that throws`, () => {
    const error = assertThrows(() => checkCloneable(value, "args"), TypeError);
    assertEquals(error.message, `${path} cannot be sent to a worker, as reading it throws RangeError: boom`);
    assertStrictEquals(error.cause, boom);
  });
}

const NESTS: [what: string, nest: (inner: unknown) => unknown][] = [
  ["arrays", (inner) => [inner]],
  ["objects", (inner) => ({ a: inner })],
  ["Maps", (inner) => new Map([["k", inner]])],
  ["Sets", (inner) => new Set([inner])],
];

function nested(levels: number, nest: (inner: unknown) => unknown, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = nest(value);
  return value;
}

for (const [what, nest] of NESTS) {
  Deno.test(`1,000 ${what} in each other travel, 100,000 are refused`, () => {
    const value = nested(1_000, nest, new Error("m"));
    assertEquals(checkCloneable(value, "args"), "packed");
    let back = unpack(structuredClone(pack(value)));
    while (!(back instanceof Error)) {
      [back] = back instanceof Map || back instanceof Set ? back.values() : Object.values(back as object);
    }
    assertEquals(back.message, "m");
    const error = assertThrows(() => checkCloneable(nested(100_000, nest, 1), "args"), TypeError, "1000 levels deep");
    assert(error.message.length < 400, error.message);
  });
}
