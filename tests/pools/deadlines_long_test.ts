import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { TaskTimeoutError } from "../../mod.ts";
import { spin, square } from "./conformance/tasks.ts";
import {
  beatsAfterAwait,
  KINDS_OF_LOOPS,
  KINDS_OF_STALLS,
  loops,
  loopsAfterAwait,
  loopsAnnounced,
  loopsIn,
  stalls,
} from "./hostile_tasks.ts";
import { cpuShare, HAS_PROC, isAlive, quietRunner, runToEnd, startProgram, untilEvent, WORKERS } from "./support.ts";
import { tempFolder, until } from "../support.ts";

/** How much time an attempt has that must complete, also on a busy machine. */
const ENOUGH = "1500ms";

/** More than a program that idles uses of a processor, and less than one that loops. */
const IDLE = 0.4;

for (const backend of WORKERS) {
  Deno.test({
    name: `A deadline leaves no processor busy on a ${backend}`,
    ignore: !HAS_PROC,
    async fn() {
      await using runner = quietRunner();
      const handles = Array.from({ length: 4 }, () => runner.submit(loops.with({ backend, timeout: "100ms" })));
      await Promise.all(handles.map((handle) => handle.exception()));
      await until("the bodies have ended", () => runner.statistics().abandoned === 0);
      let share = 1;
      for (let tries = 0; tries < 5 && share > IDLE; tries++) share = await cpuShare(Deno.pid, 200);
      assert(share <= IDLE, `${share} of a processor is in use`);
    },
  });

  Deno.test(`A program that ran into a deadline on a ${backend} continues, and ends by itself`, async () => {
    const program = await runToEnd("deadline.ts", { args: [backend] });
    assertEquals([program.values("ERROR"), program.values("NEXT")], [["TaskTimeoutError"], [9]]);
    assertEquals([program.values("DISPOSED"), program.stderr], [[true], ""]);
  });

  for (const kind of KINDS_OF_LOOPS) {
    Deno.test(`A deadline ends a loop ${kind} on a ${backend}`, async () => {
      await using runner = quietRunner({ maxWorkers: 1 });
      await runner.submit(square.with({ backend }), 1);
      const handle = runner.submit(loopsIn.with({ backend, timeout: "60ms" }), kind);
      assertInstanceOf(await handle.exception(), TaskTimeoutError);
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
      assertEquals(runner.statistics().quarantined, 0);
    });
  }

  Deno.test(`A deadline on a ${backend} leaves the neighbours and those that wait in peace`, async () => {
    await using runner = quietRunner();
    const before = square.with({ backend, runner }).map([1, 2, 3]);
    const looping = [1, 2, 3].map(() => runner.submit(loops.with({ backend, timeout: "100ms" })));
    const busy = runner.submit(spin.with({ backend }), 250);
    const after = square.with({ backend, runner }).map([4, 5, 6]);
    assertEquals(await Promise.all([...before, ...after]), [1, 4, 9, 16, 25, 36]);
    assertEquals([await busy, busy.attempts], [250, 1]);
    for (const handle of looping) assertInstanceOf(await handle.exception(), TaskTimeoutError);
    for (const handle of [...before, ...after]) assertEquals(handle.attempts, 1);
  });

  Deno.test(`A deadline on a ${backend} that falls together with the end of the body does no harm`, async () => {
    const program = await runToEnd("close_call.ts", { args: [backend] });
    const found = [program.values("ENDS"), program.values("NEXT"), program.values("LEFT")];
    assertEquals(found, [[{ right: 200 }], [9], [[0, 0]]]);
  });
}

