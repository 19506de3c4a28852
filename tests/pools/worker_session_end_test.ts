import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { TaskCancelledError, WorkerLostError } from "../../mod.ts";
import { CONTINUES, IDLE, PAUSED } from "../../src/pools/protocol/messages.ts";
import { FakeChannel, FakeSharedChannel, type Stage, stageOf } from "./fake_channel.ts";

const PATIENCE_MS = 50;
const GRACE_MS = 1_000;

const LOSS = { message: "A worker was lost", options: { exitCode: 9 } };

/** Assigns jobs and sends them; the first one has begun, and is cancelled. */
function cancelFirst<C extends FakeChannel>(stage: Stage<C>, count: number): ReturnType<Stage<C>["assign"]>[] {
  const all = Array.from({ length: count }, () => stage.assign());
  stage.session.flush();
  stage.session.begun(1);
  if (stage.channel instanceof FakeSharedChannel) stage.channel.lastBegun = 1;
  all[0]!.assignment.onAbort(new TaskCancelledError("enough"));
  return all;
}

Deno.test("WorkerSession fails the job that has begun when its worker is lost, and gives back the others", async () => {
  const { session, owner, assign } = stageOf(new FakeChannel());
  const [first, ...others] = [assign(), assign(), assign()];
  session.flush();
  session.gone(LOSS);
  await session.over;
  assertEquals(first!.job.told, ["begin", "fail WorkerLostError"]);
  assertInstanceOf(first!.job.error, WorkerLostError);
  assertEquals([first!.job.error.exitCode, first!.job.error.task], [9, "fake"]);
  assertEquals(owner.back, others.map(({ assignment }) => assignment));
  assertEquals([others.map(({ job }) => job.told), owner.told, owner.loss], [[[], []], ["lost"], LOSS]);
  assertEquals([session.state, session.flows, session.load], ["gone", false, 0]);
});

Deno.test("WorkerSession gives back no job that was cancelled in its line", () => {
  const { session, owner, assign } = stageOf(new FakeChannel());
  const [, second, third] = [assign(), assign(), assign()];
  session.flush();
  second!.assignment.onAbort(new TaskCancelledError("enough"));
  session.gone(LOSS);
  assertEquals([owner.back, second!.assignment.state], [[third!.assignment], "over"]);
});

Deno.test("WorkerSession kills the worker of a body that was aborted and gives no sign, after a while", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel, owner } = stage;
  const [{ job }] = cancelFirst(stage, 1) as [ReturnType<typeof stage.assign>];
  await time.tickAsync(PATIENCE_MS - 1);
  assertEquals([channel.kills, session.state], [[], "ready"]);
  await time.tickAsync(1);
  assertEquals([channel.kills, session.state, owner.told], [["looping"], "retiring", ["retired"]]);
  session.gone(LOSS);
  channel.ending.resolve("ended");
  await session.over;
  assertEquals([owner.told, owner.loss, job.told], [["retired", "ended"], undefined, [
    "begin",
    "fail WorkerLostError",
  ]]);
});

Deno.test("WorkerSession gives a body that knows that it is cancelled more time to clean up", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  cancelFirst(stage, 1);
  stage.session.cancelling(1);
  await time.tickAsync(PATIENCE_MS);
  assertEquals([stage.session.state, stage.channel.kills], ["retiring", []]);
  await time.tickAsync(GRACE_MS - 1);
  assertEquals(stage.channel.kills, []);
  await time.tickAsync(1);
  assertEquals(stage.channel.kills, ["responsive"]);
  stage.session.gone(LOSS);
  stage.channel.ending.resolve("ended");
});

for (const heard of [false, true]) {
  Deno.test(`WorkerSession leaves a worker alone whose body ends in time after it was aborted (heard: ${heard})`, async () => {
    using time = new FakeTime();
    const stage = stageOf(new FakeChannel());
    const [, second] = cancelFirst(stage, 2);
    if (heard) stage.session.cancelling(1);
    await time.tickAsync(PATIENCE_MS - 1);
    stage.session.failed(1, CONTINUES, new Error("cancelled"));
    stage.session.caughtUp();
    await time.tickAsync(2 * GRACE_MS);
    assertEquals([stage.session.state, stage.channel.kills, second!.job.told], ["ready", [], ["begin"]]);
  });
}

Deno.test("WorkerSession hears its thread before it loses patience", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  cancelFirst(stage, 1);
  stage.channel.onhear = () => {
    stage.channel.onhear = () => {};
    stage.session.failed(1, IDLE, new Error("cancelled"));
  };
  await time.tickAsync(2 * PATIENCE_MS);
  assertEquals([stage.session.state, stage.channel.kills, stage.session.load], ["ready", [], 0]);
});

