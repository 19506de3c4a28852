import { assertEquals, assertRejects } from "@std/assert";
import { MemoryCheckpointer, type OnTaskError, type RunOptions, task, TaskRunner } from "../../mod.ts";
import { recordingLogger } from "../support.ts";

const fail = task({ name: "fail" }, () => {
  throw new Error("as always");
});
const after = task({ name: "after" }, () => {});

/** What is logged, and whether `run()` or `serve()` reject, when a task and its dependent fail. */
async function outcomeOf(method: "run" | "serve", onTaskError: OnTaskError): Promise<[rejects: boolean, string[]]> {
  const { lines, ...logger } = recordingLogger();
  await using runner = new TaskRunner({ onTaskError, logger });
  const ended = (method === "run" ? Promise.resolve() : runner.serve()).then(() => false, () => true);
  const failing = runner.submit(fail);
  const dependent = runner.submit(after.with({ dependsOn: failing }));
  let rejects = false;
  if (method === "run") rejects = await runner.run().then(() => false, () => true);
  else {
    await Promise.all([failing.exception(), dependent.exception()]);
    await runner.stop();
  }
  return [rejects || await ended, lines.map(({ level }) => level)];
}

Deno.test("A failure means what onTaskError says, and its dependents are logged as warnings", async () => {
  const expected = {
    raise: { run: [true, []], serve: [false, ["error", "warn"]] },
    log: { run: [false, ["error", "warn"]], serve: [false, ["error", "warn"]] },
    continue: { run: [false, []], serve: [false, []] },
  } as const;
  for (const onTaskError of ["raise", "log", "continue"] as const) {
    for (const method of ["run", "serve"] as const) {
      assertEquals(
        await outcomeOf(method, onTaskError),
        expected[onTaskError][method] as never,
        `${method} ${onTaskError}`,
      );
    }
  }
});

Deno.test("A failure of an earlier run that is kept ends the run to come", async () => {
  const checkpointer = new MemoryCheckpointer();
  for (let program = 0; program < 2; program++) {
    await using runner = await TaskRunner.resume(checkpointer, { keepFailed: true });
    runner.submit(fail);
    await assertRejects(() => runner.run(), Error, "as always");
  }
});

Deno.test("A run that rejected leaves nothing to the next one", async () => {
  await using runner = new TaskRunner();
  runner.submit(fail);
  await assertRejects(() => runner.run(), Error, "as always");
  const next = runner.submit(() => "done");
  assertEquals([(await runner.run()).ok, await next], [true, "done"]);
});

Deno.test("TaskRunner.shutdown() can be called any number of times, also while it serves", async () => {
  const runner = new TaskRunner();
  const served = runner.serve();
  const waits = runner.submit(() => new Promise(() => {}));
  await Promise.all([runner.shutdown(), runner.shutdown(), runner[Symbol.asyncDispose](), served]);
  assertEquals(waits.status, "cancelled");
});

Deno.test("run() and serve() refuse options that they do not have", async () => {
  await using runner = new TaskRunner();
  const misspelled = { signall: AbortSignal.abort() } as RunOptions;
  await assertRejects(() => runner.run(misspelled), TypeError, 'Unknown option "signall" of run()');
  await assertRejects(() => runner.serve(misspelled), TypeError, 'Unknown option "signall" of serve()');
});

Deno.test("A runner without timers is shut down without Node's timers, which take milliseconds to load", async () => {
  await using restored = new AsyncDisposableStack();
  const used: string[] = [];
  for (const name of ["clearTimeout", "clearImmediate"] as const) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name)!;
    const value = globalThis[name];
    const get = () => (used.push(name), value);
    Object.defineProperty(globalThis, name, { configurable: true, get });
    restored.defer(() => void Object.defineProperty(globalThis, name, property));
  }
  const runner = new TaskRunner();
  runner.submit(() => {});
  await runner.run();
  await runner.shutdown();
  assertEquals(used, []);
});
