import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Assignment, type AssignmentHolder } from "../../src/pools/assignment.ts";
import { CONTINUES, type Flow, IDLE, PAUSED, TO } from "../../src/pools/protocol/messages.ts";
import { SendBatch } from "../../src/pools/send_batch.ts";
import { WorkerQueue } from "../../src/pools/worker_queue.ts";
import { FakeChannel, FakeJob, FakeSharedChannel } from "./fake_channel.ts";

/** More than the time after which a body holds up those behind it, in milliseconds. */
const STUCK_MS = 7;

const holder: AssignmentHolder = { abort: () => {} };

/** A queue inside a subprocess, or a thread, and what is sent to it. */
function queueOf(channel: FakeChannel | FakeSharedChannel = new FakeChannel()) {
  const batch = new SendBatch();
  const queue = new WorkerQueue(batch);
  queue.connect(channel instanceof FakeSharedChannel ? channel.shared : undefined);
  const add = (count = 1) =>
    Array.from({ length: count }, () => {
      const assignment = new Assignment(new FakeJob("fake#1"), "", holder);
      queue.add(assignment, 1, holder);
      return assignment;
    });
  const send = () => {
    queue.markSent();
    batch.sendBy(channel);
  };
  /** Listens, hears nothing, and takes. */
  const takeStalled = () => {
    assert(queue.listen());
    return queue.takeStalled();
  };
  return { queue, add, send, takeStalled, channel };
}

Deno.test("WorkerQueue numbers jobs from 1, and says which one is first", () => {
  const { queue, add } = queueOf();
  assertEquals([queue.size, queue.first], [0, undefined]);
  const all = add(3);
  assertEquals(all.map(({ seq, state }) => [seq, state]), [[1, "sent"], [2, "sent"], [3, "sent"]]);
  assertEquals([queue.size, queue.first], [3, all[0]]);
  assertEquals(queue.ended(1, CONTINUES).assignment, all[0]);
  assertEquals([queue.size, queue.first], [2, all[1]]);
});

Deno.test("WorkerQueue lets a worker speak of its first job only", () => {
  const { queue, add } = queueOf();
  assertThrows(() => queue.ended(1, IDLE), RangeError, "its job 1, but none");
  add(2);
  assertThrows(() => queue.ended(2, CONTINUES), RangeError, "its job 2, but 1");
  assertThrows(() => queue.begun(2), RangeError, "its job 2, but 1");
});

for (const flow of [CONTINUES, IDLE, PAUSED] as const satisfies readonly Flow[]) {
  Deno.test(`WorkerQueue gives credit exactly when the worker waits for it (flow ${flow})`, () => {
    const { queue, add, send, channel } = queueOf();
    add(2);
    send();
    queue.ended(1, flow);
    queue.expectFirst();
    send();
    assertEquals(channel.sent("credit"), flow === PAUSED ? [[2, 2]] : []);
    queue.ended(2, flow);
    send();
    assertEquals(channel.sent("credit").length, flow === PAUSED ? 1 : 0, "there is nothing to begin");
    add();
    send();
    assertEquals(channel.sent("credit"), flow === PAUSED ? [[2, 2], [3, 3]] : []);
    assertEquals(channel.parcels.at(-1)!.map(([kind]) => kind), flow === PAUSED ? [TO.credit, TO.run] : [TO.run]);
  });
}

Deno.test("WorkerQueue takes out what stands behind a long job, once it is certain that this one has begun", () => {
  using time = new FakeTime();
  const { queue, add, send, takeStalled, channel } = queueOf();
  const [, ...others] = add(3);
  send();
  time.tick(STUCK_MS);
  assertEquals([queue.listen(), queue.takeStalled()], [false, undefined], "it may not have begun");
  queue.begun(1);
  assertEquals([queue.listen(), queue.takeStalled()], [false, undefined], "it has begun just now");
  time.tick(STUCK_MS);
  assertEquals(queue.takeStalled(), undefined, "it may have said something that was not read yet");
  assertEquals(takeStalled(), { taken: others, longMs: STUCK_MS });
  assertEquals([queue.size, queue.acceptsJob], [1, false]);
  queue.ended(1, PAUSED);
  add();
  send();
  assertEquals(channel.sent("credit"), [[4, 4]], "everything before the fourth is dropped");
});

