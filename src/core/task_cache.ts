/**
 * Which results are kept for later runs and reused, as that is given and as the engine uses it.
 *
 * @module
 */

import { callable, type Check, refuseUnknown, wholeNumberFrom } from "./checks.ts";
import { describeValue } from "./describe.ts";
import { type Duration, toMilliseconds } from "./duration.ts";
import { pathOf } from "./file_paths.ts";

/**
 * The files that the result of a task depends on. A folder stands for all files in it.
 *
 * @example The files of a page
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type CacheFiles, task } from "@workflowy/workflowy";
 *
 * const files = (page: string): CacheFiles => ({ inputs: [`${page}.md`, "layout.html"], outputs: [`${page}.html`] });
 * const render = task({ name: "render", cache: { files } }, async (page: string) => {
 *   await Deno.writeTextFile(`${page}.html`, await Deno.readTextFile(`${page}.md`));
 * });
 * assertEquals(render.options.cache?.files, files);
 * ```
 */
export interface CacheFiles {
  /** Paths of what the body reads: a result is reused only while their content is the same. */
  readonly inputs: readonly string[];
  /** Paths of what the body writes: a result is reused only while they are as the body has left them. */
  readonly outputs: readonly string[];
}

/**
 * Lets the results of a task be reused: by later submissions, later runs, and other programs that have the same cache.
 *
 * @typeParam A The parameters of the task's body.
 *
 * @example A result that is valid for a day
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type TaskCache, TaskRunner } from "@workflowy/workflowy";
 *
 * let calls = 0;
 * const cache: TaskCache<[city: string]> = { expires: "1d", key: (city) => city.toLowerCase() };
 * const locate = task({ name: "locate", cache }, (city: string) => (calls++, city.length));
 *
 * const path = await Deno.makeTempDir();
 * await using runner = new TaskRunner({ cache: { path } });
 * assertEquals(await runner.submit(locate, "Oslo"), 4);
 * const again = runner.submit(locate, "OSLO");
 * assertEquals([await again, again.cached, calls], [4, true, 1]);
 * await Deno.remove(path, { recursive: true });
 * ```
 */
export interface TaskCache<A extends unknown[] = unknown[]> {
  /** How long a result is valid. A number is milliseconds. With 0 the body always runs. Default: without limit. */
  readonly expires?: Duration | undefined;
  /**
   * Returns a key for the arguments: submissions with the same key share a result. It is called once for a submission, when
   * its dependencies have finished, with values in place of handles. Default: the arguments themselves.
   */
  readonly key?: ((...args: A) => string) | undefined;
  /** Returns the files that the result depends on. It is called together with `key`. Default: none. */
  readonly files?: ((...args: A) => CacheFiles) | undefined;
}

/** A {@linkcode TaskCache}, checked. */
export interface ResolvedTaskCache {
  /** How long a result is valid, in milliseconds, if that is limited. */
  readonly expires?: number;
  /** Returns the key for the arguments, if it is not made of themselves. */
  readonly key?: (...args: never) => string;
  /** Returns the files that the result depends on, if it depends on some. */
  readonly files?: (...args: never) => CacheFiles;
}

/**
 * Where a runner keeps results of tasks that have a `cache`.
 *
 * @example A cache of at most 100 MiB
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type RunnerCache, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const cache: RunnerCache = { path: await Deno.makeTempDir(), maxBytes: 100 * 2 ** 20 };
 * await using runner = new TaskRunner({ cache });
 * assertEquals(await runner.submit(task({ name: "answer", cache: {} }, () => 42)), 42);
 * await Deno.remove(cache.path!, { recursive: true });
 * ```
 */
export interface RunnerCache {
  /** The folder. It is made when it is first needed. Several programs may use it at once. Default: `.workflowy/cache`. */
  readonly path?: string | URL | undefined;
  /** About how many bytes it may have. What was not used for longest is deleted first. Default: 1 GiB. */
  readonly maxBytes?: number | undefined;
}

/** A {@linkcode RunnerCache}, checked and complete. */
export interface ResolvedRunnerCache {
  readonly path: string;
  readonly maxBytes: number;
}

/** A {@linkcode TaskCache}. */
export const checkTaskCache: Check<ResolvedTaskCache> = (value, what) => {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${what} must be an object such as { expires: "1d" }, or {}, not ${describeValue(value)}`);
  }
  refuseUnknown(value, ["expires", "key", "files"], `in ${what}`);
  const { expires, key, files } = value as TaskCache;
  return Object.freeze({
    ...(expires !== undefined && { expires: toMilliseconds(expires, `expires in ${what}`) }),
    ...(key !== undefined && { key: callable(key, `key in ${what}`) as (...args: never) => string }),
    ...(files !== undefined && { files: callable(files, `files in ${what}`) as (...args: never) => CacheFiles }),
  });
};

/** A GiB: more than most programs keep, and no matter on most disks. */
const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * Checks and completes a {@linkcode RunnerCache}.
 *
 * @throws {TypeError} If an option is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveRunnerCache(given: RunnerCache, what: string): ResolvedRunnerCache {
  refuseUnknown(given, ["path", "maxBytes"], `in ${what}`);
  const { path = ".workflowy/cache", maxBytes = DEFAULT_MAX_BYTES } = given;
  if (path instanceof URL ? path.protocol !== "file:" : typeof path !== "string" || path === "") {
    throw new TypeError(`path in ${what} must be the path or file: URL of a folder, not ${describeValue(path)}`);
  }
  return {
    path: path instanceof URL ? pathOf(path) : path,
    maxBytes: wholeNumberFrom(1)(maxBytes, `maxBytes in ${what}`),
  };
}
