/**
 * One run of a case for pools.
 *
 * @module
 */

import { canonicalString } from "../../serialization/canonical.ts";
import { describeError } from "../../core/describe.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import type { Logger } from "../../core/logger.ts";
import type { Backend } from "../../core/options.ts";
import { within } from "../../core/pause.ts";
import type { Pool } from "../../core/pool.ts";
import { MemoryCheckpointer } from "../../stores/memory_checkpointer.ts";
import { TaskRunner } from "../../runner/task_runner.ts";
import { AssertionError } from "../checkpointer_cases/case_context.ts";

/** A worker that a case wants. */
export interface WorkerRequest {
  /** The URLs of the modules whose tasks it serves. */
  readonly modules: readonly string[];
  /** How many bodies it runs at a time. */
  readonly concurrency: number;
  /** Where bodies run. */
  readonly backend: Backend;
  /** Its name. */
  readonly worker: string;
  /** Aborted when it is to end, once what it has begun has ended. */
  readonly signal: AbortSignal;
  /** To be called once it takes jobs. */
  readonly onReady: () => void;
}

/** How a pool is made whose bodies run in workers, and such a worker. */
export interface PoolSetup {
  /** Makes what is given to a runner as the pool of a name, which workers of that name serve. */
  readonly pool: (name: string) => () => Pool;
  /** Serves tasks to the pools of a name; resolves once it has ended. */
  readonly serve: (name: string, request: WorkerRequest) => Promise<void>;
}

/** A rule, and how to find out whether a pool follows it. */
export interface PoolRule {
  readonly name: string;
  readonly test: (context: PoolContext) => Promise<void>;
}

/** How long a case waits for what should happen, in milliseconds. */
const PATIENCE_MS = 60_000;

/** How long a whole case may take, in milliseconds: it waits for a few such things. Without an end, no one would hear of it. */
const CASE_PATIENCE_MS = 5 * PATIENCE_MS;

const TASKS = new URL("./tasks.ts", import.meta.url).href;

/** A worker of a case. */
export interface CaseWorker {
  /** Tells it to end, and resolves once it has. */
  end(): Promise<void>;
}

/** One run of a case: its runners, its workers and a folder. */
export class PoolContext {
  /** The name of its pool, different for each run. */
  readonly name = `case-${crypto.randomUUID().slice(0, 8)}`;
  /** What runners log. */
  readonly logged: unknown[][] = [];
  readonly folder = Deno.makeTempDirSync();
  readonly #setup: PoolSetup;
  readonly #cleanUp: (() => Promise<void>)[] = [];

  private constructor(setup: PoolSetup) {
    this.#setup = setup;
  }

  /**
   * Tests whether a pool follows a rule.
   *
   * @param patienceMs How long the case may take, and each end of what it has started.
   * @throws {AssertionError} If it does not.
   */
  static async run({ name, test }: PoolRule, setup: PoolSetup, patienceMs = CASE_PATIENCE_MS): Promise<void> {
    const context = new PoolContext(setup);
    const errors: unknown[] = [];
    const waitFor = async (what: string, ends: Promise<void>) => {
      try {
        if (await within(patienceMs, ends)) return;
        errors.push(new AssertionError(`${what} has not ended in ${formatMilliseconds(patienceMs)}`));
      } catch (error) {
        errors.push(error);
      }
    };
    await waitFor("The case", test(context));
    for (const each of context.#cleanUp.reverse()) await waitFor("What ends a runner or a worker", each());
    Deno.removeSync(context.folder, { recursive: true });
    if (errors.length === 0) return;
    const what = errors.map((error) => error instanceof AssertionError ? error.message : describeError(error));
    const cause = errors.length === 1 ? errors[0] : new AggregateError(errors);
    throw new AssertionError(`This rule for pools is broken: ${name}\n${what.join("\n")}`, { cause });
  }

  /** Makes a runner whose pool `"tested"` is the one of this case. */
  runner(): TaskRunner {
    const pools = { tested: this.#setup.pool(this.name) };
    return this.#keep(new TaskRunner({ pools, onTaskError: "continue", logger: this.#logger }));
  }

  /** The same, with a checkpoint. */
  durableRunner(checkpointer: MemoryCheckpointer): Promise<TaskRunner> {
    const pools = { tested: this.#setup.pool(this.name) };
    return TaskRunner.resume(checkpointer, { pools, onTaskError: "continue", logger: this.#logger })
      .then((runner) => this.#keep(runner));
  }

  checkpointer(): MemoryCheckpointer {
    return new MemoryCheckpointer({ codec: "structured" });
  }

  /** Starts a worker; resolves once it takes jobs. */
  async worker(options: Partial<WorkerRequest> = {}): Promise<CaseWorker> {
    const controller = new AbortController();
    const ready = Promise.withResolvers<void>();
    const served = this.#setup.serve(this.name, {
      modules: [TASKS],
      concurrency: 2,
      backend: "async",
      worker: `worker-${crypto.randomUUID().slice(0, 8)}`,
      signal: controller.signal,
      onReady: ready.resolve,
      ...options,
    });
    served.catch(ready.reject);
    const end = () => {
      controller.abort();
      return served;
    };
    this.#cleanUp.push(end);
    await ready.promise;
    return { end };
  }

  /** A path in the folder of this case. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** The lines of a file there, in order; none if there is no such file. */
  lines(name: string): string[] {
    try {
      return Deno.readTextFileSync(this.path(name)).split("\n").filter((line) => line !== "");
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** Lets bodies of `hold` end that wait for that file. */
  release(name: string): void {
    Deno.writeTextFileSync(this.path(name), "");
  }

  /**
   * Resolves once a condition holds.
   *
   * @throws {AssertionError} If it does not in a minute.
   */
  async until(what: string, holds: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!holds()) {
      if (performance.now() > end) throw new AssertionError(`This has not happened in a minute: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** @throws {AssertionError} If two values are not equal. */
  equal(what: string, actual: unknown, expected: unknown): void {
    if (canonicalString(actual) === canonicalString(expected)) return;
    throw new AssertionError(`${what}: ${Deno.inspect(actual)}, and not ${Deno.inspect(expected)}`);
  }

  /** @throws {AssertionError} If it does not hold. */
  ok(what: string, holds: boolean): void {
    if (!holds) throw new AssertionError(`This does not hold: ${what}`);
  }

  get #logger(): Logger {
    const keep = (...data: unknown[]) => void this.logged.push(data);
    return { debug: keep, info: keep, warn: keep, error: keep };
  }

  #keep(runner: TaskRunner): TaskRunner {
    this.#cleanUp.push(() => runner.shutdown());
    return runner;
  }
}
