/**
 * Places that keep records, for tests that are run on each of them.
 *
 * @module
 */

import { type Checkpointer, type CodecName, MemoryCheckpointer } from "../../mod.ts";
import { FileCheckpointer } from "../../src/stores/file_checkpointer.ts";
import { KvCheckpointer } from "../../src/stores/kv_checkpointer.ts";

/** A place, new for each test. */
export interface Store {
  readonly codec: CodecName;
  /** A checkpointer on it; the former one must have been closed. */
  open(): Checkpointer;
}

type Kind = (folder: string, codec: CodecName) => () => Checkpointer;

const KINDS: Readonly<Record<string, Kind>> = {
  memory: (_, codec) => {
    const checkpointer = new MemoryCheckpointer({ codec });
    return () => checkpointer;
  },
  file: (folder, codec) => () => new FileCheckpointer(`${folder}/state.jsonl`, { codec, fsync: "never" }),
  kv: (folder, codec) => () => new KvCheckpointer({ path: `${folder}/state.db`, codec }),
};

/** Makes a test for each codec of each kind of store, or of those given. */
export function testOnStores(name: string, body: (store: Store) => Promise<void>, kinds = Object.keys(KINDS)): void {
  for (const [kind, make] of Object.entries(KINDS).filter(([kind]) => kinds.includes(kind))) {
    for (const codec of ["json", "structured"] as const) {
      Deno.test(`${name} (${kind}, ${codec})`, async () => {
        const folder = await Deno.makeTempDir();
        try {
          await body({ codec, open: make(folder, codec) });
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });
    }
  }
}