Deno.test("A deadline ends a loop after an await on a process, and so does cancel()", async () => {
  await using runner = quietRunner({ maxWorkers: 1 });
  await runner.submit(square.with({ backend: "process" }), 1);
  const late = runner.submit(loopsAfterAwait.with({ backend: "process", timeout: "200ms" }));
  assertInstanceOf(await late.exception(), TaskTimeoutError);
  const pids: number[] = [];
  for (const each of [loopsAfterAwait, loopsAnnounced]) {
    const handle = runner.submit(each.with({ backend: "process" }));
    await untilEvent(runner, "progress", handle);
    pids.push(Number(handle.progressMessage));
    handle.cancel();
    assertEquals(await runner.submit(square.with({ backend: "process" }), 3), 9);
  }
  assertEquals(runner.statistics().quarantined, 0);
  await until("the bodies have ended", () => runner.statistics().abandoned === 0);
  if (HAS_PROC) await until("the children are gone", () => !pids.some(isAlive));
});

Deno.test("An attempt on a process after one that looped after an await runs alone", async () => {
  await using runner = quietRunner();
  await using folder = await tempFolder();
  const again = { timeout: ENOUGH, retries: 1, retryOnTimeout: true, backoff: "none" } as const;
  const handle = runner.submit(beatsAfterAwait.with({ backend: "process", ...again }), folder.file("beat"));
  assertEquals([await handle, handle.attempts], ["alone", 2]);
});

for (const kind of KINDS_OF_STALLS) {
  Deno.test(`A deadline ends a process that stalls ${kind}`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    await runner.submit(square.with({ backend: "process" }), 1);
    const handle = runner.submit(stalls.with({ backend: "process", timeout: "60ms" }), kind);
    assertInstanceOf(await handle.exception(), TaskTimeoutError);
    assertEquals(await runner.submit(square.with({ backend: "process" }), 3), 9);
    await until("the body has ended", () => runner.statistics().abandoned === 0);
  });
}

Deno.test("A thread that was cancelled in a loop with a deadline does not hold up the next task, and ends in time", async () => {
  await using runner = quietRunner({ maxWorkers: 1 });
  const handle = runner.submit(loopsAnnounced.with({ backend: "thread", timeout: "4s" }));
  await untilEvent(runner, "progress", handle);
  handle.cancel();
  assertEquals(await runner.submit(square.with({ backend: "thread" }), 3), 9);
  assertEquals([runner.statistics().abandoned, runner.statistics().quarantined], [1, 1], "it loops still");
  await until("the loop has ended", () => runner.statistics().abandoned === 0);
});

for (const how of ["timeout", "cancel"] as const) {
  Deno.test(`A thread in a loop that cannot be ended is quarantined after a ${how}`, async () => {
    await using program = startProgram("quarantine.ts", { args: [how] });
    await until("the program is through", () => program.stdout.includes("DISPOSED"));
    await until("it tells why it does not end", () => program.stderr.includes("Deno.exit"));
    const [result] = program.values("RESULT") as { status: string; name: string }[];
    const expected = how === "timeout" ? ["failed", "TaskTimeoutError"] : ["cancelled", "TaskCancelledError"];
    assertEquals([result!.status, result!.name], expected);
    assertEquals(program.values("NEXT"), [9]);
    const [statistics] = program.values("STATISTICS") as { quarantined: number }[];
    assertEquals(statistics!.quarantined, 1);
    const lines = program.stderr.trim().split("\n");
    assertEquals(lines.length, 2, `a warning, and why the program does not end: ${program.stderr}`);
    assertMatch(lines[0]!, /thread/);
    assertMatch(lines[1]!, /Deno\.exit/);
  });
}

Deno.test("A thread that may still run is never joined by another attempt; the task fails and says so", async () => {
  await using folder = await tempFolder();
  await using program = startProgram("quarantine.ts", { args: ["retry", folder.file("beat")] });
  await until("the program is through", () => program.stdout.includes("DISPOSED"));
  const [result] = program.values("RESULT") as { status: string; attempts: number; message: string }[];
  assertEquals([result!.status, result!.attempts], ["failed", 1]);
  assertMatch(result!.message, /still/);
  assertEquals(program.values("NEXT"), [9]);
});
