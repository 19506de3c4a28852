/**
 * Values and errors that must come back as they were.
 *
 * @module
 */

/** What a value is, as the id of its record, and the value. */
export type Named = readonly [what: string, value: unknown];

/** A value that structured clone keeps. */
export interface StructuredValue {
  readonly what: string;
  readonly value: unknown;
  /** Whether a value that came back, and is equal, is of the same types and shape, too. */
  readonly isKept?: (value: unknown) => boolean;
}

/**
 * Names that a format may use for itself, or that an object has anyway. `"\\"` is not among them: once `JSON.parse()` of V8 has
 * seen it as a name, it may take `"\""` or `"\n"` for it (https://github.com/nodejs/node/issues/63785).
 */
const ODD_NAMES = [
  ..."__proto__ constructor prototype toString valueOf hasOwnProperty length then name".split(" "),
  ..."id key value values data crc delete deleted codec v type $type record records error args chunk $workflowy".split(
    " ",
  ),
  ...[
    "",
    " ",
    "0",
    "-1",
    "1e3",
    "4294967295",
    "a.b",
    "a b",
    '"',
    "\\\\",
    "a\\",
    "\n",
    "\0",
    "\u2028",
    "🙂",
    "\ud800",
    "é",
  ],
];

/** Values that JSON can hold: for both codecs. */
export function jsonValues(): Named[] {
  const everyUnit = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join("");
  return [
    ["null", null],
    ["true", true],
    ["false", false],
    ["an empty string", ""],
    ["each of the first characters", everyUnit],
    ["each of them by itself", everyUnit.split("")],
    ["lines", "one\ntwo\r\nthree\rfour\u2028five\u2029six\n\n"],
    ["a string of a line break", "\n"],
    ["strings like JSON", ["{}", "null", '"', "\\", '\\"', "\\u0000", '{"id":"x"}\n', "]", "undefined", "1n", "-0"]],
    ["strings like numbers", ["0", "007", "1e3", "0x10", "NaN", "-Infinity"]],
    ["strings like dates", ["2026-01-01T00:00:00.000Z", "/Date(0)/"]],
    ["strings of all planes", [
      "é",
      "e\u0301",
      "日本語",
      "🙂",
      "👨‍👩‍👧",
      "\u{10ffff}",
      "\ufeff",
      "\ufffe",
      "\uffff",
      "\ufffd",
    ]],
    ["lone surrogates", ["\ud800", "\udc00", "a\ud83d", "\ude42b", "\udc00\ud800"]],
    ["base64", ["AAAA", "/w8AAA==", "data:;base64,AAAA"]],
    ["whole numbers", [
      0,
      1,
      -1,
      42,
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      2 ** 53,
      1e15,
      1e21,
      1e22,
    ]],
    ["fractions", [0.1, 0.2, 0.1 + 0.2, 1 / 3, -1.5, 1e-6, 1e-7, 123_456_789.123_456_78, Math.PI, 4.35, 5e-324]],
    ["extremes", [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 2.2250738585072014e-308]],
    ["an empty array", []],
    ["an empty object", {}],
    ["empty ones in each other", [[], {}, [[]], [{}], { a: [], b: {} }]],
    ["nulls", [null, [null], { a: null }]],
    ["odd names", Object.fromEntries(ODD_NAMES.map((name, index) => [name, index]))],
    ["odd names of objects", Object.fromEntries(ODD_NAMES.map((name) => [name, { [name]: [name] }]))],
    ["like a record", {
      id: "x",
      name: "x",
      status: "completed",
      attempts: 1,
      args: [],
      dependsOn: [],
      value: 1,
      data: "AAAA",
    }],
    ["like a packed error", { $workflowy: { error: { name: "Error", message: "m", classes: ["Error"] } } }],
    ["like an error", { error: { name: "Error", message: "m", stack: "s", classes: ["Error"] } }],
    ["names in this order", { b: 1, a: 2, 2: 3, 1: 4 }],
    ["many levels of arrays", nested(900, (inner) => [inner])],
    ["many levels of objects", nested(900, (inner) => ({ inner }))],
    ["many items", Array.from({ length: 20_000 }, (_, index) => index % 3 === 0 ? `${index}` : index)],
    ["many names", Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`name ${index}`, index]))],
  ];
}

