/**
 * For tests: workflows on a virtual clock and with faults, and tests for implementations of this package's ports.
 *
 * @example A workflow that takes days
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sleep, task } from "@workflowy/workflowy";
 * import { TestEnvironment } from "@workflowy/workflowy/testing";
 *
 * const remind = task({ name: "remind", retries: 3 }, async (name: string) => {
 *   await sleep("3d");
 *   return name;
 * });
 * const test = new TestEnvironment();
 * test.failAttempts(remind, 1);
 * await using runner = test.runner();
 * assertEquals(await runner.submit(remind, "Ada"), "Ada");
 * ```
 *
 * @example Test a checkpointer
 * ```ts
 * import { MemoryCheckpointer } from "@workflowy/workflowy";
 * import { checkpointerCases } from "@workflowy/workflowy/testing";
 *
 * const stores = new Map<string, MemoryCheckpointer>();
 * function open(store: string): MemoryCheckpointer {
 *   if (!stores.has(store)) stores.set(store, new MemoryCheckpointer());
 *   return stores.get(store)!;
 * }
 * for (const { name, run } of checkpointerCases(open)) {
 *   if (name.startsWith("delete()")) await run(); // or all of them, each as a test of your test framework
 * }
 * ```
 *
 * @module
 */

export {
  type TestAttempt,
  TestEnvironment,
  type TestEnvironmentOptions,
  type WhichAttempts,
} from "./test_environment.ts";
export { type CheckpointerCase, type CheckpointerCaseOptions, checkpointerCases } from "./checkpointer_cases.ts";
export { type PoolCase, poolCases, type PoolSetup, type WorkerRequest } from "./pool_cases.ts";
