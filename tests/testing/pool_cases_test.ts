/**
 * Whether the cases for pools tell wrong pools from right ones: each of these has one fault, which a case must find.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import type { Job, Pool, PoolHost } from "../../mod.ts";
import { AssertionError } from "../../src/testing/checkpointer_cases/case_context.ts";
import { ATTEMPT_RULES } from "../../src/testing/pool_cases/attempt_rules.ts";
import { FLEET_RULES } from "../../src/testing/pool_cases/fleet_rules.ts";
import { OBSERVER_RULES } from "../../src/testing/pool_cases/observer_rules.ts";
import { PoolContext } from "../../src/testing/pool_cases/pool_context.ts";
import { never } from "../support.ts";
import type { PoolSetup } from "../../src/testing/mod.ts";
import { MemoryEngines, poolOn, serveOn } from "../remote/memory_pool.ts";

/** Members in place of those of an object; `undefined` where it is to have none. */
type Others<O> = { readonly [Key in keyof O]?: O[Key] | undefined };

/** An object with other members in place of its own. All else is its own, private members included. */
function withOthers<O extends object>(object: O, others: Others<O>): O {
  return new Proxy(object, {
    get(target, key) {
      if (Object.hasOwn(others, key)) return Reflect.get(others, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

type Fault = (pool: Pool) => Others<Pool>;

/** A pool that gets other jobs than its runner gives it. */
const withJobs = (others: (job: Job) => Others<Job>): Fault => (pool) => ({
  execute: (job) => pool.execute(withOthers(job, others(job))),
});

const asJson = (value: unknown): unknown => value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** A pool that is attached to another host than its runner. */
const withHost = (others: () => Partial<PoolHost>): Fault => (pool) => ({
  attach: (host) => pool.attach!({ ...host, ...others() }),
});

/** What is wrong with a pool, and the beginning of a case that must find it. */
const FAULTS: readonly (readonly [what: string, foundBy: string, fault: Fault])[] = [
  [
    "sends arguments as JSON",
    "values of all kinds",
    withJobs(({ args }) => ({ args: [args[0] instanceof Map ? {} : args[0]] })),
  ],
  [
    "sends results as JSON",
    "a value goes from one task",
    withJobs((job) => ({ complete: (x) => job.complete(asJson(x)) })),
  ],
  [
    "sends the message of an error only",
    "errors keep their class",
    withJobs((job) => ({ fail: (error) => job.fail(new Error((error as Error).message)) })),
  ],
  ["has one number for all attempts", "errors keep their class", withJobs(() => ({ number: 1 }))],
  ["runs what has failed once more", "a body that throws runs once for each attempt", (pool) => ({
    execute(job) {
      const again = withOthers(job, { id: `${job.id}-again`, begin: () => true });
      return pool.execute(withOthers(job, { fail: () => void pool.execute(again) }));
    },
  })],
  [
    "makes strings of what is logged",
    "a body knows its task",
    withJobs((job) => ({
      log: (level, data) => job.log(level, data.map(String)),
    })),
  ],
  [
    "has one level for all that is printed",
    'what bodies print with the backend "async"',
    withJobs((job) => ({
      print: (source, _level, text) => job.print!(source, "info", text),
    })),
  ],
  ["sends no headers", "headers that observers give", withJobs(() => ({ headers: undefined }))],
  ["runs jobs twice", "many tasks on two workers", (pool) => ({
    execute(job) {
      void pool.execute(job);
      return pool.execute(withOthers(job, { id: `${job.id}-again`, begin: () => true, complete() {}, fail() {} }));
    },
  })],
  ["does not say its state", "the workers of a pool are in the statistics", () => ({ state: undefined })],
  ["does not let bodies go", "a runner that shuts down lets bodies run", () => ({ leave: undefined })],
  ["forgets the run", "a runner that shuts down", withHost(() => ({ run: crypto.randomUUID(), resumed: false }))],
  ["does not consider rounds", "an outcome that is on record", withJobs(() => ({ round: undefined }))],
];

/** The same, of pools that never do what they are asked for. */
const SILENT: typeof FAULTS = [
  ["loses outcomes", "a value goes from one task", withJobs(() => ({ complete() {} }))],
  ["never says that it has ended", "a value goes from one task", (pool) => ({
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await never();
    },
  })],
];

const engines = new MemoryEngines();

function setupWith(fault: Fault): PoolSetup {
  return {
    pool: (name) => {
      const make = poolOn(engines.of(name), name);
      return () => {
        const pool = make();
        return withOthers(pool, fault(pool));
      };
    },
    serve: (name, request) => serveOn(engines.of(name), { name, ...request }),
  };
}

const RULES = [...ATTEMPT_RULES, ...OBSERVER_RULES, ...FLEET_RULES];

for (const [what, foundBy, fault] of FAULTS) {
  Deno.test(`poolCases() find out that a pool ${what}: ${foundBy} ...`, async () => {
    const rule = RULES.find(({ name }) => name.startsWith(foundBy))!;
    await assertRejects(() => PoolContext.run(rule, setupWith(fault)), AssertionError, rule.name);
  });
}

for (const [what, foundBy, fault] of SILENT) {
  Deno.test(`poolCases() end, and say so, with a pool that ${what}`, async () => {
    const rule = RULES.find(({ name }) => name.startsWith(foundBy))!;
    await assertRejects(() => PoolContext.run(rule, setupWith(fault), 300), AssertionError, "has not ended in 300 ms");
  });
}

/** Pools that are unusual, and right. */
const UNUSUAL: readonly (readonly [what: string, fault: Fault])[] = [
  [
    "reports outcomes in a later turn, and twice",
    withJobs((job) => ({
      complete(value) {
        setTimeout(() => {
          job.complete(value);
          job.complete("once more");
          job.fail(new Error("and another outcome"));
        });
      },
    })),
  ],
  ["says nothing for itself", () => ({ check: undefined, settled: undefined })],
  ["begins nothing ahead", () => ({ prefetch: 0 })],
];

for (const [what, fault] of UNUSUAL) {
  for (const rule of ATTEMPT_RULES) {
    Deno.test(`poolCases() pass with a pool that ${what}: ${rule.name}`, () => PoolContext.run(rule, setupWith(fault)));
  }
}
