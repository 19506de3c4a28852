import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { fromEnvelope, toEnvelope } from "../../src/serialization/envelope.ts";

type Loose = Error & Record<string, unknown>;

/** By structured clone, as to a worker. */
function cloned(thrown: unknown): Loose {
  return fromEnvelope(structuredClone(toEnvelope(thrown))) as Loose;
}

/** By JSON, as into a checkpoint. */
function viaJson(thrown: unknown): Loose {
  return fromEnvelope(JSON.parse(JSON.stringify(toEnvelope(thrown)))) as Loose;
}

Deno.test("a name that is not a string is replaced by the class's", () => {
  class Odd extends Error {}
  for (const name of [42, undefined, null, {}, Symbol("s")]) {
    const sent = Object.assign(new Odd("m"), { name });
    assertEquals(cloned(sent).name, "Odd");
  }
});

Deno.test("a message that is not a string becomes one", () => {
  for (const [message, expected] of [[42, "42"], [undefined, ""], [{}, "an object"], [() => 1, "function message"]]) {
    const sent = Object.defineProperty(new Error("m"), "message", { value: message });
    assertEquals(cloned(sent).message, typeof message === "function" ? "a function" : expected);
  }
});

Deno.test("the length of messages and stacks is left alone", () => {
  const message = "x".repeat(1_000_000);
  assertEquals(viaJson(new Error(message)).message, message);
});

Deno.test("an error that is its own cause is cut there", () => {
  const a = new Error("a");
  a.cause = new TypeError("b", { cause: a });
  const error = viaJson(a);
  assertInstanceOf(error.cause, TypeError);
  assertEquals(error.cause.cause, "Error: a (left out, as it is among its own causes)");
  const itself = Object.assign(new Error("m"), { list: [] as unknown[] });
  itself.list.push({ itself });
  assertEquals(viaJson(itself)["list"], [{ itself: "Error: m (left out, as it is among its own causes)" }]);
});

Deno.test("cyclic data in the fields of an error survives a structured clone", () => {
  const ring: Record<string, unknown> = {};
  ring["again"] = ring;
  const error = cloned(Object.assign(new Error("m"), { ring })) as unknown as { ring: typeof ring };
  assertStrictEquals(error.ring["again"], error.ring);
});

Deno.test("a chain of 1,000 causes is cut at 32 errors", () => {
  let sent: unknown = "the end";
  for (let index = 1_000; index > 0; index--) sent = new Error(String(index), { cause: sent });
  let count = 0;
  let at: unknown = viaJson(sent);
  for (; at instanceof Error; at = at.cause) count++;
  assertEquals([count, at], [32, "Error: 33 (left out, as the chain of causes is too long)"]);
});

Deno.test("more than 100 errors of one are left out, and counted", () => {
  const sent = new AggregateError(Array.from({ length: 100_000 }, (_, index) => new Error(String(index))));
  const errors = cloned(sent)["errors"] as unknown[];
  assertEquals([errors.length, errors[100]], [101, "99900 more were left out"]);
});

Deno.test("errors that are data stay a field", () => {
  const sent = Object.assign(new Error("m"), { errors: ["a is missing", { path: "b" }] });
  const error = viaJson(sent);
  assertEquals([error["errors"], Object.keys(error)], [["a is missing", { path: "b" }], ["errors"]]);
});

Deno.test("an envelope of errors that share their causes stays small in JSON, too", () => {
  let sent = new Error("0");
  for (let index = 1; index < 30; index++) sent = new AggregateError([sent, sent], String(index), { cause: sent });
  assert(JSON.stringify(toEnvelope(sent)).length < 2_000_000);
  assertInstanceOf(viaJson(sent).cause, AggregateError);
});

Deno.test("deep data in the fields of an error is cut", () => {
  let data: unknown = 1;
  for (let index = 0; index < 100_000; index++) data = [data];
  const error = viaJson(Object.assign(new Error("m"), { data }));
  assertMatch(JSON.stringify(error["data"]), /^\[{90,101}"an array of 1"\]{90,101}$/);
});

const thrower = () => {
  throw new Error("gotcha");
};
const HOSTILE: [what: string, make: () => unknown][] = [
  ["whose getters all throw", () => {
    const names = ["name", "message", "stack", "cause", "packed", "code", "constructor"];
    return Object.defineProperties(
      new Error("m"),
      Object.fromEntries(names.map((name) => [name, { get: thrower, enumerable: true }])),
    );
  }],
  ["whose class throws when asked", () => {
    class Odd extends Error {
      static override get name(): string {
        return thrower();
      }
      override get message(): string {
        return thrower();
      }
    }
    return new Odd();
  }],
  ["with a static name that is not a string", () =>
    new (class extends Error {
      static override name = 5 as never;
    })("m")],
  ["in a proxy that throws at everything", () => {
    const traps = ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"];
    return new Proxy(new Error("m"), Object.fromEntries(traps.map((trap) => [trap, thrower])));
  }],
  ["in a proxy that throws when read", () => new Proxy(new Error("m"), { get: thrower })],
  ["in a plain proxy", () => new Proxy(new Error("m"), {})],
  ["in a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable(new Error("m"), {});
    revoke();
    return proxy;
  }],
  ["with a field that throws deep inside", () =>
    Object.assign(new Error("m"), {
      a: {
        get b() {
          return thrower();
        },
      },
    })],
  [
    "with a proxy as a field",
    () => Object.assign(new Error("m"), { a: new Proxy({ b: 1 }, {}), c: new Proxy(new Map(), {}) }),
  ],
  ["with the prototype of errors only", () => Object.create(Error.prototype)],
  ["with a prototype of null", () => Object.setPrototypeOf(new Error("m"), null)],
  ["with errors that are a huge hole", () => Object.assign(new AggregateError([], "m"), { errors: new Array(4e9) })],
  ["with the buffer of another object", () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    return Object.assign(new Error("m"), { buffer, view });
  }],
];

for (const [what, make] of HOSTILE) {
  Deno.test(`an error ${what} makes an envelope all the same`, () => {
    const thrown = make();
    const envelope = structuredClone(toEnvelope(thrown));
    fromEnvelope(envelope);
    fromEnvelope(JSON.parse(JSON.stringify(envelope)));
  });
}

Deno.test("a field that throws does not take the others along", () => {
  const sent = Object.defineProperty(Object.assign(new Error("m"), { a: 1 }), "b", { get: thrower, enumerable: true });
  const { a, b } = cloned(sent);
  assertEquals([a, b], [1, "(reading the error's b threw)"]);
});

Deno.test("toEnvelope() accepts whatever is thrown", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  });
  fc.assert(fc.property(anything, anything, anything, (cause, field, thrown) => {
    const sent = Object.assign(new Error("m", { cause }), { field });
    const { cause: causeBack, field: fieldBack } = cloned(sent);
    assertEquals([causeBack, fieldBack, cloned(thrown) as unknown], structuredClone([cause, field, thrown]));
  }));
});
