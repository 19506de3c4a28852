import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { TaskCancelledError, TaskTimeoutError, WorkerLostError } from "../../mod.ts";
import { CONTINUES, IDLE, PAUSED } from "../../src/pools/protocol/messages.ts";
import { settle } from "../support.ts";
import { FakeChannel, FakeSharedChannel, type Stage, stageOf } from "./fake_channel.ts";

/** More than a worker has to say that its body knows, and how long that one then has, in milliseconds. */
const PATIENCE_MS = 25;
const GRACE_MS = 1_000;

const LOSS = { message: "A worker was lost", options: { exitCode: 9 } };

/** Assigns jobs and sends them; the first one has begun, and is cancelled. */
function cancelFirst(stage: Stage<FakeChannel | FakeSharedChannel>, count: number) {
  const all = Array.from({ length: count }, () => stage.assign());
  stage.session.flush();
  if (stage.channel instanceof FakeSharedChannel) stage.channel.lastBegun = 1;
  else stage.session.begun(1);
  all[0]!.assignment.onAbort(new TaskCancelledError("enough"));
  return all as [typeof all[0], ...typeof all];
}

/** Lets that time pass, and gives other threads their chance. */
function pass(time: FakeTime, { witness }: Stage<FakeChannel | FakeSharedChannel>, milliseconds: number): void {
  time.tick(milliseconds);
  witness.work();
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
  assertEquals([others.map(({ job }) => job.told), owner.told, owner.failure], [[[], []], ["gone"], undefined]);
  assertEquals([session.state, session.acceptsJob, session.load], ["gone", false, 0]);
});

Deno.test("WorkerSession gives back no job that was cancelled in its queue", () => {
  const { session, owner, assign } = stageOf(new FakeChannel());
  const [, second, third] = [assign(), assign(), assign()];
  session.flush();
  second!.assignment.onAbort(new TaskCancelledError("enough"));
  session.gone(LOSS);
  assertEquals([owner.back, second!.assignment.state], [[third!.assignment], "settled"]);
});

Deno.test("WorkerSession refuses what no worker says", () => {
  const stage = stageOf(new FakeChannel());
  assertThrows(() => stage.session.ready(), RangeError, `"started" cannot happen to a worker that is "serving"`);
  assertThrows(() => stage.session.begun(1), RangeError, "1, but none");
  stage.assign();
  stage.session.flush();
  stage.session.begun(1);
  assertThrows(() => stage.session.begun(1), RangeError, `"begun" cannot happen to a queue that is "running"`);
  stage.session.heardAbort(1); // it crossed nothing: the job was not aborted
  assertEquals(stage.session.state, "serving");
});

// A body that does not hear that it was aborted

Deno.test("WorkerSession kills a subprocess whose body gives no sign, though it had every chance to", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel, owner } = stage;
  const [{ job }] = cancelFirst(stage, 1);
  time.tick(60_000 / 10);
  assertEquals([channel.ends, session.state], [[], "serving"], "the machine is too busy to judge it");
  stage.witness.work();
  assertEquals([channel.ends, session.state, owner.told], [["kill"], "stopping", ["retired"]]);
  session.gone(LOSS);
  await session.over;
  assertEquals([owner.told, owner.failure, job.told], [["retired", "gone"], undefined, [
    "begin",
    "fail WorkerLostError",
  ]]);
});

Deno.test("WorkerSession puts a thread in quarantine whose body gives no sign, and gives back what it had in its queue", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  const { session, channel, owner } = stage;
  const [first, second] = cancelFirst(stage, 2);
  pass(time, stage, PATIENCE_MS);
  await session.over;
  assertEquals([owner.told, session.state, channel.ends], [["quarantined fake"], "quarantined", []]);
  assertEquals([owner.back, first.job.told], [[second!.assignment], ["begin"]]);
  session.gone(LOSS);
  assertEquals([owner.told, owner.losses], [["quarantined fake", "gone"], []]);
  assertEquals(first.job.told, ["begin", "fail WorkerLostError"]);
});

for (const how of ["has heard", "has ended"] as const) {
  Deno.test(`WorkerSession releases a thread from quarantine whose body ${how} after all, and ends it`, async () => {
    using time = new FakeTime();
    const stage = stageOf(new FakeSharedChannel());
    const { session, channel, owner } = stage;
    const [{ job }] = cancelFirst(stage, 1);
    pass(time, stage, PATIENCE_MS);
    if (how === "has heard") {
      session.heardAbort(1);
      session.caughtUp();
      pass(time, stage, GRACE_MS - 1);
      assertEquals([session.state, channel.ends], ["draining", []], "it has its second");
    }
    session.failed(1, CONTINUES, new Error("cancelled"));
    session.caughtUp();
    channel.ended.resolve();
    await time.tickAsync(0);
    assertEquals([session.state, channel.ends], ["gone", ["end"]]);
    assertEquals(owner.told, ["quarantined fake", "released", "gone"]);
    assertEquals(job.told, ["begin", "fail Error"]);
  });
}

