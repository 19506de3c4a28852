/**
 * The options of remote pools and of their workers that are the same for each engine.
 *
 * @module
 */

import {
  abortSignal,
  boolean,
  callable,
  nonEmptyString,
  portNumber,
  positiveMilliseconds,
  refuseUnknown,
  wholeNumberFrom,
} from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import type { Duration } from "../core/duration.ts";
import { checkLogger, type Logger, unfailing } from "../core/logger.ts";
import type { Backend } from "../core/options.ts";
import { checkBackend } from "../core/resolve_options.ts";
import type { RemotePoolOptions } from "./pool/remote_pool.ts";

/** Options of a remote pool. */
export interface RemotePoolSettings {
  /** The name under which workers serve tasks for it: letters, digits, `_` and `-`. */
  readonly name: string;
  /**
   * For how long a worker may be silent until what it has is lost; at least 300 ms. Workers need the same. Default: `"10s"`.
   */
  readonly lease?: Duration | undefined;
  /** How many tasks of this runner run at a time, at most. Default: as many as the workers have slots. */
  readonly maxWorkers?: number | undefined;
}

/** Options of `serveTasks()`. */
export interface ServeTasksSettings {
  /** The name of the pools that it serves. */
  readonly name: string;
  /** The URLs of the modules whose tasks it serves, such as `import.meta.resolve("./tasks.ts")`. */
  readonly modules: readonly string[];
  /** How many bodies run at a time. Default: the number of processors; 100 for the backend `"async"`. */
  readonly concurrency?: number | undefined;
  /** Where bodies run: on threads, in subprocesses, or on the event loop of this program. Default: `"thread"`. */
  readonly backend?: Backend | undefined;
  /** What the worker is called in errors, statistics and logs. Default: the name of the machine and the process id. */
  readonly worker?: string | undefined;
  /** What is shown beside its name. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /** As for the pool. Default: `"10s"`. */
  readonly lease?: Duration | undefined;
  /** Ends it, once what it has begun has ended. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether SIGTERM and SIGINT end it, once what it has begun has ended. A second signal ends the program at once. Default:
   * `true`.
   */
  readonly handleSignals?: boolean | undefined;
  /**
   * Where it answers `GET /healthz`: 200 while it takes jobs, else 503. Default: nowhere; without a `hostname` on all addresses
   * of the machine, as what watches containers needs it.
   */
  readonly health?: { readonly port: number; readonly hostname?: string | undefined } | undefined;
  /** Where warnings are written. Default: `console`. */
  readonly logger?: Logger | undefined;
  /** Called once it takes jobs. Default: nothing is called. */
  readonly onReady?: ((worker: ReadyWorker) => void) | undefined;
}

/** A worker that takes jobs. */
export interface ReadyWorker {
  /** Its name. */
  readonly worker: string;
  /** The tasks that it serves, as `name` or `name@version`. */
  readonly tasks: readonly string[];
  /** The port of `GET /healthz`, if it has one. */
  readonly healthPort: number | undefined;
}

const POOL_OPTIONS = ["name", "lease", "maxWorkers"];
const SERVE_OPTIONS = [
  ...["name", "modules", "concurrency", "backend", "worker", "tags", "lease", "signal", "handleSignals"],
  ...["health", "logger", "onReady"],
];

const LEASE_MS = 10_000;
/** Shorter than this, a pause of a garbage collection would look like a death. */
const MIN_LEASE_MS = 300;

const checkWorkers = wholeNumberFrom(1);

/**
 * Checks the options of a pool.
 *
 * @param own The names of options that only this engine has.
 * @throws {TypeError|RangeError} If one is unknown, of a wrong kind, or out of range.
 */
export function resolvePoolSettings(
  settings: RemotePoolSettings,
  who: string,
  own: readonly string[],
): RemotePoolOptions {
  refuseUnknown(settings, [...POOL_OPTIONS, ...own], `of ${who}`);
  const { name, lease, maxWorkers } = settings;
  return {
    name: checkName(name, `name of ${who}`),
    leaseMs: checkLease(lease, who),
    maxWorkers: maxWorkers === undefined ? Infinity : checkWorkers(maxWorkers, `maxWorkers of ${who}`),
  };
}

/** The options of a worker, checked and complete. */
export interface ResolvedServeSettings extends ServeTasksSettings {
  readonly worker: string;
  readonly tags: readonly string[];
  readonly leaseMs: number;
  readonly backend: Backend;
  readonly logger: Logger;
}

/**
 * Checks the options of a worker.
 *
 * @param own The names of options that only this engine has.
 * @throws {TypeError|RangeError} If one is unknown, of a wrong kind, or out of range.
 */
export function resolveServeSettings(settings: ServeTasksSettings, own: readonly string[]): ResolvedServeSettings {
  const who = "serveTasks()";
  refuseUnknown(settings, [...SERVE_OPTIONS, ...own], `of ${who}`);
  const { name, modules, concurrency, backend = "thread", tags = [], lease, signal, handleSignals = true } = settings;
  checkName(name, `name of ${who}`);
  if (!isTexts(modules) || modules.length === 0) {
    throw new TypeError(
      `modules of ${who} must be the URLs of one or more modules, such as import.meta.resolve("./tasks.ts"), not ` +
        describeValue(modules),
    );
  }
  for (const module of modules) {
    if (!URL.canParse(module)) {
      throw new TypeError(
        `modules of ${who} must be URLs: give import.meta.resolve("${module}") instead of "${module}"`,
      );
    }
  }
  if (!isTexts(tags)) throw new TypeError(`tags of ${who} must be strings, not ${describeValue(tags)}`);
  checkBackend(backend, `backend of ${who}`);
  if (concurrency !== undefined) checkWorkers(concurrency, `concurrency of ${who}`);
  if (signal !== undefined) abortSignal(signal, `signal of ${who}`);
  boolean(handleSignals, `handleSignals of ${who}`);
  checkHealth(settings.health, who);
  if (settings.onReady !== undefined) callable(settings.onReady, `onReady of ${who}`);
  const logger = settings.logger ?? console;
  checkLogger(logger, `of ${who}`);
  const worker = settings.worker === undefined
    ? `${hostname()}-${Deno.pid}`
    : nonEmptyString(settings.worker, `worker of ${who}`);
  return {
    ...settings,
    ...{ worker, tags, backend, handleSignals, leaseMs: checkLease(lease, who), logger: unfailing(logger) },
  };
}

/** A name that can be part of subjects, channels and keys. */
function checkName(name: unknown, what: string): string {
  if (typeof name === "string" && /^[\w-]{1,40}$/.test(name)) return name;
  throw new TypeError(`${what} must be 1 to 40 letters, digits, "_" or "-", not ${describeValue(name)}`);
}

function checkHealth(health: ServeTasksSettings["health"], who: string): void {
  if (health === undefined) return;
  refuseUnknown(health, ["port", "hostname"], `of health of ${who}`);
  portNumber(health.port, `port of health of ${who}`);
  if (health.hostname !== undefined) nonEmptyString(health.hostname, `hostname of health of ${who}`);
}

function checkLease(lease: Duration | undefined, who: string): number {
  const leaseMs = lease === undefined ? LEASE_MS : positiveMilliseconds(lease, `lease of ${who}`);
  if (leaseMs >= MIN_LEASE_MS) return leaseMs;
  throw new RangeError(`lease of ${who} must be at least ${MIN_LEASE_MS} ms, not ${leaseMs} ms`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** Without the right to know it, a machine is just one. */
function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "machine";
  }
}