Deno.test("WorkerSession takes back what is behind a cancelled body before its worker is ended, though it reports all the time", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const [, ...others] = cancelFirst(stage, 3);
  stage.session.cancelling(1);
  for (let count = 0; count < 100; count++) {
    stage.session.progress(1, 0.5, undefined);
    stage.session.caughtUp();
    await time.tickAsync(1);
  }
  assertEquals(stage.owner.back, others.map(({ assignment }) => assignment));
  for (let count = 0; count < GRACE_MS; count += 50) {
    stage.session.progress(1, 0.5, undefined);
    stage.session.caughtUp();
    await time.tickAsync(50);
  }
  assertEquals(stage.channel.kills, ["responsive"]);
  stage.session.gone(LOSS);
  stage.channel.ending.resolve("ended");
  assertEquals(others.map(({ job }) => job.told), [[], []]);
});

for (const channel of [new FakeChannel(), new FakeSharedChannel()]) {
  const where = channel instanceof FakeSharedChannel ? "with memory that is shared" : "without memory that is shared";
  Deno.test(`WorkerSession gives back what its worker, being killed, has not begun (${where})`, async () => {
    using time = new FakeTime();
    const stage = stageOf<FakeChannel>(channel);
    const { session, owner } = stage;
    const [, second, third] = cancelFirst(stage, 3);
    await time.tickAsync(PATIENCE_MS);
    assertEquals(channel.kills, ["looping"]);
    // The body ended after all, before the worker did.
    session.failed(1, channel instanceof FakeSharedChannel ? CONTINUES : PAUSED, new Error("cancelled"));
    session.caughtUp();
    session.gone(LOSS);
    channel.ending.resolve("ended");
    await session.over;
    assertEquals(owner.back, [second!.assignment, third!.assignment]);
    assertEquals([second!.job.told, second!.assignment.state, channel.sent("credit")], [[], "waiting", []]);
  });

  Deno.test(`WorkerSession does not give back what its worker, being killed, may have begun (${where})`, async () => {
    using time = new FakeTime();
    const own = channel instanceof FakeSharedChannel ? new FakeSharedChannel() : new FakeChannel();
    const stage = stageOf<FakeChannel>(own);
    const [, second, third] = cancelFirst(stage, 3);
    await time.tickAsync(PATIENCE_MS);
    if (own instanceof FakeSharedChannel) own.lastBegun = 2;
    stage.session.failed(1, CONTINUES, new Error("cancelled"));
    stage.session.gone(LOSS);
    own.ending.resolve("ended");
    await stage.session.over;
    assertEquals(second!.job.told, ["begin", "fail WorkerLostError"]);
    assertEquals(stage.owner.back, [third!.assignment]);
  });
}

Deno.test("WorkerSession gives up a thread that cannot be ended, and what it had in line; and says so when it ends after all", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  const { session, channel, owner } = stage;
  const [first, second] = cancelFirst(stage, 2);
  await time.tickAsync(PATIENCE_MS);
  assertEquals(owner.told, ["retired", "suspected"]);
  channel.ending.resolve("loops");
  await session.over;
  assertEquals([owner.told, session.state], [["retired", "suspected", "loops"], "gone"]);
  assertEquals([owner.back, first!.job.told], [[second!.assignment], ["begin"]]);
  session.gone(LOSS);
  assertEquals(owner.told, ["retired", "suspected", "loops", "cleared"]);
  assertEquals(first!.job.told, ["begin", "fail WorkerLostError"]);
});

Deno.test("WorkerSession lets a worker without a job end, and one with jobs when they are over", async () => {
  const idle = stageOf(new FakeChannel());
  idle.session.retire();
  await idle.session.over;
  assertEquals([idle.channel.ends, idle.owner.told], [1, ["retired", "ended"]]);
  const busy = stageOf(new FakeChannel());
  const { job } = busy.assign();
  busy.session.flush();
  busy.session.retire();
  busy.session.retire();
  assert(!busy.session.flows);
  assertEquals([busy.channel.ends, busy.owner.told], [0, ["retired"]]);
  busy.session.done(1, IDLE, 1);
  busy.session.caughtUp();
  await busy.session.over;
  assertEquals([busy.channel.ends, busy.owner.told, job.told], [1, ["retired", "ended"], ["begin", "complete 1"]]);
});

Deno.test("WorkerSession that is shut cancels the body that runs, and waits until its worker is gone", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel, owner } = stage;
  stage.assign();
  session.flush();
  let isOver = false;
  const shut = session.shut().then(() => isOver = true);
  await time.tickAsync(PATIENCE_MS);
  assertEquals([channel.sent("cancel").map(([seq]) => seq), channel.kills, isOver], [[1], ["looping"], false]);
  session.gone(LOSS);
  channel.ending.resolve("ended");
  await shut;
  assertEquals([isOver, owner.loss, session.state], [true, undefined, "gone"]);
  await session.shut();
});
