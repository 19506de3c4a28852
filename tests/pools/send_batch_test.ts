import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { SendBatch } from "../../src/pools/send_batch.ts";
import { type RunMessage, TO } from "../../src/pools/protocol/messages.ts";
import { FakeChannel, UNSENDABLE } from "./fake_channel.ts";

/** A message to run a task with that argument. */
function runOf(seq: number, arg: unknown): RunMessage {
  return [TO.run, seq, 1, 1, 0, `id#${seq}`, [arg], undefined];
}

/** Sends only what is no more than one. */
class OneByOne extends FakeChannel {
  readonly movedWith: (readonly Transferable[])[] = [];

  override send(...[messages, moved]: Parameters<FakeChannel["send"]>): void {
    if (messages.length > 1) throw new TypeError("too many");
    super.send(messages, moved);
    this.movedWith.push([...moved]);
  }
}

Deno.test("SendBatch sends everything as one, once", () => {
  const [batch, channel] = [new SendBatch(), new FakeChannel()];
  assertEquals(batch.isEmpty, true);
  batch.push([TO.credit, 1, 1]);
  batch.push(runOf(1, "a"));
  assertEquals(batch.isEmpty, false);
  assertEquals(batch.sendBy(channel), []);
  assertEquals([channel.parcels, batch.isEmpty], [[[[TO.credit, 1, 1], runOf(1, "a")]], true]);
});

Deno.test("SendBatch sends the others without what cannot be sent, in order, and says what that was", () => {
  const [batch, channel] = [new SendBatch(), new FakeChannel()];
  batch.push([TO.define, 1, "m", "a"]);
  for (const [index, arg] of ["a", UNSENDABLE, "b", UNSENDABLE, "c"].entries()) batch.push(runOf(index + 1, arg));
  batch.push([TO.cancel, 1, "why"]);
  const unsendable = batch.sendBy(channel);
  assertEquals(unsendable.map(({ seq }) => seq), [2, 4]);
  for (const { error } of unsendable) assertInstanceOf(error, TypeError);
  assertEquals(channel.parcels.flat().map(([kind]) => kind), [TO.define, TO.run, TO.run, TO.run, TO.cancel]);
  assertEquals(channel.ran, [1, 3, 5]);
});

Deno.test("SendBatch collects a new batch while it sends: what is added then goes next", () => {
  const batch = new SendBatch();
  const channel = new FakeChannel();
  const send = channel.send.bind(channel);
  channel.send = (messages, moved) => {
    if (channel.parcels.length === 0) batch.push(runOf(2, "b"));
    send(messages, moved);
  };
  batch.push(runOf(1, "a"));
  batch.sendBy(channel);
  batch.sendBy(channel);
  assertEquals(channel.parcels, [[runOf(1, "a")], [runOf(2, "b")]]);
});

Deno.test("SendBatch moves the buffers of each job with it, and only with it", () => {
  const buffers = [1, 2, 3].map((length) => new ArrayBuffer(length));
  const fill = (batch: SendBatch) => {
    for (const [index, buffer] of buffers.entries()) {
      batch.push(runOf(index + 1, index === 1 ? UNSENDABLE : buffer));
      batch.move(index + 1, [buffer]);
    }
    batch.push([TO.end]);
  };
  const [batch, apart, together] = [new SendBatch(), new OneByOne(), new FakeChannel()];
  fill(batch);
  assertEquals(batch.sendBy(apart).map(({ seq }) => seq), [2]);
  assertEquals(apart.movedWith, [[buffers[0]!], [buffers[2]!], []]);
  batch.push(runOf(4, 1));
  batch.sendBy(together);
  assertEquals(together.moved, [], "they were moved before");
});

Deno.test("SendBatch passes on that a message cannot be sent which is of no job", () => {
  const batch = new SendBatch();
  batch.push([TO.end]);
  const channel = new FakeChannel();
  channel.send = () => {
    throw new RangeError("the way is closed");
  };
  assertThrows(() => batch.sendBy(channel), RangeError, "the way is closed");
});