Deno.test("WorkerQueue tells a worker that has paused before the first job to drop what was taken out behind it", () => {
  using time = new FakeTime();
  const { queue, add, send, takeStalled, channel } = queueOf();
  add(3);
  send();
  queue.begun(1);
  time.tick(STUCK_MS);
  takeStalled();
  queue.creditRequested();
  send();
  assertEquals(channel.sent("credit"), [[1, 4]]);
});

Deno.test("WorkerQueue takes out at once what a thread has not begun", () => {
  using time = new FakeTime();
  const channel = new FakeSharedChannel();
  const { queue, add, send } = queueOf(channel);
  const [, , ...others] = add(4);
  send();
  channel.lastBegun = 2;
  time.tick(STUCK_MS);
  assertEquals([queue.listen(), queue.takeStalled()?.taken], [false, others], "no one needs to listen");
  assertEquals(queue.size, 2);
});

Deno.test("WorkerQueue takes out all that a thread has not begun, be it its first job; and nothing of a subprocess's", () => {
  for (const lastBegun of [0, 1, 2]) {
    const channel = new FakeSharedChannel();
    const { queue, add, send } = queueOf(channel);
    const all = add(3);
    send();
    channel.lastBegun = lastBegun;
    assertEquals(queue.takeNotBegun(), all.slice(lastBegun));
    assertEquals([queue.size, queue.first], [lastBegun, lastBegun === 0 ? undefined : all[0]]);
    assertEquals(channel.lastBegun, 3, "it never will");
  }
  const { queue, add } = queueOf();
  assertEquals(queue.takeNotBegun(), []);
  add(2);
  assertEquals([queue.takeNotBegun(), queue.size], [[], 2]);
});

Deno.test("WorkerQueue says whether the job behind one that has ended may have begun", () => {
  for (const [flow, may] of [[CONTINUES, true], [IDLE, true], [PAUSED, false]] as const) {
    const { queue, add, send } = queueOf();
    add(2);
    send();
    queue.ended(1, flow);
    assertEquals([flow, queue.mayFirstHaveBegun(flow)], [flow, may]);
  }
  for (const lastBegun of [1, 2]) {
    const channel = new FakeSharedChannel();
    const { queue, add, send } = queueOf(channel);
    add(2);
    send();
    channel.lastBegun = lastBegun;
    queue.ended(1, CONTINUES);
    assertEquals(queue.mayFirstHaveBegun(CONTINUES), lastBegun === 2);
  }
});

Deno.test("WorkerQueue takes out all jobs, or one that could not be sent, and takes others then", () => {
  const { queue, add, send } = queueOf();
  const [first, second] = add(2);
  assertEquals([queue.takeUnsent(2), queue.takeUnsent(7), queue.size], [second, undefined, 1]);
  assertEquals([queue.takeUnsent(1), queue.size, queue.acceptsJob], [first, 0, true]);
  const all = add(3);
  send();
  assertEquals([queue.takeAll(), queue.takeAll(), queue.acceptsJob], [all, [], true]);
});

Deno.test("WorkerQueue takes no job behind one that was aborted, or of which it is not known that it has begun", () => {
  const { queue, add, send } = queueOf();
  const [first] = add();
  assertEquals(queue.acceptsJob, true, "it can go out together with the first");
  send();
  assertEquals(queue.acceptsJob, false);
  queue.begun(1);
  assertEquals(queue.acceptsJob, true);
  first!.abort = { reason: "enough" };
  assertEquals(queue.acceptsJob, false);
  const thread = queueOf(new FakeSharedChannel());
  thread.add();
  thread.send();
  assertEquals(thread.queue.acceptsJob, true, "shared memory tells what has begun");
});
