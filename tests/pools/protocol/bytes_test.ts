import { assert, assertEquals, assertInstanceOf, assertNotStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteReader, ByteWriter, FRAME_HEAD, isFrameHead } from "../../../src/pools/protocol/bytes.ts";
import { PaymentError } from "../conformance/tasks.ts";

/** A reader of all that a writer has written. */
function readerOf({ bytes, length }: ByteWriter): ByteReader {
  const reader = new ByteReader(bytes);
  reader.seek(0, length);
  return reader;
}

/** Writes a value and reads it, and asserts that nothing is left over. */
function roundTrip(value: unknown): unknown {
  const writer = new ByteWriter();
  writer.value(value, "it");
  const reader = readerOf(writer);
  const found = reader.value();
  assertEquals(reader.left, 0);
  return found;
}

const VALUES: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  true: true,
  false: false,
  zero: 0,
  "minus zero": -0,
  "the largest 32-bit number": 2 ** 31 - 1,
  "the smallest 32-bit number": -(2 ** 31),
  "one more than 32 bits": 2 ** 31,
  "an unsigned number": 2 ** 32 - 1,
  "a fraction": 0.1,
  infinity: -Infinity,
  "not a number": NaN,
  "the largest safe integer": Number.MAX_SAFE_INTEGER,
  "a big integer": -(2n ** 100n),
  "an empty text": "",
  "a string": "text",
  "a string of 23 bytes": "x".repeat(23),
  "a string of 24 bytes": "x".repeat(24),
  "a short text with accents": "Grüße, 世界 🚀",
  "a long text with accents": "Grüße, 世界 🚀 ".repeat(5_000),
  "a string that is cut within a character": "\ud83d",
  "a byte order mark": "\ufeffx",
  "an array": [1, "2", null, [3]],
  "an object": { a: 1, "b c": { d: [] } },
  "an array with a hole": [1, , 3],
  "an object with undefined": { a: undefined },
  "no bytes": new Uint8Array(),
  bytes: new Uint8Array([1, 2, 255]),
  "many bytes": new Uint8Array(200_000).fill(7),
  "floats": new Float64Array([0.5, NaN]),
  "a buffer": new Uint8Array([1, 2]).buffer,
  "a date": new Date(1e12),
  "a regular expression": /a+/gi,
  "a map": new Map<unknown, unknown>([[{ a: 1 }, new Set([1])]]),
  "no prototype": Object.assign(Object.create(null), { a: 1 }),
  "a key named __proto__": JSON.parse(`{"__proto__": 1}`),
};

for (const [name, value] of Object.entries(VALUES)) {
  Deno.test(`ByteWriter and ByteReader keep ${name}`, () => {
    const found = roundTrip(value);
    assertEquals(found, typeof value === "object" && value !== null ? structuredClone(value) : value);
    assert(typeof value === "object" || Object.is(found, value));
  });
}

Deno.test("ByteWriter and ByteReader keep a part of a buffer, and nothing of the rest", () => {
  const all = new Uint8Array([1, 2, 3, 4, 5]);
  const found = roundTrip(all.subarray(1, 3)) as Uint8Array;
  assertEquals([found, found.buffer.byteLength, found.byteOffset], [new Uint8Array([2, 3]), 2, 0]);
});

Deno.test("ByteReader gives bytes that are a copy, also of shared memory", () => {
  const writer = new ByteWriter();
  writer.value(new Uint8Array([1, 2]), "it");
  writer.value("a string that is longer than the short ones", "it");
  const memory = new Uint8Array(new SharedArrayBuffer(writer.length));
  memory.set(writer.bytes.subarray(0, writer.length));
  const reader = new ByteReader(memory);
  reader.seek(0, memory.length);
  const found = reader.value() as Uint8Array;
  const text = reader.value();
  memory.fill(0);
  assertEquals([found, found.buffer instanceof ArrayBuffer], [new Uint8Array([1, 2]), true]);
  assertEquals(text, "a string that is longer than the short ones");
});

Deno.test("ByteWriter and ByteReader keep that two are the same, and that one holds itself", () => {
  const same = { a: 1 };
  const [first, second] = roundTrip([same, same]) as unknown[];
  assert(first === second);
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const found = roundTrip(circle) as Record<string, unknown>;
  assert(found["self"] === found);
});

Deno.test("ByteWriter and ByteReader keep errors within a value, with their classes and fields", () => {
  const sent = { failures: [new PaymentError("refused", "1"), new TypeError("t", { cause: new RangeError("r") })] };
  const { failures: [payment, type] } = roundTrip(sent) as { failures: [PaymentError, TypeError] };
  assertEquals([payment.name, payment.message, payment.status], ["PaymentError", "refused", 402]);
  assertInstanceOf(type, TypeError);
  assertInstanceOf(type.cause, RangeError);
});

