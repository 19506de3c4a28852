import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskCancelledError, TaskTimeoutError } from "../../mod.ts";
import { FakeTime } from "@std/testing/time";
import { CONTINUES, IDLE, PAUSED, TO } from "../../src/pools/protocol/messages.ts";
import type { WorkerSession } from "../../src/pools/worker_session.ts";
import { FakeChannel, FakeSharedChannel, stageOf, UNSENDABLE } from "./fake_channel.ts";

/** More than the time after which a body holds up those behind it, in milliseconds. */
const STUCK_MS = 7;

/** Lets a session listen, hear what is said, and look at what is behind a body that takes long. */
function look(session: WorkerSession, say: () => void = () => {}): { listened: boolean; stays: boolean } {
  const listened = session.listen();
  say();
  return { listened, stays: session.revokeStalled() };
}

Deno.test("WorkerSession sends what it was assigned with the next flush, in order, and defines a task once", () => {
  const stage = stageOf(new FakeChannel());
  const { session, channel } = stage;
  stage.assign("a");
  stage.assign("b");
  assertEquals(channel.parcels, []);
  session.flush();
  stage.assign("c");
  session.flush();
  session.flush();
  assertEquals([channel.parcels.length, channel.sent("define").length], [2, 1]);
  assertEquals(channel.sent("run").map(([seq, , , , id, args]) => [seq, id, args]), [
    [1, "fake#1", ["a"]],
    [2, "fake#2", ["b"]],
    [3, "fake#3", ["c"]],
  ]);
  assertEquals([session.load, session.sent], [3, 3]);
});

Deno.test("WorkerSession says of its first job at once that it begins, and of others when those before have ended", () => {
  const stage = stageOf(new FakeChannel());
  const jobs = [1, 2, 3].map(() => stage.assign().job);
  assertEquals(jobs.map(({ told }) => told), [["begin"], [], []]);
  stage.session.flush();
  stage.session.done(1, CONTINUES, "x");
  assertEquals(jobs.map(({ told }) => told), [["begin", "complete x"], ["begin"], []]);
  stage.session.timedOut(2, CONTINUES);
  stage.session.failed(3, IDLE, new RangeError("no"));
  assertEquals(jobs.slice(1).map(({ told }) => told), [["begin", "time out"], ["begin", "fail RangeError"]]);
  assertEquals(stage.session.load, 0);
});

Deno.test("WorkerSession throws at outcomes that are not of the job under way", () => {
  const stage = stageOf(new FakeChannel());
  assertThrows(() => stage.session.done(1, IDLE, 1), RangeError, "none is under way");
  stage.assign();
  stage.assign();
  assertThrows(() => stage.session.done(2, CONTINUES, 1), RangeError, "2, but 1");
});

Deno.test("WorkerSession passes on what the job under way tells, and nothing of others", () => {
  const stage = stageOf(new FakeChannel());
  const [first, second] = [stage.assign().job, stage.assign().job];
  stage.session.started(1);
  stage.session.progress(1, 0.5, "half");
  stage.session.log(1, "warn", ["careful"]);
  stage.session.started(2);
  stage.session.progress(2, 0.5, "not begun");
  stage.session.log(7, "warn", ["not there"]);
  assertEquals([first.told, second.told], [["begin", "started", "progress 0.5 half", "warn careful"], []]);
});

Deno.test("WorkerSession takes no job behind one of which it is not known that it has begun", () => {
  const stage = stageOf(new FakeChannel());
  const { session } = stage;
  stage.assign();
  assert(session.acceptsJob, "it can go out together with the first");
  session.flush();
  assert(!session.acceptsJob, "it is not known whether the first has begun");
  session.begun(1);
  assert(session.acceptsJob);
  stage.assign();
  session.flush();
  session.done(1, CONTINUES, 1);
  assert(session.acceptsJob, "the worker said that it continues");
  session.creditRequested();
  assert(!session.acceptsJob, "it has paused after all");
});

