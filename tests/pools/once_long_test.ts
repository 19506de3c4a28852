import { assert, assertEquals } from "@std/assert";
import { type Task, type TaskHandle, type TaskRunner, transfer } from "../../mod.ts";
import { bigValue, returnsMuch, takesMuch, tells, tellsAndLitters, throwsMuch } from "./big_tasks.ts";
import { spin, sumOfBytes, whereAmI } from "./conformance/tasks.ts";
import { HAS_PROC, isAlive, quietRunner, WORKERS } from "./support.ts";
import { sleep, tempFolder, textOf } from "../support.ts";

type WorkerBackend = typeof WORKERS[number];

/** Lets the pool see how quick tasks are, so that it sends several at a time. */
async function warmUp(runner: TaskRunner, backend: WorkerBackend, file: string): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 100 }, () => runner.submit(tells.with({ backend }), file)));
  }
}

/** Asserts that every task completed in its first attempt, and that its body ran once. */
async function assertOnce(handles: readonly TaskHandle<unknown>[], file: string): Promise<void> {
  for (const handle of handles) {
    const { status, attempts } = await handle.getResult();
    const ended = handle.name === "throwsMuch" ? "failed" : "completed";
    assertEquals([handle.id, status, attempts], [handle.id, ended, 1], handle.explain());
  }
  const runs = new Map<string, number>();
  for (const id of textOf(file).trim().split("\n")) runs.set(id, (runs.get(id) ?? 0) + 1);
  const wrong = handles.filter(({ id }) => runs.get(id) !== 1).map(({ id }) => `${id} ran ${runs.get(id) ?? 0} times`);
  assertEquals(wrong, []);
}

const SLOW_VALUES: Readonly<
  Record<string, (runner: TaskRunner, backend: WorkerBackend, file: string) => TaskHandle<unknown>>
> = {
  "an argument": (runner, backend, file) => runner.submit(takesMuch.with({ backend }), file, bigValue()),
  "a result": (runner, backend, file) => runner.submit(returnsMuch.with({ backend }), file),
  "a field of an error": (runner, backend, file) => runner.submit(throwsMuch.with({ backend }), file),
};

for (const backend of WORKERS) {
  for (const [what, submit] of Object.entries(SLOW_VALUES)) {
    Deno.test(`Tasks on a ${backend} run once, also behind one with ${what} that travels slowly`, async () => {
      await using runner = quietRunner({ maxWorkers: 2 });
      await using folder = await tempFolder();
      const file = folder.file("runs");
      await warmUp(runner, backend, file);
      const quick = tells.with({ backend });
      const handles: TaskHandle<unknown>[] = [];
      for (let round = 0; round < 2; round++) {
        for (let count = 0; count < 20; count++) handles.push(runner.submit(quick, file));
        handles.push(submit(runner, backend, file));
        for (let count = 0; count < 40; count++) handles.push(runner.submit(quick, file));
      }
      await assertOnce(handles, file);
    });
  }

  Deno.test(`Tasks on a ${backend} run once, also where the collector of garbage steps in`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    await using folder = await tempFolder();
    const file = folder.file("runs");
    await warmUp(runner, backend, file);
    const litters: Task<[file: string], number> = tellsAndLitters.with({ backend });
    await assertOnce(Array.from({ length: 1_000 }, () => runner.submit(litters, file)), file);
  });

  Deno.test(`Tasks on a ${backend} whose buffers are moved do not fail behind a long one`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    await using folder = await tempFolder();
    await warmUp(runner, backend, folder.file("runs"));
    const sum = sumOfBytes.with({ backend });
    const handles = Array.from({ length: 60 }, (_, index) => {
      if (index % 30 === 10) return runner.submit(spin.with({ backend }), 100);
      const bytes = new Uint8Array([index, 1]);
      return runner.submit(sum, transfer(bytes, [bytes.buffer]));
    });
    for (const [index, handle] of handles.entries()) {
      const { status, value, attempts } = await handle.getResult();
      const expected = index % 30 === 10 ? 100 : index + 1;
      assertEquals([index, status, value, attempts], [index, "completed", expected, 1], handle.explain());
    }
  });
}

/** Signals a process, if it is there. */
function signal(pid: number, name: Deno.Signal): void {
  if (isAlive(pid)) Deno.kill(pid, name);
}

Deno.test({
  name: "Tasks on a process run once, however long the machine makes it wait at any place",
  ignore: !HAS_PROC,
  async fn() {
    await using runner = quietRunner({ maxWorkers: 2 });
    await using folder = await tempFolder();
    const file = folder.file("runs");
    await warmUp(runner, "process", file);
    const places = await Promise.all([1, 2, 3, 4].map(() => runner.submit(whereAmI.with({ backend: "process" }), 20)));
    const pids = [...new Set(places.map(({ pid }) => pid))];
    const quick = tells.with({ backend: "process" });
    const handles = Array.from({ length: 3_000 }, () => runner.submit(quick, file));
    const all = Promise.all(handles.map((handle) => handle.getResult()));
    let stops = 0;
    while (!handles.at(-1)!.done) {
      for (const pid of pids) signal(pid, "SIGSTOP");
      await sleep(15);
      for (const pid of pids) signal(pid, "SIGCONT");
      stops++;
      await sleep(stops % 4);
    }
    await all;
    assert(stops > 1, "they were too quick to be stopped");
    await assertOnce(handles, file);
  },
});
