import fc from "fast-check";

/** An instance of a class without methods, which structured clone makes a plain object. */
export class Point {
  constructor(readonly x: unknown, readonly y: unknown) {}
}

/**
 * Names and strings that a format made of strings could mistake for something of its own. `"\\"` is not among them: once `JSON.parse()`
 * has seen it as a name, it may take `"\""` or `"\n"` for it (https://github.com/nodejs/node/issues/63785).
 */
const STRINGS = ["", ...`a b 0 1 -1 1n null undefined NaN [ ] { } , : => " a\\`.split(" ")];
const FORMS = [..."[] {} Map[ Set[1] Date(0) ^0 -1- [-1-] Object(1) Error(".split(" "), '"a"', '{"a":1}', "\ud800"];
const NAMES = "__proto__ constructor length toJSON valueOf $workflowy error value stack".split(" ");

const text = fc.constantFrom(...STRINGS, ...FORMS, ...NAMES);
const number = fc.constantFrom(0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 1e21, 2 ** 53);
const primitive = fc.oneof(text, number, fc.constantFrom<unknown>(null, undefined, true, false, 0n, 1n, -1n));

/** What JSON holds, but for that name. */
export const jsonValue = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"\\\\":'));

/** Small values of all kinds that structured clone keeps, so that two of them are often equal. */
export const { value: smallValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    primitive,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3, noNullPrototype: false }),
    fc.sparseArray(tie("value"), { maxNumElements: 2, maxLength: 4 }),
    fc.tuple(fc.array(tie("value"), { maxLength: 2 }), fc.constantFrom("a", "01", "4294967295", "-1"), tie("value"))
      .map(([items, name, named]) => Object.assign([...items], { [name]: named })),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 3 }).map((members) => new Set(members)),
    fc.constantFrom(0, 1, NaN).map((time) => new Date(time)),
    fc.tuple(fc.constantFrom("a", "/", "(?:)"), fc.constantFrom("", "g", "gi")).map(([source, flags]) =>
      new RegExp(source, flags)
    ),
    fc.tuple(fc.constantFrom(Uint8Array, Int8Array, Uint16Array, Float32Array), fc.constantFrom(0, 1, 2))
      .map(([type, length]) => new type(length)),
    fc.array(fc.nat(2), { maxLength: 2 }).map((bytes) => Uint8Array.from(bytes).buffer),
    fc.array(fc.nat(2), { maxLength: 2 }).map((bytes) => new DataView(Uint8Array.from(bytes).buffer)),
    fc.constantFrom<unknown>(1, 0, "a", "1", true, 1n).map((each) => Object(each)),
    fc.tuple(tie("value"), tie("value")).map(([x, y]) => new Point(x, y)),
    fc.tuple(
      fc.constantFrom(Error, TypeError, RangeError),
      text,
      fc.dictionary(fc.constantFrom("a", "code", "value"), tie("value"), { maxKeys: 2 }),
    )
      .map(([type, message, fields]) => Object.assign(new type(message), fields)),
    fc.tuple(text, tie("value")).map(([message, cause]) => new Error(message, { cause })),
  ),
}));

/** What no codec keeps. */
export const foreign = fc.constantFrom<() => unknown>(
  () => () => 1,
  () => Symbol("s"),
  () => new URL("http://a/"),
  () => Promise.resolve(),
  () => new WeakMap(),
  () =>
    new (class Cart {
      items = [1];
      total() {
        return this.items.length;
      }
    })(),
  () => new Uint8Array(new SharedArrayBuffer(4)),
).map((make) => make());

/** Small values, of which some hold what no codec keeps. */
export const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 5, arbitrary: smallValue },
    { weight: 2, arbitrary: jsonValue },
    foreign,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 2 }).map((members) => new Set(members)),
    tie("value").map((each) => [each, each, { each }]),
    tie("value").map((each) => {
      const cycle: unknown[] = [each];
      cycle.push({ cycle });
      return cycle;
    }),
  ),
}));
