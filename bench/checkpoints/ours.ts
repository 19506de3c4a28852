/**
 * Our checkpointers.
 *
 * @module
 */

import { join } from "@std/path";
import { type Checkpointer, FileCheckpointer, type FsyncPolicy, MemoryCheckpointer } from "../../mod.ts";
import { KvCheckpointer } from "../../src/stores/kv_checkpointer.ts";
import type { StoreKind } from "./store.ts";

/** The name of the file, or the database, in its folder. */
export const FILE = "state.jsonl";

/** Opens a checkpointer in a folder. */
export type OpenCheckpointer = (folder: string) => Checkpointer;

/** Opens a file with a policy. */
export function file(fsync: FsyncPolicy): OpenCheckpointer {
  return (folder) => new FileCheckpointer(join(folder, FILE), { fsync });
}

/** Opens a database. */
export function kv(folder: string): Checkpointer {
  return new KvCheckpointer({ path: join(folder, FILE) });
}

/** Opens what is on no disk. */
export function memory(): Checkpointer {
  return new MemoryCheckpointer();
}

/** A checkpointer that is used without a runner. */
export function alone(name: string, open: OpenCheckpointer): StoreKind {
  return {
    name,
    open(folder) {
      const checkpointer = open(folder);
      return {
        save: (records) => checkpointer.save(records),
        close: () => checkpointer[Symbol.asyncDispose](),
      };
    },
  };
}
