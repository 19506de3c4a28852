/**
 * Uses each part of the package once, with the version of Deno that runs it. Prints what it has done, one word a part;
 * throws if a part does something else than it should.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CheckpointError,
  currentTask,
  FileCheckpointer,
  KvCheckpointer,
  RetryExhaustedError,
  Scheduler,
  task,
  TaskRunner,
  TaskTimeoutError,
} from "../../../mod.ts";
import {
  chromeTrace,
  htmlReport,
  showProgress,
  timelineSvg,
  toDot,
  toMermaid,
  toSvg,
} from "../../../src/observe/mod.ts";
import { dashboard } from "../../../src/dashboard/mod.ts";
import { contextSlot, slotStorage } from "../../../src/core/context_slot.ts";
import { seenBy } from "../../core/context_flow.ts";
import { serveTasks, webSocketPool } from "../../../src/remote/ws/mod.ts";
import { checkpointerCases, TestEnvironment } from "../../../src/testing/mod.ts";
import { elsewhere, inProcess, onThread } from "./tasks.ts";

const square = task({ name: "square" }, (x: number) => x * x);

async function asyncBackend(): Promise<void> {
  const flaky = task({ name: "flaky", retries: 1, backoff: "none" }, () => {
    if (currentTask()!.attempt === 1) throw new RangeError("first");
    return "second";
  });
  const slow = task({ name: "slow", timeout: "20ms" }, () => new Promise<void>(() => {}));
  const broken = task({ name: "broken", retries: 1, backoff: "none" }, () => Promise.reject(new Error("always")));
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  const sum = task({ name: "sum" }, (all: number[]) => all.reduce((a, b) => a + b, 0)).submit(square.map([1, 2, 3]));
  const handles = [flaky.submit(), slow.submit(), broken.submit()];
  const report = await runner.run();
  assertEquals([await sum, report.counts.completed, report.counts.failed], [14, 5, 2]);
  assertEquals(await handles[0], "second");
  assert(await handles[1]!.exception() instanceof TaskTimeoutError);
  assert(await handles[2]!.exception() instanceof RetryExhaustedError);
}

/** Whether a scope reaches the same code as a value of an `AsyncLocalStorage`. */
async function context(): Promise<void> {
  const isStandard = Deno.env.get("WORKFLOWY_CONTEXT") === "standard";
  assertEquals(contextSlot === undefined, isStandard, "this Deno keeps asynchronous contexts in another way");
  if (contextSlot === undefined) return;
  const scopes = slotStorage<string>(contextSlot, Symbol());
  assertEquals(await seenBy(scopes), await seenBy(new AsyncLocalStorage<string>()));
}

async function workers(): Promise<void> {
  await using runner = new TaskRunner();
  assertEquals(await runner.submit(onThread, ["tea", "milk"]), [3, 4]);
  assertEquals(await runner.submit(inProcess, 21), { doubled: 42, attempt: 1 });
}

/** A pool whose worker is elsewhere: here, in the same program. */
async function remote(): Promise<void> {
  const ending = new AbortController();
  const listening = Promise.withResolvers<number>();
  const onListen = ({ port }: { readonly port: number }) => listening.resolve(port);
  await using runner = new TaskRunner({ pools: { cluster: webSocketPool({ name: "smoke", port: 0, onListen }) } });
  const handles = [1, 3_000_000].map((length) => runner.submit(elsewhere.with({ pool: "cluster" }), length));
  const worker = serveTasks({
    name: "smoke",
    url: `ws://127.0.0.1:${await listening.promise}`,
    modules: [import.meta.resolve("./tasks.ts")],
    signal: ending.signal,
  });
  const words = await Promise.all(handles);
  assertEquals(words.map(({ length }) => length), [1, 3_000_000]);
  ending.abort();
  await worker;
}

/** Runs a workflow that fails half-way, and resumes it. */
async function resumes(open: () => FileCheckpointer | KvCheckpointer): Promise<void> {
  const done: string[] = [];
  let isBroken = true;
  const workflow = (runner: TaskRunner) => {
    const first = task({ name: "first" }, () => void done.push("first"));
    const second = task({ name: "second" }, () => {
      if (isBroken) throw new Error("not yet");
      done.push("second");
    });
    const handle = runner.submit(first);
    return runner.submit(second.with({ dependsOn: handle }));
  };
  {
    await using runner = new TaskRunner({ checkpointer: open(), onTaskError: "continue" });
    workflow(runner);
    await runner.run();
  }
  isBroken = false;
  await using runner = await TaskRunner.resume(open());
  workflow(runner);
  await runner.run();
  assertEquals(done, ["first", "second"]);
}