Deno.test("WorkerSession gives back what is behind a long job once its worker was silent", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, owner } = stage;
  const all = [1, 2, 3].map(() => stage.assign().assignment);
  session.flush();
  time.tick(STUCK_MS);
  assertEquals(look(session), { listened: false, stays: true }, "nothing is known of the first");
  session.begun(1);
  assertEquals(look(session), { listened: false, stays: true }, "it was heard of just now");
  time.tick(STUCK_MS);
  assertEquals(owner.back, []);
  assertEquals(look(session), { listened: true, stays: false });
  assertEquals(owner.back, all.slice(1));
  assertEquals([all.map(({ state }) => state), session.load], [["begun", "waiting", "waiting"], 1]);
  assert(!session.acceptsJob, "others would have to wait as well");
  assertEquals(look(session), { listened: false, stays: false }, "nothing stands behind it");
});

Deno.test("WorkerSession gives nothing back if its worker speaks of a job while it listens", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, owner } = stage;
  [1, 2, 3].map(() => stage.assign());
  session.flush();
  session.begun(1);
  time.tick(STUCK_MS);
  const end = () => {
    session.done(1, CONTINUES, 1);
    session.caughtUp();
  };
  assertEquals(look(session, end), { listened: true, stays: true });
  time.tick(STUCK_MS);
  assertEquals(look(session, () => session.creditRequested()), { listened: true, stays: true });
  time.tick(STUCK_MS);
  assertEquals(look(session), { listened: false, stays: true });
  assertEquals(owner.back, [], "the second has not begun, but will: nothing can be revoked behind it");
});

Deno.test("WorkerSession does not take progress and logs for signs that a job is not long", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, owner } = stage;
  stage.assign();
  const { assignment } = stage.assign();
  session.flush();
  session.begun(1);
  time.tick(STUCK_MS);
  look(session, () => {
    session.progress(1, 0.5, undefined);
    session.log(1, "info", []);
    session.caughtUp();
  });
  assertEquals(owner.back, [assignment]);
});

Deno.test("WorkerSession tells a worker that has paused to continue with what is next", () => {
  const stage = stageOf(new FakeChannel());
  const { session, channel } = stage;
  stage.assign();
  stage.assign();
  session.flush();
  session.done(1, PAUSED, 1);
  session.caughtUp();
  assertEquals(channel.sent("credit"), [[2, 2]]);
  session.done(2, PAUSED, 1);
  session.caughtUp();
  assertEquals(channel.sent("credit").length, 1, "there is nothing to continue with");
  stage.assign();
  session.flush();
  assertEquals([channel.sent("credit"), channel.ran], [[[2, 2], [3, 3]], [1, 2, 3]]);
});

Deno.test("WorkerSession tells a worker to drop what was revoked", () => {
  using time = new FakeTime();
  const stage = stageOf(new FakeChannel());
  const { session, channel } = stage;
  for (let count = 0; count < 4; count++) stage.assign();
  session.flush();
  session.begun(1);
  time.tick(STUCK_MS);
  look(session);
  session.done(1, PAUSED, 1);
  session.caughtUp();
  stage.assign();
  session.flush();
  const [, last] = channel.parcels;
  assertEquals(channel.sent("credit"), [[5, 5]], "everything before the fifth is dropped");
  assert(
    last!.findIndex(([kind]) => kind === TO.credit) < last!.findIndex(([kind]) => kind === TO.run),
    "it is told first",
  );
});

Deno.test("WorkerSession answers a worker that asks though it said that it is idle", () => {
  const stage = stageOf(new FakeChannel());
  const { session, channel } = stage;
  stage.assign();
  session.flush();
  session.done(1, IDLE, 1);
  session.caughtUp();
  session.creditRequested();
  session.caughtUp();
  assertEquals(channel.sent("credit"), []);
  stage.assign();
  session.flush();
  assertEquals(channel.sent("credit"), [[2, 2]]);

  session.done(2, IDLE, 1);
  session.caughtUp();
  stage.assign();
  session.flush(); // before it is heard that the worker asks
  session.creditRequested();
  session.caughtUp();
  assertEquals(channel.sent("credit"), [[2, 2], [3, 3]]);
});

Deno.test("WorkerSession leaves out a job that cannot be sent, and keeps the order of the others", () => {
  const stage = stageOf(new FakeChannel());
  const { session, channel, owner } = stage;
  const jobs = [1, UNSENDABLE, 3, UNSENDABLE, 5].map((arg) => stage.assign(arg).job);
  // A slot that becomes free brings another job at once.
  let more = 2;
  owner.oncaughtUp = () => {
    if (more-- > 0) stage.assign("more");
  };
  for (const job of jobs) job.onend = () => owner.oncaughtUp();
  session.flush();
  assertEquals(channel.ran, [1, 3, 5, 6, 7]);
  assertEquals(jobs.map(({ told }) => told), [["begin"], ["fail TypeError"], [], ["fail TypeError"], []]);
  for (const seq of [1, 3, 5, 6, 7]) session.done(seq, CONTINUES, seq);
  assertEquals([session.load, jobs[4]!.told], [0, ["begin", "complete 5"]]);
});

