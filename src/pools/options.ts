/**
 * The options of a pool.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { boolean, positiveMilliseconds, refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import type { Duration } from "../core/duration.ts";
import { checkPoolConcurrency, checkPoolThrottle, type PoolThrottle, type ResolvedThrottle } from "../core/limits.ts";
import type { Backend } from "../core/options.ts";
import { BACKENDS, checkBackend } from "../core/resolve_options.ts";
import { checkDenoFlags } from "./process/command_line.ts";

/**
 * How a pool of a runner is made.
 *
 * @example A pool that keeps a slot free for one source
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner({
 *   pools: { database: { maxWorkers: 4, reserveFor: ["api"], reservedSlots: 1 } },
 * });
 * const query = task({ name: "query", pool: "database" }, (id: number) => id);
 * const urgent = query.with({ source: "api", runner }).submit(7); // may use all four slots, others three
 * assertEquals(await urgent, 7);
 * ```
 */
export interface PoolOptions {
  /** Where bodies run; default `"async"`, the event loop, but for a pool that is named like a backend. */
  readonly backend?: Backend | undefined;
  /**
   * How many tasks run at a time; default: the runner's `maxWorkers`, else 100 for `"async"` and as many as there are
   * processors for `"thread"` and `"process"`, where each has a worker of its own.
   */
  readonly maxWorkers?: number | undefined;
  /**
   * How often its tasks start, all together: never more than `limit` within any `period`, evenly spaced unless `burst` lets
   * some start at once; default: as often as there are slots.
   */
  readonly throttle?: PoolThrottle | undefined;
  /**
   * How many bodies are at work at a time, if that is fewer than `maxWorkers`: the workers of a pool may be more than the
   * bodies that work at a time, as bodies of different permissions and memory limits need workers of their own; default:
   * `maxWorkers`.
   */
  readonly concurrency?: number | { readonly limit: number } | undefined;
  /** Sources (see `SubmitOptions.source`) whose tasks may use every slot. */
  readonly reserveFor?: readonly string[] | undefined;
  /**
   * Whether bodies keep their slot while they wait for handles, so that never more bodies than slots are under way: for
   * connections, licences and the like. Bodies that wait for tasks that need one of these slots may then stall; they are
   * told so by a {@linkcode PoolStalledError}. Default `false`: a body that waits gives its slot back until its last wait
   * ends.
   */
  readonly strict?: boolean | undefined;
  /** How many slots tasks of other sources must leave free; default 0, or 1 with `reserveFor`. */
  readonly reservedSlots?: number | undefined;
  /** How many tasks a thread or subprocess runs until another takes its place; default: no limit. */
  readonly maxTasksPerWorker?: number | undefined;
  /** How long a thread or subprocess may be idle until it is ended; default `"5s"`. */
  readonly idleTimeout?: Duration | undefined;
  /**
   * Flags for the `deno` of subprocesses, for what cannot be found out here, such as `--import-map` or `--unstable-ffi`.
   */
  readonly denoFlags?: readonly string[] | undefined;
}

/** The options of a pool, checked and complete. */
export interface ResolvedPoolOptions {
  readonly backend: Backend;
  readonly maxWorkers: number;
  readonly throttle: ResolvedThrottle | undefined;
  /** How many bodies are at work at a time: at most `maxWorkers`. */
  readonly concurrency: number;
  readonly reserveFor: ReadonlySet<string>;
  readonly reservedSlots: number;
  readonly strict: boolean;
  readonly maxTasksPerWorker: number;
  /** In milliseconds. */
  readonly idleTimeout: number;
  readonly denoFlags: readonly string[];
}

const OPTIONS = [
  "backend",
  "maxWorkers",
  "throttle",
  "concurrency",
  "reserveFor",
  "reservedSlots",
  "strict",
  "maxTasksPerWorker",
  "idleTimeout",
  "denoFlags",
];
const ASYNC_WORKERS = 100;
const IDLE_TIMEOUT_MS = 5_000;

const checkSlots = wholeNumberFrom(0);
const checkWorkers = wholeNumberFrom(1);

/**
 * Checks the options of a pool and completes them.
 *
 * @param maxWorkers The runner's `maxWorkers`, if it was given.
 * @throws {TypeError} If an option is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 */
export function resolvePoolOptions(
  options: PoolOptions,
  name: string,
  maxWorkers: number | undefined,
): ResolvedPoolOptions {
  const label = `of pool "${name}"`;
  if (typeof options === "number") {
    throw new TypeError(`The options ${label} must be an object: write { maxWorkers: ${options} }`);
  }
  refuseUnknown(options, OPTIONS, label);
  const own = BACKENDS.find((each) => each === name);
  const { backend = own ?? "async", reserveFor = [], strict = false } = options;
  boolean(strict, `strict ${label}`);
  checkBackend(backend, `backend ${label}`);
  if (own !== undefined && backend !== own) {
    throw new TypeError(`A pool named "${name}" is that backend's own and cannot have the backend "${backend}"`);
  }
  const usual = backend === "async" ? ASYNC_WORKERS : navigator.hardwareConcurrency;
  const workers = checkWorkers(options.maxWorkers ?? maxWorkers ?? usual, `maxWorkers ${label}`);
  if (!Array.isArray(reserveFor) || !reserveFor.every((source) => typeof source === "string")) {
    throw new TypeError(`reserveFor ${label} must be an array of sources, not ${describeValue(reserveFor)}`);
  }
  const reservedSlots = checkSlots(
    options.reservedSlots ?? Math.min(reserveFor.length, 1),
    `reservedSlots ${label}`,
  );
  const { throttle } = options;
  const concurrency = Math.min(workers, checkPoolConcurrency(options.concurrency ?? workers, `concurrency ${label}`));
  if (reservedSlots >= concurrency && reservedSlots > 0) {
    const slots = concurrency < workers ? `concurrency of ${concurrency}` : `${workers} workers`;
    throw new RangeError(`reservedSlots ${label} must be less than its ${slots}, or others would never run`);
  }
  if (reservedSlots > 0 && reserveFor.length === 0) {
    throw new TypeError(`reservedSlots ${label} needs reserveFor: the sources that the slots are kept for`);
  }
  const { maxTasksPerWorker = Infinity, idleTimeout = IDLE_TIMEOUT_MS, denoFlags = [] } = options;
  const needs = { maxTasksPerWorker: "thread", idleTimeout: "thread", denoFlags: "process" } as const;
  for (const [option, least] of Object.entries(needs)) {
    if (options[option as keyof typeof needs] === undefined || backend === "process" || backend === least) continue;
    throw new TypeError(`${option} ${label} needs the backend "${least}", not "${backend}", which has no such workers`);
  }
  return {
    backend,
    maxWorkers: workers,
    throttle: throttle === undefined ? undefined : checkPoolThrottle(throttle, `throttle ${label}`),
    concurrency,
    reserveFor: new Set<string>(reserveFor),
    reservedSlots,
    strict,
    maxTasksPerWorker: checkWorkers(maxTasksPerWorker, `maxTasksPerWorker ${label}`),
    idleTimeout: idleTimeout === Infinity ? Infinity : positiveMilliseconds(idleTimeout, `idleTimeout ${label}`),
    denoFlags: checkDenoFlags(denoFlags, `denoFlags ${label}`),
  };
}
