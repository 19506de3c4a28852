import { assertEquals, assertStrictEquals } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { ambientScope, ambientSubmitter } from "../../src/tasks/ambient.ts";
import { enterRunner, leaveRunner, runInScope, useRunner } from "../../src/tasks/scopes.ts";

Deno.test("runInScope() makes a scope current for a call and what it starts, and passes on argument and result", async () => {
  await using runner = new TaskRunner();
  const scope = { submitter: runner, outer: undefined };
  const before = ambientScope();
  const seen = runInScope(scope, (arg: string) => [arg, ambientScope(), Promise.resolve().then(ambientScope)], "x");
  assertStrictEquals(seen[1], scope);
  assertEquals([seen[0], await seen[2] === scope, ambientScope() === before], ["x", true, true]);
});

Deno.test("useRunner() keeps the scope that was current as the outer one", async () => {
  await using outer = new TaskRunner();
  await using inner = new TaskRunner();
  const scope = useRunner(outer, () => useRunner(inner, () => ambientScope()));
  assertStrictEquals(scope?.submitter, inner);
  assertStrictEquals(scope?.outer?.submitter, outer);
});

Deno.test("leaveRunner() undoes all of enterRunner()", async () => {
  await using runner = new TaskRunner();
  await new Promise<void>((resolve) => {
    // In a flow of its own, so that the test does not stay in that scope.
    setTimeout(() => {
      enterRunner(runner);
      enterRunner(runner);
      assertStrictEquals(ambientSubmitter(), runner);
      resolve();
    }, 0);
  });
  assertStrictEquals(ambientSubmitter(), runner);
  leaveRunner(runner);
  assertEquals(ambientSubmitter(), undefined);
});
