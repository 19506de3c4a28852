import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fromEnvelope, toEnvelope } from "../../../src/serialization/envelope.ts";
import { ByteWriter } from "../../../src/pools/protocol/bytes.ts";
import { FrameReader } from "../../../src/pools/protocol/frames.ts";
import { type RunMessage, TO, type ToWorker } from "../../../src/pools/protocol/messages.ts";
import { readMessage, writeMessage } from "../../../src/pools/protocol/message_codec.ts";

/** Messages as the other side reads them. */
function roundTrip(messages: readonly ToWorker[]): ToWorker[] {
  const writer = new ByteWriter();
  for (const message of messages) writeMessage(writer, message);
  const found: ToWorker[] = [];
  new FrameReader((record) => {
    found.push(readMessage(record));
    assertEquals(record.left, 0);
  }).feed(writer.take());
  return found;
}

/** A message to run a task with these arguments. */
function runOf(args: readonly unknown[], seq = 1): RunMessage {
  return [TO.run, seq, 1, 1, 0, "id", args, undefined];
}

/** The arguments as the other side reads them. */
function argsOf(args: readonly unknown[]): readonly unknown[] {
  const [message] = roundTrip([runOf(args)]) as [RunMessage];
  return message[6];
}

Deno.test("readMessage() reads what writeMessage() wrote, of each kind", () => {
  const messages: ToWorker[] = [
    [TO.define, 2 ** 32 - 1, "file:///a b/täsks.ts", "defined as 🚀"],
    [TO.define, 1, "module", "throttled", true],
    [TO.run, 1, 2, 3, 0, "load#1", [], "näme 🚀"],
    [
      TO.run,
      2 ** 32 - 1,
      7,
      12,
      60 * 86_400_000 + 0.5,
      "load#\ud83d",
      [1, "two", null, undefined, true, -0],
      undefined,
    ],
    [TO.run, 3, 2, 1, 0, "load#3", [], undefined, { traceparent: "00-1-2-01", "x y": "ü" }],
    [TO.tap, true],
    [TO.tap, false],
    [TO.credit, 5, 9],
    [TO.cancel, 5, { plain: "data" }],
    [TO.end],
  ];
  assertEquals(roundTrip(messages), messages);
});

Deno.test("a reason to cancel travels as an error with its class", () => {
  const [message] = roundTrip([[TO.cancel, 3, toEnvelope(new RangeError("enough"))]]);
  const reason = fromEnvelope(message![2]);
  assertInstanceOf(reason, RangeError);
  assertEquals(reason.message, "enough");
});

Deno.test("primitive arguments stay as they are", () => {
  const text = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
  const value = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.bigInt());
  const args = fc.array(fc.oneof(value, fc.constantFrom(null, undefined, -0, NaN)));
  fc.assert(fc.property(args, (sent) => assertEquals(argsOf(sent), sent)), { numRuns: 50 });
});

Deno.test("arguments that are objects are what structured clone makes of them", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 4 }), (sent) => {
      assertEquals(argsOf(sent), structuredClone(sent));
    }),
    { numRuns: 50 },
  );
});

Deno.test("two arguments that are the same object are the same on the other side", () => {
  const [object, bytes] = [{ a: 1 }, new Uint8Array([1, 2])];
  const objects = argsOf([object, object, 1]);
  assert(objects[0] === objects[1]);
  const both = argsOf([bytes, 1, bytes]);
  assertEquals(both, [bytes, 1, bytes]);
  assert(both[0] === both[2], "two copies of the same bytes");
  const different = argsOf([bytes, bytes.slice()]);
  assert(different[0] !== different[1]);
});

Deno.test("an argument that holds another one holds it on the other side", () => {
  const inner = { n: 1 };
  const [outer, found] = argsOf([{ inner }, inner]) as [{ inner: object }, object];
  assert(outer.inner === found);
});

Deno.test("an argument that cannot travel is named, and leaves nothing of its message", () => {
  const writer = new ByteWriter();
  writeMessage(writer, runOf([1], 1));
  const { length } = writer;
  assertThrows(() => writeMessage(writer, runOf([1, () => 1], 2)), TypeError, "args[1]");
  assertThrows(() => writeMessage(writer, runOf(["x".repeat(5_000), { a: () => 1 }], 3)), TypeError, "args[1].a");
  assertThrows(() => writeMessage(writer, runOf([new SharedArrayBuffer(1)], 4)), TypeError, "args");
  assertEquals(writer.length, length);
  writeMessage(writer, runOf([2], 5));
  const seqs: number[] = [];
  new FrameReader((record) => seqs.push(readMessage(record)[1] as number)).feed(writer.take());
  assertEquals(seqs, [1, 5]);
});

Deno.test("readMessage() throws at a kind of messages that is none", () => {
  const writer = new ByteWriter();
  writer.end(writer.begin(77));
  const frames = new FrameReader((record) => void readMessage(record));
  assertThrows(() => frames.feed(writer.take()), TypeError, "77");
});

Deno.test("readMessage() throws at a message that ends too soon, wherever it does", () => {
  const messages: ToWorker[] = [
    [TO.define, 1, "module", "a"],
    [TO.run, 1, 2, 3, 4, "id", [1, "two", { a: 1 }], "b"],
    [TO.credit, 1, 2],
    [TO.cancel, 1, "why"],
  ];
  for (const message of messages) {
    const whole = new ByteWriter();
    writeMessage(whole, message);
    const body = whole.take().subarray(9);
    for (let end = 0; end < body.length; end++) {
      const writer = new ByteWriter();
      const start = writer.begin(message[0]);
      for (const byte of body.subarray(0, end)) writer.byte(byte);
      writer.end(start);
      const frames = new FrameReader((record) => void readMessage(record));
      assertThrows(() => frames.feed(writer.take()), RangeError, "ends before");
    }
  }
});
