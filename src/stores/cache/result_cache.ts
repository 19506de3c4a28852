/**
 * Results of tasks in a folder, for later runs and for other programs.
 *
 * The name of an entry is a digest of all that its result depends on: the task, its key, and its inputs with their content.
 * So a file that is changed, and changed back, finds the entry that it had. Entries are written beside their place and
 * renamed, and carry a checksum: a reader sees a whole entry or none, whatever other programs do or however they end.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { Logger } from "../../core/logger.ts";
import { nodeModule } from "../../core/node_builtins.ts";
import type { ResolvedRunnerCache } from "../../core/task_cache.ts";
import { canonicalString } from "../../serialization/canonical.ts";
import { recordedModule } from "../../tasks/recorded_module.ts";
import { decodeEntry, encodeEntry, type Entry, type KeptValue, keptValueOf, valueOf } from "./entry_file.ts";
import { Eviction, pathOfEntry } from "./eviction.ts";
import { ABSENT, fingerprintOf } from "./fingerprint.ts";

/** A task whose result may be in the cache. */
export interface CacheRequest {
  /** The name of the task. */
  readonly task: string;
  readonly module: string | undefined;
  readonly version: string | undefined;
  /** What the task is about: its key, or else its arguments. */
  readonly about: { readonly key: string } | { readonly args: readonly unknown[] };
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** How long a result is valid, in milliseconds. */
  readonly expires: number;
}

/** Where the result of a request is to be kept, once there is one. */
export interface CachePlace {
  readonly id: string;
  readonly request: CacheRequest;
  /** The fingerprints of the inputs, as they were looked at. */
  readonly inputs: readonly string[];
}

/** What a look into the cache has found: a value, or the place for one, or neither as the cache cannot be used. */
export type CacheFound = { readonly value: unknown } | { readonly place: CachePlace | undefined };

