import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { currentRunner, currentTask, task, TaskRunner } from "../../mod.ts";
import { sleep } from "../support.ts";

const whereAmI = task(function whereAmI() {
  return currentRunner();
});

Deno.test("currentRunner() is undefined where there is no current runner", () => {
  assertEquals(currentRunner(), undefined);
});

Deno.test("use() makes a runner the current one for the callback and no longer", async () => {
  await using runner = new TaskRunner();
  assertStrictEquals(runner.use(currentRunner), runner);
  assertEquals(currentRunner(), undefined);
});

Deno.test("use() lasts for all that the callback starts", async () => {
  await using runner = new TaskRunner();
  const later = await runner.use(async () => {
    const inTimer = new Promise((resolve) => setTimeout(() => resolve(currentRunner()), 0));
    return [await Promise.resolve().then(currentRunner), await inTimer];
  });
  assert(later.every((each) => each === runner));
});

Deno.test("use() ends, and rethrows, when the callback throws", async () => {
  await using runner = new TaskRunner();
  assertThrows(
    () =>
      runner.use(() => {
        throw new TypeError("bug");
      }),
    TypeError,
    "bug",
  );
  assertEquals(currentRunner(), undefined);
});

Deno.test("use() within use() goes back to the outer one", async () => {
  await using outer = new TaskRunner();
  await using inner = new TaskRunner();
  outer.use(() => {
    assertStrictEquals(inner.use(currentRunner), inner);
    assertStrictEquals(currentRunner(), outer);
  });
});

Deno.test("use() comes before enter(), and enter() within use() before that", async () => {
  await using entered = new TaskRunner();
  await using used = new TaskRunner();
  await using inner = new TaskRunner();
  entered.enter();
  used.use(() => {
    assertStrictEquals(currentRunner(), used);
    inner.enter();
    assertStrictEquals(currentRunner(), inner);
  });
});

Deno.test("enter() lasts until the runner is disposed of", async () => {
  {
    await using runner = new TaskRunner();
    assertStrictEquals(runner.enter(), runner);
    assertStrictEquals(currentRunner(), runner);
    await Promise.resolve();
    assertStrictEquals(currentRunner(), runner);
  }
  assertEquals(currentRunner(), undefined);
  assertThrows(() => whereAmI.submit(), Error, "no runner is active");
});

Deno.test("enter() twice is like once", async () => {
  const runner = new TaskRunner();
  runner.enter().enter();
  await runner.shutdown();
  assertEquals(currentRunner(), undefined);
});

Deno.test("enter() refuses a runner that was shut down", async () => {
  const runner = new TaskRunner();
  await runner.shutdown();
  assertThrows(() => runner.enter(), Error, "shut down");
});

Deno.test("a disposed runner gives way to the one entered before", async () => {
  await using outer = new TaskRunner();
  outer.enter();
  {
    await using inner = new TaskRunner();
    inner.enter();
    assertStrictEquals(currentRunner(), inner);
  }
  assertStrictEquals(currentRunner(), outer);
  assertStrictEquals(await whereAmI.submit(), outer);
});

Deno.test("runners disposed of in the wrong order leave the one that is left", async () => {
  const [first, second] = [new TaskRunner(), new TaskRunner()];
  first.enter();
  second.enter();
  await first.shutdown();
  assertStrictEquals(currentRunner(), second);
  await second.shutdown();
  assertEquals(currentRunner(), undefined);
});

Deno.test("a disposed runner gives way to the one used around it", async () => {
  await using outer = new TaskRunner();
  await outer.use(async () => {
    {
      await using inner = new TaskRunner();
      inner.enter();
    }
    assertStrictEquals(currentRunner(), outer);
    assertStrictEquals(await whereAmI.submit(), outer);
  });
});

Deno.test("a helper that enters a runner of its own takes none from its caller", async () => {
  await using outer = new TaskRunner();
  await outer.use(async () => {
    await helper();
    assertStrictEquals(currentRunner(), outer);
  });
});

Deno.test("a helper that enters a runner of its own takes a body's task from it neither", async () => {
  await using outer = new TaskRunner();
  const body = task(async function body() {
    await helper();
    return [currentTask()?.name, currentRunner(), await whereAmI.submit()];
  });
  assertEquals(await outer.submit(body), ["body", outer, outer]);
});

async function helper(): Promise<void> {
  await using runner = new TaskRunner();
  runner.enter();
  assertStrictEquals(await whereAmI.submit(), runner);
}

Deno.test("enter() in a hook, an async function of its own, has effect where no runner is current", async () => {
  const runner = new TaskRunner();
  await beforeEach();
  assertStrictEquals(currentRunner(), runner);
  assertStrictEquals(await whereAmI.submit(), runner);
  await afterEach();
  assertEquals(currentRunner(), undefined);

  async function beforeEach() {
    await sleep(0);
    runner.enter();
  }
  async function afterEach() {
    await sleep(0);
    await runner.shutdown();
  }
});

Deno.test("flows that run at the same time each have their own runner", async () => {
  async function flow(): Promise<boolean[]> {
    await using runner = new TaskRunner();
    runner.enter();
    const seen: boolean[] = [];
    for (let turn = 0; turn < 5; turn++) {
      await sleep(0);
      seen.push(currentRunner() === runner, await whereAmI.submit() === runner);
    }
    return seen;
  }
  const flows = await Promise.all([flow(), flow(), flow()]);
  assertEquals(flows.flat().filter((own) => !own), []);
  assertEquals(currentRunner(), undefined);
});

Deno.test("the current runner of a body is the one that runs it, whatever else was entered", async () => {
  await using entered = new TaskRunner();
  await using runner = new TaskRunner();
  entered.enter();
  assertStrictEquals(await runner.submit(whereAmI), runner);
  assertStrictEquals(await runner.submit(async () => await whereAmI.submit()), runner);
});

Deno.test("a body can use another runner for a while", async () => {
  await using runner = new TaskRunner();
  await using other = new TaskRunner();
  const seen = await runner.submit(async () => {
    const there = await other.use(() => whereAmI.submit());
    return [there === other, currentRunner() === runner, currentTask() !== undefined];
  });
  assertEquals(seen, [true, true, true]);
});

Deno.test("with({ runner }) has precedence over the current runner", async () => {
  await using entered = new TaskRunner();
  await using named = new TaskRunner();
  entered.enter();
  assertStrictEquals(await whereAmI.with({ runner: named }).submit(), named);
});
