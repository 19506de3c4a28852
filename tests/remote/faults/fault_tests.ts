/**
 * What happens to tasks when workers, runners and servers are killed or stand still.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { TaskRunner, WorkerLostError } from "../../../mod.ts";
import { until } from "../../support.ts";
import type { TestEngine, TestPlace, TestServer } from "./engines.ts";
import { LeaseClock } from "./lease_clock.ts";
import { Proxy } from "./proxy.ts";
import { LEASE_MS, Stage } from "./stage.ts";
import { nap } from "./tasks.ts";

type Scene<P extends TestPlace> = (stage: Stage<P>, runner: TaskRunner) => Promise<void>;

/** How long a body takes that is to be interrupted, in milliseconds. */
const LONG_MS = 600_000;
/** How often a cancellation is timed. */
const ROUNDS = 11;

const SCENES: Readonly<Record<string, Scene<TestPlace>>> = {
  "a killed worker: its task fails with its name, or runs again": async (stage, runner) => {
    const doomed = await stage.worker("doomed");
    const run = runner.serve();
    const single = runner.submit(nap, LONG_MS, "single");
    await until("it runs", () => stage.lines("begin").length === 1);
    const again = runner.submit(nap.with({ retries: 1 }), 1_000, "again");
    await until("both run", () => stage.lines("begin").length === 2);
    await doomed.kill();
    await stage.worker("other");
    const error = await single.exception();
    assertInstanceOf(error, WorkerLostError);
    assertEquals(error.worker, "doomed");
    assertEquals([await again, again.attempts], ["again took 1000", 2]);
    await runner.stop();
    await run;
  },

  "a killed worker's task begins elsewhere within 1.2 leases": async (stage, runner) => {
    const doomed = await stage.worker("doomed", 1);
    const run = runner.serve();
    const moved = runner.submit(nap.with({ retries: 1 }), LONG_MS, "moved");
    await until("it runs", () => moved.status === "running");
    await stage.worker("other", 1);
    await using clock = new LeaseClock(stage.server, LEASE_MS);
    await doomed.kill();
    clock.start();
    await until("it is lost", () => moved.history[0]?.finishedAt !== undefined);
    // How long a worker takes to begin is a matter of the machine: not longer than for what is submitted at that moment.
    const leases = clock.leases;
    const control = runner.submit(nap, 1, "control");
    await until("it runs elsewhere", () => stage.lines("begin").length === 2);
    assert(leases <= 1.2, `${leases} leases`);
    assertEquals(stage.lines("begin").map(({ id, attempt }) => [id, attempt]), [[moved.id, 1], [moved.id, 2]]);
    moved.cancel();
    await control;
    await runner.stop();
    await run;
  },

  "a body hears of its cancellation within 100 ms": async (stage, runner) => {
    await stage.worker("only", 2);
    const run = runner.serve();
    const late: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const cancelled = runner.submit(nap, LONG_MS, `cancelled ${round}`);
      await until("its body runs", () => stage.lines("begin").some(({ id }) => id === cancelled.id));
      await until("it is known to run", () => cancelled.status === "running");
      const at = Date.now();
      cancelled.cancel();
      await runner.submit(nap, 0, `control ${round}`);
      const took = Date.now() - at;
      const told = () => stage.lines("abort").find(({ id }) => id === cancelled.id);
      await until("the body is told", () => told() !== undefined);
      late.push(told()!.at - at - took);
    }
    // On a slow machine all takes longer, also the way of another task to a free slot of that worker and back. What is told
    // with a heartbeat only, or by asking once a second, is late in most rounds.
    const inTime = late.filter((each) => each <= 100).length;
    assert(inTime > ROUNDS / 2, `The body heard of it that many milliseconds after another task had ended: ${late}`);
    await runner.stop();
    await run;
  },

  "a worker that stands still: its task runs elsewhere, and it is told when it continues": async (stage, runner) => {
    const frozen = await stage.worker("frozen", 1);
    const run = runner.serve();
    const handle = runner.submit(nap.with({ retries: 3 }), 4 * LEASE_MS, "moved");
    await until("it runs", () => handle.status === "running");
    await until("its body has said so", () => stage.lines("begin").length === 1); // a thread is told first to begin
    frozen.signal("SIGSTOP");
    await stage.worker("other", 1);
    await until("it runs elsewhere", () => stage.lines("begin").length === 2);
    frozen.signal("SIGCONT");
    const pid = frozen.process.pid;
    await until("the first body is told", () => stage.lines("abort").some((line) => line.pid === pid));
    assertEquals([await handle, handle.attempts], [`moved took ${4 * LEASE_MS}`, 2]);
    await runner.stop();
    await run;
  },

  "a worker that is cut off: its task runs elsewhere, and it is told when it is back": async (stage, runner) => {
    await using proxy = new Proxy(stage.server.port);
    const remote = await stage.worker("remote", 1, proxy.port);
    const run = runner.serve();
    const handle = runner.submit(nap.with({ retries: 3 }), 8 * LEASE_MS, "moved");
    await until("it runs", () => handle.status === "running");
    await until("its body has said so", () => stage.lines("begin").length === 1);
    proxy.cut();
    await stage.worker("near", 1);
    await until("it runs elsewhere", () => stage.lines("begin").length === 2);
    proxy.mend();
    const { pid } = remote.process;
    await until("the first body is told", () => stage.lines("abort").some((line) => line.pid === pid));
    assertEquals([await handle, handle.attempts], [`moved took ${8 * LEASE_MS}`, 2]);
    await runner.stop();
    await run;
  },

  "SIGTERM of a worker: it finishes what it has begun": async (stage, runner) => {
    const leaving = await stage.worker("leaving");
    const handles = Array.from({ length: 12 }, (_, x) => runner.submit(nap, 300, `${x}`));
    const run = runner.run();
    await until("it has begun some", () => stage.lines("begin").length >= 3);
    leaving.signal("SIGTERM");
    await stage.worker("other");
    assertEquals((await leaving.process.status).code, 0);
    await run;
    assertEquals(handles.map(({ status, attempts }) => [status, attempts]), handles.map(() => ["completed", 1]));
    assertEquals(stage.lines("begin").length, 12);
  },
};