Deno.test("WorkerSession begins the next job if its first one cannot be sent", () => {
  const stage = stageOf(new FakeChannel());
  const [first, second] = [stage.assign(UNSENDABLE).job, stage.assign().job];
  stage.session.flush();
  assertEquals([first.told, second.told], [["begin", "fail TypeError"], ["begin"]]);
});

for (const shares of [false, true]) {
  const where = shares ? "with memory that is shared" : "without memory that is shared";

  Deno.test(`WorkerSession tells its worker of a job that was cancelled in its line, once (${where})`, async () => {
    const stage = stageOf(shares ? new FakeSharedChannel() : new FakeChannel());
    const { session, channel } = stage;
    stage.assign();
    const { assignment, job } = stage.assign();
    session.flush();
    const reason = new TaskCancelledError("enough");
    assignment.onAbort(reason);
    session.abort(assignment, reason);
    await Promise.resolve();
    assertEquals(channel.sent("cancel").map(([seq]) => seq), [2]);
    if (channel instanceof FakeSharedChannel) assertEquals(channel.aborts, [], "the flag is that of the first");
    session.done(1, CONTINUES, 1);
    if (channel instanceof FakeSharedChannel) assertEquals(channel.aborts, [[2, "cancelled"]]);
    assertEquals(job.told, [], "it does not hold up anything");
    session.failed(2, IDLE, reason);
    assertEquals(session.load, 0);
  });
}

Deno.test("WorkerSession flags the job under way, and says why it is to end", () => {
  const stage = stageOf(new FakeSharedChannel());
  for (const reason of [new TaskTimeoutError("late"), new TaskCancelledError("enough")]) {
    const { assignment } = stage.assign();
    assignment.onAbort(reason);
    stage.session.failed(assignment.seq, IDLE, reason);
  }
  assertEquals(stage.channel.aborts, [[1, "out of time"], [2, "cancelled"]]);
});

Deno.test("WorkerSession cancels a job that is not wanted any more when it begins", async () => {
  const stage = stageOf(new FakeChannel());
  stage.assign();
  const { job } = stage.assign();
  job.wanted = false;
  stage.session.flush();
  stage.session.done(1, CONTINUES, 1);
  await Promise.resolve();
  assertEquals(stage.channel.sent("cancel").map(([seq]) => seq), [2]);
  stage.session.failed(2, IDLE, new Error("cancelled"));
});

Deno.test("WorkerSession passes on what is printed to the job that prints, and writes what no one shows", () => {
  const { session, channel, assign, owner } = stageOf(new FakeChannel());
  owner.taps = true;
  session.print(0, "info", "console", "of nothing\n");
  const { job } = assign();
  session.flush();
  session.print(1, "info", "console", "hello\n");
  job.showsPrints = true;
  session.print(1, "warn", "console", "shown\n");
  assertEquals(session.output("by hand\n"), true);
  session.done(1, IDLE, 5);
  session.print(1, "info", "console", "late\n");
  assertEquals(job.told, [
    "begin",
    "console info hello\n",
    "console warn shown\n",
    "output error by hand\n",
    "complete 5",
    "console info late\n",
  ]);
  assertEquals(channel.written, ["info of nothing\n", "info hello\n"]);
  assertEquals([job.worker, session.name], ["fake-1", "fake-1"]);
});

Deno.test("WorkerSession remembers no job that has ended, unless someone wants to know what bodies print", () => {
  const { session, channel, assign, owner } = stageOf(new FakeChannel());
  const { job } = assign();
  session.flush();
  session.done(1, IDLE, 5);
  session.print(1, "info", "console", "late\n");
  assertEquals([session.output("late"), job.told, channel.written], [false, ["begin", "complete 5"], ["info late\n"]]);
  owner.taps = true;
  session.tap(true);
  assertEquals(channel.sent("tap"), [[true]]);
});