Deno.test("ByteWriter refuses what cannot travel, and names it", () => {
  const trap = {
    get x(): never {
      throw new Error("do not look");
    },
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const value of [() => 1, Symbol("s"), { rows: [() => 1] }, new URL("http://a/"), trap, proxy]) {
    const writer = new ByteWriter();
    assertThrows(() => writer.value(value, "the result"), TypeError, "the result");
  }
});

Deno.test("ByteWriter says of memory that is shared that it cannot travel to a subprocess", () => {
  const error = assertThrows(() => new ByteWriter().value({ memory: new SharedArrayBuffer(8) }, "args[0]"), TypeError);
  assertEquals(
    error.message,
    "args[0].memory is a SharedArrayBuffer, whose memory is shared and cannot be sent to a worker: pass a copy of it",
  );
});

Deno.test("ByteWriter and ByteReader keep whatever can travel", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 4 }), (values) => {
      const writer = new ByteWriter();
      for (const value of values) writer.value(value, "it");
      const reader = readerOf(writer);
      assertEquals(values.map(() => reader.value()), values.map((value) => structuredClone(value)));
      assertEquals(reader.left, 0);
    }),
    { numRuns: 50 },
  );
});

Deno.test("ByteWriter and ByteReader keep numbers and strings in the order in which they were written", () => {
  const text = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units).toWellFormed());
  const part = fc.oneof(
    fc.record({ kind: fc.constant("byte" as const), value: fc.nat(255) }),
    fc.record({ kind: fc.constant("whole" as const), value: fc.nat(2 ** 32 - 1) }),
    fc.record({ kind: fc.constant("number" as const), value: fc.double() }),
    fc.record({ kind: fc.constant("text" as const), value: text }),
  );
  fc.assert(fc.property(fc.array(part), (parts) => {
    const writer = new ByteWriter();
    for (const { kind, value } of parts) (writer[kind] as (value: unknown) => void)(value);
    const reader = readerOf(writer);
    for (const { kind, value } of parts) assertEquals(reader[kind](), value);
    assertEquals(reader.left, 0);
  }));
});

Deno.test("ByteReader never takes strange bytes for more than they are: it reads something or throws", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const reader = new ByteReader(bytes);
    reader.seek(0, bytes.length);
    try {
      reader.value();
    } catch (error) {
      assertInstanceOf(error, Error);
    }
    assert(reader.left >= 0);
  }));
});

Deno.test("ByteReader throws at a record that ends too soon, wherever it does", () => {
  const writer = new ByteWriter();
  for (const value of [1, 0.5, "a string", { a: 1 }, new Uint8Array(3)]) writer.value(value, "it");
  for (let end = 0; end < writer.length; end++) {
    const reader = new ByteReader(writer.bytes);
    reader.seek(0, end);
    assertThrows(() => [1, 2, 3, 4, 5].map(() => reader.value()), RangeError, "ends before");
  }
});

Deno.test("ByteReader throws at a kind of values that is none", () => {
  const reader = new ByteReader(new Uint8Array([99]));
  reader.seek(0, 1);
  assertThrows(() => reader.value(), TypeError, "99");
});

Deno.test("ByteWriter puts the length in front of a record, and a check by which it is known", () => {
  const writer = new ByteWriter();
  writer.byte(9);
  const start = writer.begin(3);
  writer.text("abc");
  writer.end(start);
  const view = new DataView(writer.bytes.buffer, start);
  const [size, check] = [view.getUint32(0, true), view.getUint32(4, true)];
  assertEquals([start, size, writer.length], [1, 1 + 4 + 3, 1 + FRAME_HEAD + 8]);
  assert(isFrameHead(size, check));
  assert(!isFrameHead(size + 1, check) && !isFrameHead(0, 0) && !isFrameHead(0x20202020, 0x20202020));
});

Deno.test("ByteWriter.take() returns the bytes, which it does not write to any more, and begins again", () => {
  const writer = new ByteWriter();
  for (const size of [10, 200_000]) {
    writer.value(new Uint8Array(size).fill(1), "it");
    const taken = writer.take();
    assertEquals([taken.length, writer.length], [size + 5, 0]);
    assertNotStrictEquals(taken.buffer, writer.bytes.buffer);
    writer.value(new Uint8Array(size).fill(2), "it");
    assertEquals(taken.at(-1), 1);
    writer.clear();
  }
  assert(writer.bytes.length < 200_000, "a large buffer is dropped");
});
