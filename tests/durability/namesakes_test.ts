import { assertEquals, assertStringIncludes } from "@std/assert";
import { MemoryCheckpointer, task } from "../../mod.ts";
import { recordingLogger } from "../support.ts";
import { start } from "./support.ts";

Deno.test("functions of one name do not get each other's results from an earlier run", async () => {
  const loader = (table: string) => task({ name: "load-table" }, (day: string) => `${table} of ${day}`);
  const store = new MemoryCheckpointer();
  for (const [round, tables] of [["users", "orders"], ["orders"], ["users", "orders"]].entries()) {
    const logger = recordingLogger();
    const { runner } = await start(store, { logger });
    runner.enter();
    for (const table of tables) assertEquals(await loader(table).submit("mon"), `${table} of mon`);
    const warnings = logger.lines.map(({ level, data }) => `${level}: ${data[0]}`);
    if (round < 2) assertEquals(warnings.length, 1);
    assertStringIncludes(
      warnings[0]!,
      round === 0 ? 'warn: Two functions have the name "load-table"' : "runs again, although a result is on record",
    );
    await runner.shutdown();
  }
});

Deno.test("equal submissions of one function find their results, though others have its name", async () => {
  let runs = 0;
  const store = new MemoryCheckpointer();
  for (let round = 0; round < 2; round++) {
    const { runner } = await start(store);
    runner.enter();
    const count = task({ name: "count" }, () => ++runs); // another function in each run, as in another program
    assertEquals([await count.submit(), await count.submit()], [1, 2]);
    await runner.shutdown();
  }
});
