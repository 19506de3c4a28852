import { assertEquals, assertLess } from "@std/assert";
import { measure } from "../runner/measure.ts";

const TASKS = new URL("./programs/stream_tasks.ts", import.meta.url);

Deno.test("stream() takes the lines of a file through a thread pool in flat memory, a million of them", async () => {
  const { early, late, sum, kept } = await measure(`
    const { parse } = await import(${JSON.stringify(TASKS.href)});
    const path = await Deno.makeTempFile({ prefix: "workflowy-test-" });
    try {
      const file = await Deno.open(path, { write: true });
      const block = (from) => Array.from({ length: 10_000 }, (_, x) => (from + x) + "\\n").join("");
      const writer = file.writable.getWriter();
      for (let from = 0; from < 1_000_000; from += 10_000) await writer.write(new TextEncoder().encode(block(from)));
      await writer.close();
      async function* lines() {
        let rest = "";
        for await (const part of (await Deno.open(path)).readable.pipeThrough(new TextDecoderStream())) {
          const found = (rest + part).split("\\n");
          rest = found.pop();
          yield* found;
        }
      }
      await using runner = new TaskRunner({ retain: 100, maxWorkers: 2 });
      let early = 0, late = 0, sum = 0, taken = 0;
      for await (const { value } of parse.with({ runner }).stream(lines(), { ahead: 1_000 })) {
        sum += value;
        taken++;
        if (taken === 100_000) early = await usedBytes();
        if (taken === 1_000_000) late = await usedBytes();
      }
      console.log(JSON.stringify({ early, late, sum, kept: runner.handles().length }));
    } finally {
      await Deno.remove(path);
    }
  `);
  assertEquals([sum, kept], [499_999_500_000, 100]);
  // Were 900,000 results kept, this would be 200 MB and more.
  assertLess(late! - early!, 4_000_000, `${early} bytes after 100,000 rows, ${late} after a million`);
});
