import { assert, assertEquals, assertLess } from "@std/assert";
import { measure } from "./measure.ts";

Deno.test("TaskRunner.serve() keeps memory flat when each task depends on the one before", async () => {
  const { early, late } = await measure(`
    const next = task({ name: "next" }, (x) => x + 1);
    await using runner = new TaskRunner({ retain: 10 });
    const served = runner.serve();
    let last = runner.submit(next, 0);
    async function work(tasks) {
      for (let x = 0; x < tasks; x++) {
        last = runner.submit(next, last);
        if (x % 100 === 99) await last;
      }
    }
    await work(10_000);
    const early = await usedBytes();
    await work(100_000);
    const late = await usedBytes();
    await runner.stop();
    await served;
    console.log(JSON.stringify({ early, late }));
  `);
  assertLess(late! - early!, 4_000_000);
});

Deno.test("TaskHandle can be collected once it has finished and a serving runner has released it", async () => {
  const { alive, args, values, contexts } = await measure(`
    const refs = { handles: [], args: [], values: [], contexts: [] };
    await using runner = new TaskRunner({ retain: 0 });
    const controller = new AbortController();
    const served = runner.serve();
    const body = task({ name: "body", retries: 1, timeout: "1h", backoff: "none" }, async (given) => {
      const context = currentTask();
      refs.contexts.push(new WeakRef(context));
      context.signal.addEventListener("abort", () => {});
      context.progress(0.5, "half");
      if (context.attempt === 1) throw new Error("once");
      await runner.submit(() => 1);
      return { given: given.big.length };
    });
    async function work() {
      const arg = { big: new Array(1000).fill(1) };
      refs.args.push(new WeakRef(arg));
      const signal = controller.signal;
      const handle = body.with({ runner, signal, dedupKey: "k", key: "key", source: "s" }).submit(arg);
      const dependent = runner.submit((value) => value, handle);
      refs.handles.push(new WeakRef(handle), new WeakRef(dependent));
      refs.values.push(new WeakRef(await dependent));
      await handle.result({ timeout: "1h" });
    }
    for (let round = 0; round < 50; round++) await work();
    await usedBytes();
    const count = (list) => list.filter((ref) => ref.deref() !== undefined).length;
    const alive = { alive: count(refs.handles), args: count(refs.args), values: count(refs.values), contexts: count(refs.contexts) };
    console.log(JSON.stringify(alive));
    await runner.stop();
    await served;
  `);
  // The engine may still hold on to the last one, no more.
  for (const count of [alive, args, values, contexts]) {
    assert(count! <= 2, JSON.stringify({ alive, args, values, contexts }));
  }
});

Deno.test("TaskRunner releases arguments when a task has finished, even while it keeps the handle", async () => {
  const { args, handles } = await measure(`
    const args = [];
    await using runner = new TaskRunner();
    for (let x = 0; x < 50; x++) {
      const arg = { x };
      args.push(new WeakRef(arg));
      runner.submit((given) => given.x, arg);
    }
    const report = await runner.run();
    await usedBytes();
    const alive = args.filter((ref) => ref.deref() !== undefined).length;
    console.log(JSON.stringify({ args: alive, handles: report.results.length + runner.handles().length }));
  `);
  assert(args! <= 1, `${args} arguments are still there`);
  assertEquals(handles, 100);
});

Deno.test("TaskRunner itself can be collected when it has finished, with all that it ran", async () => {
  const { runners } = await measure(`
    const runners = [];
    async function work() {
      await using runner = new TaskRunner();
      runner.enter();
      runners.push(new WeakRef(runner));
      await task({ name: "t", timeout: "1h" }, () => Promise.resolve(1)).submit();
      await runner.run();
    }
    for (let x = 0; x < 30; x++) await new Promise((resolve) => setTimeout(() => work().then(resolve)));
    await usedBytes();
    console.log(JSON.stringify({ runners: runners.filter((ref) => ref.deref() !== undefined).length }));
  `);
  assert(runners! <= 2, `${runners} runners are still there`);
});