Deno.test("WorkerSession puts a thread in quarantine that has not even begun the job, and has it end when it can", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  const { session, channel, owner, assign } = stage;
  const { job, assignment } = assign();
  session.flush();
  assignment.onAbort(new TaskTimeoutError("late"));
  pass(time, stage, PATIENCE_MS);
  assertEquals([session.state, channel.ends, owner.told], ["quarantined", ["stop"], ["quarantined fake"]]);
  assertEquals([job.told, owner.back], [["begin", "fail TaskTimeoutError"], []], "its runner waits for that");
  session.gone(LOSS);
  assertEquals(owner.told, ["quarantined fake", "gone"]);
});

Deno.test("WorkerSession reads what its thread has said before it takes it for deaf", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  cancelFirst(stage, 1);
  stage.channel.ondrain = () => {
    stage.channel.ondrain = () => {};
    stage.session.failed(1, IDLE, new Error("cancelled"));
  };
  pass(time, stage, 2 * PATIENCE_MS);
  assertEquals([stage.session.state, stage.channel.ends, stage.session.load], ["serving", [], 0]);
});

// A body that hears it

Deno.test("WorkerSession gives a body that knows that it is cancelled a second to clean up, and keeps its worker in service", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel } = stage;
  cancelFirst(stage, 1);
  session.heardAbort(1);
  pass(time, stage, GRACE_MS - 1);
  assertEquals([session.state, session.acceptsJob, channel.ends], ["serving", false, []]);
  session.failed(1, IDLE, new Error("cancelled"));
  session.caughtUp();
  pass(time, stage, 60_000);
  assertEquals([session.state, session.acceptsJob, channel.ends], ["serving", true, []]);
});

Deno.test("WorkerSession gives a body its second from when it heard, however late that was", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel } = stage;
  cancelFirst(stage, 1);
  time.tick(5_000); // no thread got to do anything
  session.heardAbort(1);
  pass(time, stage, GRACE_MS - 1);
  assertEquals([session.state, channel.ends], ["serving", []]);
  pass(time, stage, 1);
  assertEquals([session.state, channel.ends], ["stopping", ["stop"]]);
  session.gone(LOSS);
});

Deno.test("WorkerSession kills a subprocess that was asked to end after its body's second, and does not", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  cancelFirst(stage, 1);
  stage.session.heardAbort(1);
  pass(time, stage, GRACE_MS);
  pass(time, stage, PATIENCE_MS);
  assertEquals([stage.session.state, stage.channel.ends], ["stopping", ["stop", "kill"]]);
  stage.session.gone(LOSS);
});

Deno.test("WorkerSession puts a thread in quarantine that was asked to end after its body's second, and does not", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  cancelFirst(stage, 1);
  stage.session.heardAbort(1);
  pass(time, stage, GRACE_MS);
  pass(time, stage, PATIENCE_MS);
  assertEquals([stage.session.state, stage.channel.ends], ["quarantined", ["stop"]]);
  assertEquals(stage.owner.told, ["retired", "quarantined fake"]);
  stage.session.gone(LOSS);
});

for (const heard of [false, true]) {
  Deno.test(`WorkerSession leaves a worker alone whose body ends in time after it was aborted (heard: ${heard})`, () => {
    using time = new FakeTime();
    const stage = stageOf(new FakeChannel());
    const [, second] = cancelFirst(stage, 2);
    if (heard) stage.session.heardAbort(1);
    time.tick(PATIENCE_MS - 1);
    stage.session.failed(1, CONTINUES, new Error("cancelled"));
    stage.session.caughtUp();
    pass(time, stage, 2 * GRACE_MS);
    assertEquals([stage.session.state, stage.channel.ends, second!.job.told], ["serving", [], ["begin"]]);
  });
}

Deno.test("WorkerSession gives back what is behind a cancelled body before its worker is ended, though it reports all the time", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const [, ...others] = cancelFirst(stage, 3);
  stage.session.heardAbort(1);
  time.tick(5);
  stage.session.listen();
  stage.session.progress(1, 0.5, undefined);
  stage.session.caughtUp();
  stage.session.revokeStalled();
  assertEquals(stage.owner.back, others.map(({ assignment }) => assignment));
  for (let passed = 0; passed < GRACE_MS; passed += 50) {
    stage.session.progress(1, 0.5, undefined);
    stage.session.caughtUp();
    pass(time, stage, 50);
  }
  assertEquals(stage.channel.ends, ["stop"]);
  stage.session.gone(LOSS);
  assertEquals(others.map(({ job }) => job.told), [[], []]);
});