/** What only structured clone keeps; made again each time, as a case may change them. */
export function structuredValues(): StructuredValue[] {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle["self"] = cycle;
  cycle["list"] = [cycle, { cycle }];
  const ring = new Map<string, unknown>();
  ring.set("ring", new Set([ring]));
  return [
    { what: "undefined in an object", value: { a: undefined, b: 1 }, isKept: (each) => "a" in (each as object) },
    { what: "undefined in an array", value: [undefined, 1, undefined] },
    {
      what: "an array with holes",
      value: [, 1, , ,],
      isKept: (each) => !(0 in (each as object)) && !(3 in (each as object)),
    },
    { what: "a large array of holes", value: Object.assign([], { 1_000_000: "end" }) },
    { what: "an array with names", value: Object.assign([1, 2], { index: 0, "a b": "c" }) },
    { what: "NaN", value: NaN },
    { what: "-0", value: -0, isKept: (each) => Object.is(each, -0) },
    { what: "numbers that JSON loses", value: [NaN, -0, Infinity, -Infinity, { zero: -0 }] },
    { what: "BigInt", value: [0n, 1n, -1n, 2n ** 64n, -(2n ** 200n), { big: 10n ** 100n }] },
    { what: "a Date", value: new Date(1_767_225_600_123), isKept: (each) => each instanceof Date },
    { what: "Dates at the ends of time, and none", value: [new Date(8.64e15), new Date(-8.64e15), new Date(NaN)] },
    { what: "a RegExp", value: /a\/(?<b>c)"\n/giu, isKept: (each) => each instanceof RegExp },
    {
      what: "a Map",
      value: new Map<unknown, unknown>([["a", 1], [1, "b"], [{ key: 1 }, [2]], [NaN, null], [undefined, -1]]),
    },
    { what: "an empty Map", value: new Map(), isKept: (each) => each instanceof Map },
    { what: "a Map in its order", value: new Map([["b", 1], ["a", 2]]), isKept: inOrder("b", "a") },
    { what: "a Set", value: new Set<unknown>(["a", 1, { member: 1 }, [1], NaN, undefined, null]) },
    { what: "a Set in its order", value: new Set(["c", "a", "b"]), isKept: inOrder("c", "a", "b") },
    { what: "Maps and Sets in each other", value: new Map([["set", new Set([new Map([["inner", [new Set([1])]]])])]]) },
    { what: "an ArrayBuffer", value: bytes.slice().buffer, isKept: (each) => each instanceof ArrayBuffer },
    { what: "an empty ArrayBuffer", value: new ArrayBuffer(0) },
    { what: "bytes", value: bytes, isKept: (each) => each instanceof Uint8Array },
    { what: "no bytes", value: new Uint8Array() },
    { what: "a part of bytes", value: bytes.subarray(100, 110), isKept: (each) => (each as Uint8Array).length === 10 },
    { what: "a DataView", value: new DataView(bytes.slice(3, 8).buffer), isKept: (each) => each instanceof DataView },
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array]
      .map((type) => ({ what: `a ${type.name}`, value: new type(bytes.slice().buffer), isKept: isA(type) })),
    ...[Float32Array, Float64Array].map((type) => ({
      what: `a ${type.name}`,
      value: new type([0, -0, 1.5, Infinity, NaN, 1e-40]),
      isKept: isA(type),
    })),
    { what: "large bytes", value: new Uint8Array(300_000).map((_, index) => index * 7) },
    { what: "primitives as objects", value: [Object(1), Object("a"), Object(false), Object(1n)] },
    { what: "an object that holds itself", value: cycle, isKept: (each) => (each as typeof cycle)["self"] === each },
    { what: "a Map that holds itself", value: ring },
    { what: "odd names of what JSON loses", value: Object.fromEntries(ODD_NAMES.map((name) => [name, 1n])) },
    { what: "like a packed error", value: { $workflowy: { error: { name: "Error", when: new Date(0) } } } },
    { what: "what JSON holds", value: jsonValues().map(([, value]) => value) },
    { what: "many levels", value: nested(900, (inner) => new Map([["inner", inner]])) },
  ];
}

/** Errors, and other things that are thrown, that both codecs keep. */
export function keptErrors(): Named[] {
  class OrderError extends TypeError {
    override name = "OrderError";
    constructor(message: string, readonly order: number, readonly details: unknown, options?: ErrorOptions) {
      super(message, options);
    }
  }
  const plain = new Error("plain");
  return [
    ["an error", plain],
    ["an error without message", new Error()],
    ["an error with lines", new RangeError('line 1\nline "2"\0\u2028🙂\ud800')],
    ["an error without stack", Object.defineProperty(new Error("no stack"), "stack", { value: undefined })],
    ["an error of an own class", new OrderError("no such order", 42, { rows: [1, { a: null }] })],
    [
      "an error with causes",
      new Error("outer", { cause: new OrderError("inner", 1, [], { cause: new SyntaxError("root") }) }),
    ],
    ["an error whose cause is none", new Error("outer", { cause: { code: 404 } })],
    ["an error of several", new AggregateError([new OrderError("one", 1, null), plain, "two"], "both")],
    [
      "an error with errors in its fields",
      Object.assign(new Error("held"), { list: [new TypeError("a")], by: { one: plain } }),
    ],
    [
      "an error with odd fields",
      Object.assign(new Error("odd"), { id: 1, data: "AAAA", value: 2, error: "3", "a b": "\n" }),
    ],
    ["an error of Deno's", new Deno.errors.NotFound("no such file")],
    ["a DOMException", new DOMException("too late", "TimeoutError")],
    ["a thrown string", "only a string"],
    ["a thrown number", 42],
    ["a thrown null", null],
    ["a thrown object", { code: "E_NONE", list: [1, 2] }],
  ];
}

/** Those that only structured clone keeps. */
export function structuredErrors(): Named[] {
  return [
    [
      "an error with fields",
      Object.assign(new Error("f"), { when: new Date(0), map: new Map([[1, 2n]]), none: undefined }),
    ],
    ["an error whose cause is undefined", new Error("outer", { cause: undefined })],
    ["an error whose cause is a Map", new Error("outer", { cause: new Map([["at", new Date(1)]]) })],
    ["a thrown undefined", undefined],
    ["a thrown Set", new Set([1n, NaN])],
  ];
}

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = "the innermost";
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

function inOrder(...keys: readonly unknown[]): (value: unknown) => boolean {
  return (value) => [...(value as ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>).keys()].join() === keys.join();
}

function isA(type: abstract new (...args: never) => object): (value: unknown) => boolean {
  return (value) => value instanceof type;
}