/** What happens to servers. */
const SERVER_SCENES: Readonly<Record<string, Scene<TestServer>>> = {
  "a killed server that starts again: no outcome is lost": async (stage, runner) => {
    await Promise.all([stage.worker("first"), stage.worker("second")]);
    const handles = Array.from({ length: 30 }, (_, x) => runner.submit(nap.with({ retries: 3 }), 200, `${x}`));
    const run = runner.run();
    await until("some have ended", () => stage.lines("end").length >= 5);
    await stage.server.kill();
    const during = runner.submit(nap.with({ retries: 3 }), 1, "during");
    await stage.server.restart();
    await run;
    for (const [x, each] of handles.entries()) assertEquals(await each, `${x} took 200`);
    assertEquals(await during, "during took 1");
  },

  "a server that stands still for longer than a lease: nothing is lost": async (stage, runner) => {
    await stage.worker("first");
    const handles = Array.from({ length: 4 }, (_, x) => runner.submit(nap, 2 * LEASE_MS, `${x}`));
    const run = runner.run();
    await until("two are known to run", () => handles.filter(({ status }) => status === "running").length === 2);
    stage.server.freeze(true);
    await new Promise((resolve) => setTimeout(resolve, 1.6 * LEASE_MS));
    stage.server.freeze(false);
    await run;
    assertEquals(handles.map(({ status, attempts }) => [status, attempts]), handles.map(() => ["completed", 1]));
  },
};

/** Registers the tests of an engine with a server. */
export function serverFaultTests(engine: TestEngine): void {
  faultTests(engine);
  play(engine, SERVER_SCENES);
}

/** Registers the tests of an engine. */
export function faultTests(engine: TestEngine<TestPlace>): void {
  play(engine, SCENES);
  const ignore = engine.missing !== undefined;
  Deno.test({
    name: titleOf(engine, "a killed runner: the next one takes what has ended, and waits for what runs"),
    ignore,
    fn: async () => {
      await using stage = await Stage.start(engine);
      await Promise.all([stage.worker("first"), stage.worker("second")]);
      const first = await stage.runner(16, 400);
      await until("some have ended", () => stage.lines("end").length >= 6);
      await first.kill();
      await until("those that ran have ended", () => stage.lines("end").length === stage.lines("begin").length);
      const second = await stage.runner(16, 400);
      await second.process.status;
      assertEquals((await second.output).split("\n").at(-2), "done 16 wrong 0");
      const begun = stage.lines("begin");
      assertEquals([begun.length, new Set(begun.map(({ id }) => id)).size], [16, 16]);
      assert(begun.every(({ attempt }) => attempt === 1));
    },
  });
}

function play<P extends TestPlace>(engine: TestEngine<P>, scenes: Readonly<Record<string, Scene<P>>>): void {
  const ignore = engine.missing !== undefined;
  for (const [name, scene] of Object.entries(scenes)) {
    Deno.test({
      name: titleOf(engine, name),
      ignore,
      fn: async () => {
        await using stage = await Stage.start(engine);
        const logger = { debug() {}, info() {}, warn() {}, error() {} };
        const pools = { cluster: await stage.pool() };
        await using runner = new TaskRunner({ pools, onTaskError: "continue", logger });
        await scene(stage, runner);
        stage.assertNoneTwice();
      },
    });
  }
}

/** The name of a test. */
export function titleOf({ name, missing }: TestEngine<TestPlace>, what: string): string {
  return `${name}${missing === undefined ? "" : ` (skipped: ${missing})`}: ${what}`;
}
