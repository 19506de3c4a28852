import { assertEquals, assertLess } from "@std/assert";
import { measure } from "./measure.ts";

Deno.test("TaskRunner.serve() keeps memory flat over 200,000 tasks", async () => {
  const { early, late, kept } = await measure(`
    const double = task({ name: "double", dedupBy: String }, (x) => ({ x, more: new Array(20).fill(x) }));
    await using runner = new TaskRunner({ retain: 100 });
    const served = runner.serve();
    async function work(rounds) {
      for (let round = 0; round < rounds; round++) {
        const handles = Array.from({ length: 1000 }, (_, x) => double.with({ runner, source: "test" }).submit(x));
        const last = runner.submit((all) => all.length, handles);
        await last;
        for (let x = 0; x < 20; x++) {
          const parent = runner.submit(async () => await runner.submit(() => currentTask().id));
          await parent;
        }
        const failed = runner.submit(() => { throw new Error("no") });
        await failed.exception();
        runner.submit(() => {}).cancel();
      }
    }
    await work(20);
    const early = await usedBytes();
    await work(180);
    const late = await usedBytes();
    const kept = runner.handles().length;
    await runner.stop();
    await served;
    console.log(JSON.stringify({ early, late, kept }));
  `.replace("{ retain: 100 }", `{ retain: 100, onTaskError: "continue" }`));
  assertEquals(kept, 100);
  // Were 180,000 handles kept, this would be 50 MB and more.
  assertLess(late! - early!, 4_000_000, `${early} bytes after 20,000 tasks, ${late} after 200,000`);
});
