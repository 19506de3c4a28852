import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { CycleError, type FunctionTask, task, TaskRunner } from "../../mod.ts";

Deno.test("a cycle through several names is told by these", async () => {
  await using runner = new TaskRunner();
  const [a, b] = ["a", "b"].map((name) => task({ name, label: () => "x" }, () => {}).with({ runner }).submit());
  b!.after(a!);
  const { message, cycle } = assertThrows(() => a!.after(b!), CycleError);
  assertEquals(message, 'Cannot run "a#1" after "b#2" as it would wait for itself: a → b → a');
  assertEquals(cycle, ["a", "b", "a"]);
});

Deno.test("a cycle through tasks of one name is told by their ids and labels", async () => {
  const visit: FunctionTask<[string], Promise<void>> = task(
    { name: "visit", dedupBy: (page: string) => page, label: (page: string) => page },
    async (page: string) => await visit.submit(page === "/" ? "/news" : "/"),
  );
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const error = await runner.submit(visit, "/").exception();
  assertInstanceOf(error, CycleError);
  assertEquals(
    error.message,
    '"visit#1" cannot wait for "visit#2", which waits for it: visit#1 (/) → visit#2 (/news) → visit#1 (/)',
  );
  assertEquals(error.cycle, ["visit", "visit", "visit"]);
});