// The end of a worker that is not lost

for (const kind of ["subprocess", "thread"] as const) {
  const open = () => kind === "thread" ? new FakeSharedChannel() : new FakeChannel();

  Deno.test(`WorkerSession gives back what its ${kind}, being ended, has not begun`, async () => {
    using time = new FakeTime();
    const stage = stageOf(open());
    const { session, owner, channel } = stage;
    const [, second, third] = cancelFirst(stage, 3);
    session.heardAbort(1);
    pass(time, stage, GRACE_MS);
    assertEquals(channel.ends, ["stop"]);
    // The body ended after all, before the worker did.
    session.failed(1, kind === "thread" ? CONTINUES : PAUSED, new Error("cancelled"));
    session.caughtUp();
    channel.ended.resolve();
    await session.over;
    assertEquals(owner.back, [second!.assignment, third!.assignment]);
    assertEquals([second!.job.told, second!.assignment.state, channel.sent("credit")], [[], "waiting", []]);
    assertEquals([session.state, channel.ends], ["gone", ["stop", "end"]]);
  });
}

Deno.test("WorkerSession does not give back what its subprocess, being killed, may have begun", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const [, second, third] = cancelFirst(stage, 3);
  pass(time, stage, PATIENCE_MS);
  stage.session.failed(1, CONTINUES, new Error("cancelled"));
  stage.session.gone(LOSS);
  await stage.session.over;
  assertEquals(second!.job.told, ["begin", "fail WorkerLostError"]);
  assertEquals(stage.owner.back, [third!.assignment]);
});

Deno.test("WorkerSession does not give back what its thread has begun, though it was to be ended", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeSharedChannel());
  const [, second, third] = cancelFirst(stage, 3);
  stage.channel.lastBegun = 2; // and it has said so, but that was not read
  stage.channel.ondrain = () => {
    stage.channel.ondrain = () => {};
    stage.session.failed(1, CONTINUES, new Error("cancelled"));
    stage.session.caughtUp();
  };
  pass(time, stage, PATIENCE_MS);
  assertEquals([stage.session.state, second!.job.told], ["serving", ["begin"]]);
  assertEquals(stage.owner.back, [third!.assignment]);
  stage.session.done(2, CONTINUES, "x");
  stage.session.caughtUp();
  assertEquals([stage.session.load, stage.session.acceptsJob], [0, true]);
});

Deno.test("WorkerSession lets a worker without a job end, and one with jobs when they have ended", async () => {
  const idle = stageOf(new FakeChannel());
  idle.session.retire();
  idle.channel.ended.resolve();
  await idle.session.over;
  assertEquals([idle.channel.ends, idle.owner.told], [["end"], ["retired", "gone"]]);
  const busy = stageOf(new FakeChannel());
  const { job } = busy.assign();
  busy.session.flush();
  busy.session.retire();
  busy.session.retire();
  assert(!busy.session.acceptsJob);
  assertEquals([busy.channel.ends, busy.owner.told], [[], ["retired"]]);
  busy.session.done(1, IDLE, 1);
  busy.session.caughtUp();
  busy.channel.ended.resolve();
  await busy.session.over;
  assertEquals([busy.channel.ends, busy.owner.told, job.told], [["end"], ["retired", "gone"], ["begin", "complete 1"]]);
});

Deno.test("WorkerSession that is shut cancels the body that runs, and waits until its worker is gone", async () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel, owner } = stage;
  stage.assign();
  session.flush();
  let isOver = false;
  const shut = session.shut().then(() => isOver = true);
  await settle();
  pass(time, stage, PATIENCE_MS);
  assertEquals([channel.sent("cancel").map(([seq]) => seq), channel.ends, isOver], [[1], ["kill"], false]);
  session.gone(LOSS);
  await shut;
  assertEquals([isOver, owner.failure, session.state], [true, undefined, "gone"]);
  await session.shut();
});

Deno.test("WorkerSession says why its worker could not be started, and only then", () => {
  for (const hasStarted of [false, true]) {
    const stage = stageOf(new FakeChannel(), hasStarted);
    stage.session.gone(LOSS);
    assertEquals([stage.owner.told, stage.owner.failure], [["gone"], hasStarted ? undefined : LOSS]);
    assertEquals(stage.owner.losses, [LOSS.message]);
  }
});
