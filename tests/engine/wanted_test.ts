import { assertEquals } from "@std/assert";
import { currentTask, type FunctionTask, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { assertAtRest } from "../runner/support.ts";

/** Ends with its signal. */
function untilAborted(): Promise<never> {
  const { signal } = currentTask()!;
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** A task whose body submits another one, which submits the first one again; neither ends by itself. */
function scene() {
  const begun = Promise.withResolvers<void>();
  const work: FunctionTask<[], Promise<never>> = task({ name: "work", dedupBy: () => "work" }, () => {
    part.submit();
    return untilAborted();
  });
  const part: FunctionTask<[], Promise<never>> = task({ name: "part", dedupBy: () => "part" }, () => {
    work.submit();
    begun.resolve();
    return untilAborted();
  });
  return { work, part, begun: begun.promise };
}

function statusesOf(runner: TaskRunner): string[] {
  return runner.handles().map(({ name, status }) => `${name} ${status}`);
}

Deno.test("a task that only its own bodies have submitted again is cancelled with the body that wanted it", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { work, begun } = scene();
  const outer: TaskHandle<unknown> = runner.submit(task({ name: "outer" }, () => {
    work.submit();
    return untilAborted();
  }));
  const run = runner.run();
  await begun;
  outer.cancel();
  await run;
  assertEquals(statusesOf(runner), ["outer cancelled", "work cancelled", "part cancelled"]);
  assertAtRest(runner);
});

Deno.test("a task that only its own bodies have submitted again is cancelled by its signal", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { work, begun } = scene();
  const controller = new AbortController();
  work.with({ runner, signal: controller.signal }).submit();
  const run = runner.run();
  await begun;
  controller.abort();
  await run;
  assertEquals(statusesOf(runner), ["work cancelled", "part cancelled"]);
});

Deno.test("tasks that have submitted each other are cancelled with the body that submitted both", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { work, part, begun } = scene();
  const outer: TaskHandle<unknown> = runner.submit(task({ name: "outer" }, () => {
    for (const each of [part, work]) each.submit();
    return untilAborted();
  }));
  const run = runner.run();
  await begun;
  outer.cancel();
  await run;
  assertEquals(statusesOf(runner), ["outer cancelled", "part cancelled", "work cancelled"]);
});

Deno.test("a task continues for others, as what one of them has submitted, if its own bodies want it as well", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const { work, begun } = scene();
  const outers = ["first", "second"].map((name) =>
    runner.submit(task({ name }, () => {
      work.submit();
      return untilAborted();
    }))
  );
  const run = runner.run();
  await begun;
  outers[0]!.cancel();
  const handle = runner.findActive("work", "work");
  assertEquals([handle?.status, handle?.parent?.name], ["running", "second"]);
  outers[1]!.cancel();
  await run;
  assertEquals(handle?.status, "cancelled");
});
