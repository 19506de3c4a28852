import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { Outgoing } from "../../src/pools/outgoing.ts";
import { type RunMessage, TO } from "../../src/pools/protocol/messages.ts";
import { FakeChannel, UNSENDABLE } from "./fake_channel.ts";

/** A message to run a task with that argument. */
function runOf(seq: number, arg: unknown): RunMessage {
  return [TO.run, seq, 1, 1, 0, `id#${seq}`, [arg]];
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

Deno.test("Outgoing sends everything as one, once", () => {
  const [outgoing, channel] = [new Outgoing(), new FakeChannel()];
  assertEquals(outgoing.isEmpty, true);
  outgoing.push([TO.go, 1, 1]);
  outgoing.push(runOf(1, "a"));
  assertEquals(outgoing.isEmpty, false);
  assertEquals(outgoing.sendBy(channel), []);
  assertEquals([channel.parcels, outgoing.isEmpty], [[[[TO.go, 1, 1], runOf(1, "a")]], true]);
});

Deno.test("Outgoing sends the others without what cannot be sent, in order, and says what that was", () => {
  const [outgoing, channel] = [new Outgoing(), new FakeChannel()];
  outgoing.push([TO.define, 1, "m", "a", "b"]);
  for (const [index, arg] of ["a", UNSENDABLE, "b", UNSENDABLE, "c"].entries()) outgoing.push(runOf(index + 1, arg));
  outgoing.push([TO.cancel, 1, "why"]);
  const unsendable = outgoing.sendBy(channel);
  assertEquals(unsendable.map(({ seq }) => seq), [2, 4]);
  for (const { error } of unsendable) assertInstanceOf(error, TypeError);
  assertEquals(channel.parcels.flat().map(([kind]) => kind), [TO.define, TO.run, TO.run, TO.run, TO.cancel]);
  assertEquals(channel.ran, [1, 3, 5]);
});

Deno.test("Outgoing begins anew while it sends: what is added then goes next", () => {
  const outgoing = new Outgoing();
  const channel = new FakeChannel();
  const send = channel.send.bind(channel);
  channel.send = (messages, moved) => {
    if (channel.parcels.length === 0) outgoing.push(runOf(2, "b"));
    send(messages, moved);
  };
  outgoing.push(runOf(1, "a"));
  outgoing.sendBy(channel);
  outgoing.sendBy(channel);
  assertEquals(channel.parcels, [[runOf(1, "a")], [runOf(2, "b")]]);
});

Deno.test("Outgoing moves the buffers of each job with it, and only with it", () => {
  const buffers = [1, 2, 3].map((length) => new ArrayBuffer(length));
  const fill = (outgoing: Outgoing) => {
    for (const [index, buffer] of buffers.entries()) {
      outgoing.push(runOf(index + 1, index === 1 ? UNSENDABLE : buffer));
      outgoing.move(index + 1, [buffer]);
    }
    outgoing.push([TO.end]);
  };
  const [outgoing, apart, together] = [new Outgoing(), new OneByOne(), new FakeChannel()];
  fill(outgoing);
  assertEquals(outgoing.sendBy(apart).map(({ seq }) => seq), [2]);
  assertEquals(apart.movedWith, [[buffers[0]!], [buffers[2]!], []]);
  outgoing.push(runOf(4, 1));
  outgoing.sendBy(together);
  assertEquals(together.moved, [], "they were moved before");
});

Deno.test("Outgoing passes on that a message cannot be sent which is of no job", () => {
  const outgoing = new Outgoing();
  outgoing.push([TO.end]);
  const channel = new FakeChannel();
  channel.send = () => {
    throw new RangeError("the way is closed");
  };
  assertThrows(() => outgoing.sendBy(channel), RangeError, "the way is closed");
});