async function checkpoints(folder: string): Promise<void> {
  // Another program has the file.
  const path = `${folder}/held.jsonl`;
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", new URL("./holds_file.ts", import.meta.url).href, path],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = holder.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, "held\n");
  await assertRejects(() => TaskRunner.resume(path), CheckpointError, "another program");
  await lines.cancel();
  await holder.stdin.close();
  assert((await holder.status).success);
  await (await TaskRunner.resume(path))[Symbol.asyncDispose]();
  await resumes(() => new FileCheckpointer(`${folder}/state.jsonl`));
  await resumes(() => new FileCheckpointer(`${folder}/structured.jsonl`, { codec: "structured" }));
}

async function schedules(): Promise<void> {
  let now = Date.parse("2026-06-05T12:00:00Z");
  await using scheduler = new Scheduler({ clock: () => now });
  const hourly = scheduler.every("1h").do(square, 3);
  // Without a time zone, expressions are in the zone of the system.
  const yearly = scheduler.cron("30 9 1 7 *").do(square, 4);
  const zoned = () => scheduler.cron("0 9 * * MON-FRI", { timezone: "Europe/Berlin" }).do(square, 5);
  if (globalThis.Temporal === undefined) assertThrows(zoned, Error, "2.7");
  else assertEquals(zoned().nextFire, new Date("2026-06-08T07:00:00Z"));
  assertEquals(yearly.nextFire, new Date(2026, 6, 1, 9, 30));
  now += 3_600_000;
  scheduler.tick();
  assertEquals(await hourly.lastHandle, 9);
}

async function denoCron(): Promise<void> {
  const registered: string[] = [];
  const { cron } = Deno;
  Object.defineProperty(Deno, "cron", {
    configurable: true,
    writable: true,
    value: (name: string, ...rest: unknown[]) => {
      registered.push(name);
      return Reflect.apply(cron, Deno, [name, ...rest]);
    },
  });
  await using scheduler = new Scheduler();
  scheduler.cron("0 3 * * *", { name: "nightly", timezone: "UTC" }).do(square, 2);
  scheduler.deferToDenoCron();
  assertEquals(registered, ["nightly"]);
}

/** A program that has a dashboard for newer versions can be run with older ones, and draw pictures. */
async function dashboards(): Promise<void> {
  await using runner = new TaskRunner();
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  if (major === 2 && minor < 8) return void assertThrows(() => dashboard(runner), Error, "Deno 2.8");
  await using ui = dashboard(runner, { listen: false });
  assertEquals((await ui.handler(new Request("http://localhost/ui/layout.js"))).status, 200);
}

/** Shows a run, and draws it. */
async function observe(): Promise<void> {
  let shown = "";
  const output = { write: (text: string) => void (shown += text), isTerminal: true, size: { columns: 80, rows: 24 } };
  await using runner = new TaskRunner({ onTaskError: "continue" });
  {
    using _ = showProgress(runner, { mode: "live", output });
    runner.submit(square, runner.submit(square, 2));
    runner.submit(task({ name: "broken" }, () => Promise.reject(new Error("always"))));
    await runner.run();
  }
  assert(shown.includes("Error: always") && shown.includes("✗ 2 tasks completed, 1 failed"));
  for (const draw of [toMermaid, toDot, toSvg, timelineSvg, chromeTrace, htmlReport]) {
    assert((await draw(runner)).includes("square"));
  }
}

/** Lets time pass, and tests a checkpointer by the rules for values. */
async function testing(folder: string): Promise<void> {
  const test = new TestEnvironment();
  {
    await using runner = test.runner();
    assertEquals(await runner.submit(square.with({ startAfter: "3d" }), 3), 9);
  }
  const open = (store: string) => new FileCheckpointer(`${folder}/${store}.jsonl`, { codec: "structured" });
  const cases = checkpointerCases(open).filter(({ name }) => name.startsWith("with codec"));
  assert(cases.length > 0);
  for (const { run } of cases) await run();
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "workflowy-smoke-" });
  try {
    const parts: readonly [string, () => Promise<void>][] = [
      ["context", context],
      ["async", asyncBackend],
      ["thread and process", workers],
      ["WebSocket", remote],
      ["file", () => checkpoints(folder)],
      ["KV", () => resumes(() => new KvCheckpointer({ path: `${folder}/kv.sqlite` }))],
      ["schedule", schedules],
      ["Deno.cron", denoCron],
      ["observe", observe],
      ["dashboard", dashboards],
      ["testing", () => testing(folder)],
    ];
    for (const [name, use] of parts) {
      try {
        await use();
      } catch (cause) {
        throw new Error(`${name} does not work with Deno ${Deno.version.deno}`, { cause });
      }
    }
    console.log(parts.map(([name]) => name).join(", "));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
