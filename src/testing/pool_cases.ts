/**
 * The rules for pools of workers elsewhere as test cases.
 *
 * @module
 */

import { callable, refuseUnknown } from "../core/checks.ts";
import { ATTEMPT_RULES } from "./pool_cases/attempt_rules.ts";
import { FLEET_RULES } from "./pool_cases/fleet_rules.ts";
import { OBSERVER_RULES } from "./pool_cases/observer_rules.ts";
import { PoolContext, type PoolSetup } from "./pool_cases/pool_context.ts";

export type { PoolSetup, WorkerRequest } from "./pool_cases/pool_context.ts";

/** A rule for pools as a test. */
export interface PoolCase {
  /** The rule, such as `many tasks on two workers run once each`. */
  readonly name: string;
  /**
   * Tests it, with a pool of its own.
   *
   * @throws {AssertionError} If the rule is broken; the message says which one and how.
   */
  run(): Promise<void>;
}

/**
 * The rules for pools whose bodies run in workers elsewhere, as test cases for an implementation, for any test framework.
 * Cases start workers in this program; they cannot tell what happens if a program is killed.
 *
 * @param setup How a pool of a name is made, and a worker that serves it.
 * @returns The cases, each with a name and a function that runs it.
 * @throws {TypeError} If `setup` lacks a function, or has something else.
 *
 * @example Test the pools of an engine with Deno's test runner
 * ```ts ignore
 * import { natsPool, serveTasks } from "@workflowy/workflowy/nats";
 * import { poolCases } from "@workflowy/workflowy/testing";
 *
 * const cases = poolCases({
 *   pool: (name) => natsPool({ name }),
 *   serve: (name, request) => serveTasks({ name, ...request, handleSignals: false }),
 * });
 * for (const { name, run } of cases) Deno.test(name, run);
 * ```
 */
export function poolCases(setup: PoolSetup): PoolCase[] {
  refuseUnknown(setup, ["pool", "serve"], "of poolCases()");
  callable(setup.pool, "pool of poolCases()");
  callable(setup.serve, "serve of poolCases()");
  return [...ATTEMPT_RULES, ...OBSERVER_RULES, ...FLEET_RULES].map((rule) => ({
    name: rule.name,
    run: () => PoolContext.run(rule, setup),
  }));
}
