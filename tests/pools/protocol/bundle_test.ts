import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { bundled, unbundle } from "../../../src/pools/protocol/bundle.ts";
import { ByteWriter } from "../../../src/pools/protocol/bytes.ts";
import { FrameReader } from "../../../src/pools/protocol/frames.ts";
import { readMessage, writeMessage } from "../../../src/pools/protocol/message_codec.ts";
import { type RunMessage, TO, type ToWorker } from "../../../src/pools/protocol/messages.ts";

/** A message to run a task, with the fields that are not the usual ones. */
function runOf(
  seq: number,
  args: readonly unknown[],
  { ref = 1, attempt = 1, timeout = 0, name = "" } = {},
): RunMessage {
  return [TO.run, seq, ref, attempt, timeout, `id#${seq}`, args, name === "" ? undefined : name];
}

/** The messages that a worker acts on. */
function unbundled(messages: readonly ToWorker[]): ToWorker[] {
  const all: ToWorker[] = [];
  for (const message of messages) {
    if (message[0] === TO.bundle) unbundle(message, (each) => all.push(each));
    else all.push(message);
  }
  return all;
}

/** Messages as the other side of a pipe reads them. */
function throughPipe(messages: readonly ToWorker[]): ToWorker[] {
  const writer = new ByteWriter();
  for (const message of messages) writeMessage(writer, message);
  const found: ToWorker[] = [];
  new FrameReader((record) => found.push(readMessage(record))).feed(writer.take());
  return found;
}

Deno.test("bundled() makes one message of tasks that are alike but for ids and arguments", () => {
  const messages = [1, 2, 3].map((seq) => runOf(seq, [seq, "two", null, true]));
  const bundle: ToWorker = [
    TO.bundle,
    1,
    1,
    1,
    0,
    ["id#1", "id#2", "id#3"],
    [1, "two", null, true, 2, "two", null, true, 3, "two", null, true],
    undefined,
  ];
  assertEquals(bundled(messages), [bundle]);
  assertEquals(throughPipe([bundle]), [bundle]);
  assertEquals(unbundled([bundle]), messages);
});

Deno.test("bundled() leaves alone what differs, what stands alone, and values that are not the same as JSON", () => {
  const apart: ToWorker[] = [
    runOf(1, [1]),
    runOf(2, [1], { ref: 2 }),
    runOf(3, [1], { ref: 2, attempt: 2 }),
    runOf(4, [1], { ref: 2, attempt: 2, timeout: 5 }),
    runOf(5, [1], { ref: 2, attempt: 2, timeout: 5, name: "other" }),
    runOf(6, [1, 2]),
    runOf(8, [1, 2]), // after another number
    [TO.credit, 9, 9],
    runOf(9, [1, 2]),
    ...[{}, [1], -0, NaN, Infinity, undefined, 1n, "x".repeat(1_001)].flatMap((arg, index) => [
      runOf(10 + 2 * index, [arg]),
      runOf(11 + 2 * index, [arg]),
    ]),
    [TO.run, 30, 1, 1, 0, "id#30", [1], undefined, { traceparent: "a" }],
    [TO.run, 31, 1, 1, 0, "id#31", [1], undefined, { traceparent: "a" }],
  ];
  assertEquals(bundled(apart), apart);
});

Deno.test("whatever is bundled arrives as it was sent, in order, by a pipe as well", () => {
  const arg = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0),
    fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  );
  const like = fc.record({ ref: fc.integer({ min: 1, max: 2 }), timeout: fc.constantFrom(0, 0, 0, 1.5) });
  const run = fc.tuple(fc.array(arg, { maxLength: 2 }), like);
  fc.assert(
    fc.property(fc.array(run, { maxLength: 20 }), (runs) => {
      const messages = runs.map(([args, options], index) => runOf(index + 1, args, options));
      assertEquals(unbundled(bundled(messages)), messages);
      assertEquals(unbundled(throughPipe(bundled(messages))), messages);
    }),
    { numRuns: 100 },
  );
});
