/**
 * Submitting tasks to a runner with a `KvCheckpointer` from other programs.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task } from "@workflowy/workflowy/task";
 * import { KvClient } from "@workflowy/workflowy/kv";
 *
 * const double = task({ name: "double" }, (x: number) => 2 * x);
 * await using client = new KvClient({ path: ":memory:" });
 * const id = await client.submit(double, 21);
 * assertEquals((await client.get(id))?.status, "pending");
 * ```
 *
 * @module
 */

export { KvClient, type KvClientOptions } from "../kv_client.ts";
