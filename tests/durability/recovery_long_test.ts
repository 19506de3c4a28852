import { assertEquals } from "@std/assert";
import { MemoryCheckpointer, task, type TaskRecord, TaskRunner } from "../../mod.ts";

Deno.test("resuming what thousands of parents had left behind takes time that grows with their number only", async () => {
  const records: TaskRecord[] = [];
  const shape = { attempts: 1, args: [], dependsOn: [], module: import.meta.url } as const;
  task({ name: "left" }, () => 1);
  const parents = 20_000;
  for (let n = 0; n < parents; n++) {
    records.push({ ...shape, id: `p${n}`, name: "parent", status: "completed", key: `p${n}` });
    records.push({ ...shape, id: `left#${n}`, name: "left", status: "ready", parent: `p${n}`, detached: true });
  }
  const store = new MemoryCheckpointer();
  await store.save(records);
  const parent = task({ name: "parent" }, () => 0);
  await using runner = await TaskRunner.resume(store);
  for (let n = 0; n < parents; n++) parent.with({ runner, key: `p${n}` }).submit();
  assertEquals((await runner.run()).counts.completed, 2 * parents); // a walk over all handles for each would not end
});
