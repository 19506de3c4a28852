import { assertEquals } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { block, sleep, tempFolder, textOf, until } from "../support.ts";
import { spin, square, waits } from "./conformance/tasks.ts";
import { loggerOf, type LogLine, quietRunner, untilEvent, WORKERS } from "./support.ts";
import { logsAndNotes, pollsUntilCancelled, reportsFor, reportsUntil } from "./tricky_tasks.ts";

type WorkerBackend = typeof WORKERS[number];

/** Much more than a quick task takes, also on a busy machine, in milliseconds. */
const TIMEOUT_MS = 1_500;

/** Starts all workers, and lets the pool see how quick tasks are, so that it sends several at a time. */
async function warmUp(runner: TaskRunner, backend: WorkerBackend): Promise<void> {
  const { maxWorkers } = runner.statistics().pools[backend]!;
  await Promise.all(Array.from({ length: maxWorkers }, () => runner.submit(waits.with({ backend }), 20)));
  // The module is imported, so that nothing in it has to wait for that.
  await Promise.all(Array.from({ length: maxWorkers }, () => runner.submit(reportsFor.with({ backend }), 20)));
  const body = square.with({ backend });
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 200 }, () => runner.submit(body, 1)));
  }
}

Deno.test("A task that is cancelled in the line of a thread never begins, or sees that it is cancelled", async () => {
  const lines: LogLine[] = [];
  await using runner = quietRunner({ maxWorkers: 1 }, lines);
  for (let round = 0; round < 3; round++) {
    await warmUp(runner, "thread");
    const first = runner.submit(spin.with({ backend: "thread" }), 3);
    const second = runner.submit(pollsUntilCancelled.with({ backend: "thread" }));
    void second.getResult();
    const behind = runner.submit(square.with({ backend: "thread" }), 3);
    await untilEvent(runner, "running", first);
    await sleep(1);
    second.cancel();
    assertEquals([await first, await behind, behind.attempts], [3, 9, 1]);
    assertEquals(second.status, "cancelled");
    await until("no body is left", () => runner.statistics().abandoned === 0);
  }
  assertEquals([runner.statistics().quarantined, lines], [0, []]);
});

for (const backend of WORKERS) {
  Deno.test(`Tasks behind one that is cancelled on a ${backend} run, though the program is too busy to look`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    for (let round = 0; round < 3; round++) {
      await warmUp(runner, backend);
      const cancelled = runner.submit(spin.with({ backend }), 15 + round);
      const others = Array.from({ length: 10 }, (_, x) => runner.submit(square.with({ backend }), x));
      await untilEvent(runner, "running", cancelled);
      cancelled.cancel();
      block(90);
      const outcomes = await Promise.all(others.map(async (handle) => [await handle.exception(), handle.attempts]));
      assertEquals(outcomes, others.map(() => [undefined, 1]));
      assertEquals(cancelled.status, "cancelled");
    }
  });

  Deno.test(`Tasks behind one that runs out of time on a ${backend} run, though the program is too busy to look`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    for (let round = 0; round < 3; round++) {
      await warmUp(runner, backend);
      const late = runner.submit(waits.with({ backend, timeout: 20 }), 30);
      const others = Array.from({ length: 10 }, (_, x) => runner.submit(square.with({ backend }), x));
      await untilEvent(runner, "running", late);
      block(90);
      const outcomes = await Promise.all(others.map(async (handle) => [await handle.exception(), handle.attempts]));
      assertEquals(outcomes, others.map(() => [undefined, 1]));
      await late.exception();
    }
  });

  for (const [name, body, arg] of [["square", square, 1], ["spin", spin, 1], ["waits", waits, 1]] as const) {
    Deno.test(`No task ${name}() on a ${backend} is out of time because the program was too busy to listen`, async () => {
      await using runner = quietRunner();
      const quick = body.with({ backend, timeout: TIMEOUT_MS });
      for (let round = 0; round < 4; round++) {
        await Promise.all(Array.from({ length: 40 }, () => runner.submit(quick, arg)));
      }
      const handles = Array.from({ length: 30 }, () => runner.submit(quick, arg));
      // Both workers have got theirs: what is not sent yet is for a program to send that is not busy.
      await Promise.all([handles[0], handles[1]]);
      block(TIMEOUT_MS + 200);
      const outcomes = await Promise.all(handles.map(async (handle) => [await handle.exception(), handle.attempts]));
      assertEquals(outcomes, handles.map(() => [undefined, 1]));
    });
  }

  Deno.test(`Quick tasks on a ${backend} do not wait for one that reports all the time`, async () => {
    await using runner = quietRunner();
    await using folder = await tempFolder();
    const end = folder.file("end");
    await warmUp(runner, backend);
    const handles = Array.from(
      { length: 60 },
      (_, index) =>
        index === 20 ? runner.submit(reportsUntil.with({ backend }), end) : runner.submit(square.with({ backend }), 2),
    );
    const [long] = handles.splice(20, 1);
    void long!.getResult();
    assertEquals(await Promise.all(handles), handles.map(() => 4));
    assertEquals(long!.done, false);
    Deno.writeTextFileSync(end, "");
    assertEquals([await long, long!.attempts], [end, 1]);
  });

  Deno.test(`A body on a ${backend} that is cancelled and continues to report is ended; what stood behind it runs`, async () => {
    await using runner = quietRunner();
    await warmUp(runner, backend);
    const handles = Array.from(
      { length: 60 },
      (_, x) =>
        x === 20 ? runner.submit(reportsFor.with({ backend }), 60_000) : runner.submit(square.with({ backend }), 2),
    );
    const [endless] = handles.splice(20, 1);
    await untilEvent(runner, "progress", endless!);
    endless!.cancel();
    assertEquals(await Promise.all(handles), handles.map(() => 4));
    await until("the body has ended", () => runner.statistics().abandoned === 0);
    assertEquals([endless!.status, runner.statistics().quarantined], ["cancelled", 0]);
  });

  Deno.test(`A logger that throws ends no task on a ${backend}, and no worker`, async () => {
    const broken = () => {
      throw new Error("the disk is full");
    };
    const logger = loggerOf([], { debug: broken, info: broken, warn: broken, error: broken });
    await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue", logger });
    await using folder = await tempFolder();
    const file = folder.file("notes");
    const handle = runner.submit(logsAndNotes.with({ backend, retries: 2, backoff: "none" }), file, 60);
    assertEquals([await handle.exception(), handle.attempts], [undefined, 1]);
    assertEquals(textOf(file), "begins 1\nends 1\n");
    assertEquals(await runner.submit(square.with({ backend }), 3), 9);
    assertEquals(runner.statistics().pools[backend]!.workers, 1);
  });
}
