/**
 * Tests for implementations of this package's ports.
 *
 * @example Test a checkpointer
 * ```ts
 * import { MemoryCheckpointer } from "@workflowy/workflowy";
 * import { checkpointerCases } from "@workflowy/workflowy/testing";
 *
 * const stores = new Map<string, MemoryCheckpointer>();
 * const open = (store: string) => stores.getOrInsertComputed(store, () => new MemoryCheckpointer());
 * for (const { name, run } of checkpointerCases(open)) {
 *   if (name.startsWith("delete()")) await run(); // or all of them, each as a test of your test framework
 * }
 * ```
 *
 * @module
 */

export { type CheckpointerCase, type CheckpointerCaseOptions, checkpointerCases } from "./checkpointer_cases.ts";
export { type PoolCase, poolCases, type PoolSetup, type WorkerRequest } from "./pool_cases.ts";