/** A cache in a folder. */
export class ResultCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #eviction: Eviction;
  readonly #warned = new Set<string>();
  #evicting: Promise<void> | undefined;

  /** @param now Milliseconds since the epoch. */
  constructor({ path, maxBytes }: ResolvedRunnerCache, logger: Logger, now: () => number = () => Date.now()) {
    this.#now = now;
    this.#folder = path;
    this.#maxBytes = maxBytes;
    this.#logger = logger;
    this.#eviction = new Eviction(path, maxBytes);
  }

  /**
   * Looks for a result.
   *
   * @throws {TypeError} If the arguments of the task cannot be told from others.
   */
  async find(request: CacheRequest): Promise<CacheFound> {
    const about = stringOfAbout(request);
    if (!this.#may("read")) return { place: undefined };
    try {
      const inputs = await fingerprintsOf(request.inputs);
      const place = { id: idOf(request, about, inputs), request, inputs };
      const entry = await this.#read(place);
      return entry === undefined ? { place } : { value: valueOf(entry.value) };
    } catch (error) {
      this.#warn(`find ${request.task}`, `Cannot look for the result of "${request.task}" in the cache`, error);
      return { place: undefined };
    }
  }

  /**
   * Keeps a result for its place, as it is now: what the program does to it afterwards makes no difference.
   *
   * @returns Whether it is kept; if it cannot be, that is logged.
   */
  async keep(place: CachePlace, value: unknown): Promise<boolean> {
    const { task } = place.request;
    if (!this.#may("write")) return false;
    let kept: KeptValue;
    try {
      kept = keptValueOf(value);
    } catch (error) {
      const why = error instanceof TypeError ? error.message : describeError(error);
      this.#warnOnce(`value ${task}`, `The result of "${task}" is not kept in the cache, as ${why}`);
      return false;
    }
    try {
      return await this.#keep(place, kept);
    } catch (error) {
      this.#warn("write", `Cannot keep the result of "${task}" in the cache "${this.#folder}"`, error);
      return false;
    }
  }

  /** Resolves when nothing more is being deleted. */
  async idle(): Promise<void> {
    await this.#evicting;
  }

  async #keep({ id, request, inputs }: CachePlace, value: KeptValue): Promise<boolean> {
    const { task } = request;
    const outputs: [string, string][] = [];
    for (const path of request.outputs) {
      const fingerprint = await fingerprintOf(path);
      if (fingerprint === ABSENT) {
        this.#warnOnce(
          `output ${task}`,
          `The result of "${task}" is not kept in the cache, as its body has not written "${path}", which its ` +
            `cache.files names among the outputs`,
        );
        return false;
      }
      outputs.push([path, fingerprint]);
    }
    const now = await fingerprintsOf(request.inputs);
    const changed = request.inputs.find((_, index) => now[index] !== inputs[index]);
    if (changed !== undefined) {
      this.#logger.debug(`The result of "${task}" is not kept in the cache, as "${changed}" has changed meanwhile`);
      return false;
    }
    const bytes = encodeEntry({ savedAt: this.#now(), outputs, value });
    if (bytes.length > this.#maxBytes) {
      this.#warnOnce(
        `size ${task}`,
        `The result of "${task}" is not kept in the cache, as it has ${bytes.length} bytes: give the runner a larger ` +
          `maxBytes in its cache, or write it to a file, one of the outputs`,
      );
      return false;
    }
    await this.#write(pathOfEntry(this.#folder, id), bytes);
    if (this.#eviction.wrote(bytes.length)) this.#evict();
    return true;
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.${crypto.randomUUID()}.tmp`;
    try {
      await Deno.writeFile(temporary, bytes).catch(async (error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        await Deno.mkdir(path.slice(0, -63), { recursive: true }); // the folder of the entry, whose name has 62 digits
        await Deno.writeFile(temporary, bytes);
      });
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {}); // it may not be there
      throw error;
    }
  }

  /** The entry of a place, if it is valid. */
  async #read({ id, request }: CachePlace): Promise<Entry | undefined> {
    const path = pathOfEntry(this.#folder, id);
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const entry = decodeEntry(bytes);
    if (entry === undefined || this.#now() - entry.savedAt >= request.expires) return undefined;
    if (entry.outputs.length !== request.outputs.length) return undefined;
    for (const [index, [output, fingerprint]] of entry.outputs.entries()) {
      if (request.outputs[index] !== output || await fingerprintOf(output) !== fingerprint) return undefined;
    }
    const now = new Date();
    if (isGranted("write", this.#folder)) await Deno.utime(path, now, now).catch(() => {}); // it may be deleted just now
    return entry;
  }

  #evict(): void {
    this.#evicting ??= this.#eviction.evict()
      .catch((error) => this.#warn("evict", `Cannot delete old results from the cache "${this.#folder}"`, error))
      .finally(() => this.#evicting = undefined);
  }

  /** Whether the program may read or write there. It is not asked for that right, which would stop the program. */
  #may(right: "read" | "write"): boolean {
    if (isGranted(right, this.#folder)) return true;
    const folder = JSON.stringify(this.#folder);
    this.#warnOnce(
      right,
      right === "read"
        ? `The results of tasks are not cached, as the program may not read ${folder}: run it with ` +
          `--allow-read=${this.#folder} --allow-write=${this.#folder}, or give the runner another path in its cache`
        : `The results of tasks are not kept in the cache, as the program may not write ${folder}: run it with ` +
          `--allow-write=${this.#folder}, or give the runner another path in its cache`,
    );
    return false;
  }

  #warn(about: string, what: string, error: unknown): void {
    this.#warnOnce(about, `${what}, so that it runs each time: ${describeError(error)}`);
  }

  /** One problem concerns many tasks. */
  #warnOnce(about: string, message: string): void {
    if (this.#warned.has(about)) return;
    this.#warned.add(about);
    this.#logger.warn(message);
  }
}

function isGranted(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

async function fingerprintsOf(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(await fingerprintOf(path));
  return found;
}

function stringOfAbout({ task, about }: CacheRequest): string {
  try {
    return "key" in about ? `key:${about.key}` : `args:${canonicalString(about.args)}`;
  } catch (cause) {
    throw new TypeError(
      `The result of "${task}" cannot be cached, as its arguments cannot be compared: ${
        describeError(cause)
      }. Give its ` +
        `cache a key, a function that makes a string of them`,
      { cause },
    );
  }
}

function idOf({ module, task, version, inputs }: CacheRequest, about: string, fingerprints: readonly string[]): string {
  const where = module === undefined ? undefined : recordedModule(module);
  const parts = [where, task, version, about, ...inputs.flatMap((path, index) => [path, fingerprints[index]])];
  return nodeModule("node:crypto").hash("sha256", canonicalString(parts), "hex");
}
