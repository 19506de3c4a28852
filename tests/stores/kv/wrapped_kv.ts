/**
 * What the tests of checkpoints in Deno KV have at hand.
 *
 * @module
 */

import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import type { KvAtomic, KvCommit, KvEntries, KvKey, OpenDatabase } from "../../../src/stores/kv/database.ts";

/** What happens around commits, of which the first is number 1. */
export interface Hooks {
  /** Called before; what it throws is thrown by `commit()`, and nothing is written. */
  readonly before?: (number: number) => void | Promise<void>;
  /** Called after; what it throws is thrown by `commit()`, although it was done. */
  readonly after?: (number: number, commit: KvCommit) => void | Promise<void>;
  /** Called before each read, which waits for it. */
  readonly read?: () => void | Promise<void>;
}

/** A database in which something happens around commits. */
export class WrappedKv implements OpenDatabase {
  /** How many commits were begun. */
  commits = 0;
  readonly #kv: Deno.Kv;
  readonly #hooks: Hooks;

  constructor(kv: Deno.Kv, hooks: Hooks) {
    this.#kv = kv;
    this.#hooks = hooks;
  }

  async get(key: KvKey) {
    await this.#hooks.read?.();
    return await this.#kv.get([...key]);
  }

  list(selector: { readonly prefix: KvKey }, options?: Deno.KvListOptions): KvEntries {
    const [kv, hooks] = [this.#kv, this.#hooks];
    let entries: Deno.KvListIterator<unknown> | undefined;
    return {
      get cursor() {
        return entries!.cursor;
      },
      async *[Symbol.asyncIterator]() {
        await hooks.read?.();
        entries = kv.list({ prefix: [...selector.prefix] }, options);
        yield* entries;
      },
    };
  }

  atomic(): KvAtomic {
    const atomic = this.#kv.atomic();
    return {
      check: ({ key, versionstamp }) => void atomic.check({ key: [...key], versionstamp }),
      set: (key, value) => void atomic.set([...key], value),
      delete: (key) => void atomic.delete([...key]),
      commit: async () => {
        const number = ++this.commits;
        await this.#hooks.before?.(number);
        const commit: KvCommit = await atomic.commit();
        await this.#hooks.after?.(number, commit);
        return commit;
      },
    };
  }

  close(): void {
    this.#kv.close();
  }
}

/** Does something in a folder that is removed afterwards. */
export async function inTempFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "workflowy-kv-" });
  try {
    return await job(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A record of that id. */
export function record(id: string, value: unknown = null, attempts = 1): TaskRecord {
  return { id, name: "sample", status: "completed", attempts, args: [], dependsOn: [], value };
}

/** The keys under a prefix, without it. */
export function keysUnder(kv: Deno.Kv, prefix: Deno.KvKey): Promise<Deno.KvKey[]> {
  const entries = kv.list({ prefix }, { batchSize: 20 });
  return Array.fromAsync(entries, ({ key }) => key.slice(prefix.length));
}

const noises = new Map<string, string>();

/** A string without a pattern, of so many characters. */
export function noise(length: number, seed = 1): string {
  return noises.getOrInsertComputed(`${length} ${seed}`, () => makeNoise(length, seed));
}

function makeNoise(length: number, seed: number): string {
  let state = seed;
  const chars = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    chars[index] = 97 + (state >>> 16) % 26;
  }
  return new TextDecoder().decode(chars);
}
