/**
 * The checkpoints of the campaign: which there are, and how to open and read them.
 *
 * @module
 */

import { type Checkpointer, CheckpointError, type CodecName, type TaskRecord } from "../../mod.ts";
import { FileCheckpointer, type FsyncPolicy } from "../../src/stores/file_checkpointer.ts";
import { KvCheckpointer } from "../../src/stores/kv_checkpointer.ts";
import { PostgresCheckpointer } from "../../src/stores/postgres/postgres_checkpointer.ts";
import { WAITING_MODULE } from "../../src/tasks/waiting.ts";
import { sleep } from "../support.ts";
import { SERVER } from "./server.ts";

/** A checkpoint, as plain data that a program can be told. */
export type StoreSpec =
  | { readonly kind: "file"; readonly path: string; readonly codec: CodecName; readonly fsync: FsyncPolicy }
  | { readonly kind: "kv"; readonly path: string; readonly codec: CodecName; readonly leaseMs: number }
  | {
    readonly kind: "postgres";
    /** The prefix, which is new for each scenario as a path is. */
    readonly path: string;
    readonly codec: CodecName;
    readonly leaseMs: number;
  };

/** What a store holds, by id. */
export type Records = ReadonlyMap<string, TaskRecord>;

/** The records of tasks with a body, or all others: sleeps, and what is waited for and delivered. */
export function recordsOf(what: "bodies" | "waits", records: Records): Records {
  return new Map(records.entries().filter(([, { module }]) => (module === WAITING_MODULE) === (what === "waits")));
}

/** Longer than a lease, in milliseconds: who does not get the checkpoint until then will never. */
const MAX_WAIT_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/** Opens a checkpoint. */
export function openStore(spec: StoreSpec): Checkpointer {
  const { path, codec } = spec;
  switch (spec.kind) {
    case "file":
      return new FileCheckpointer(path, { codec, fsync: spec.fsync });
    case "kv":
      return new KvCheckpointer({ path, codec, prefix: ["crash", "campaign"], lease: spec.leaseMs });
    case "postgres":
      return new PostgresCheckpointer({ connection: Deno.env.get(SERVER), prefix: path, codec, lease: spec.leaseMs });
  }
}

/**
 * Reads a checkpoint whose program has ended; the lease of one that was killed has to lapse first.
 *
 * @throws {CheckpointError} If it cannot be read.
 */
export async function readStore(spec: StoreSpec): Promise<Records> {
  const end = performance.now() + MAX_WAIT_MS;
  for (;;) {
    await using checkpointer = openStore(spec);
    try {
      const records = new Map<string, TaskRecord>();
      for await (const record of checkpointer.load()) {
        if (records.has(record.id)) throw new Error(`The checkpoint has two records of the id ${record.id}`);
        records.set(record.id, record);
      }
      return records;
    } catch (error) {
      const isLeased = error instanceof CheckpointError && error.reason === "in use";
      if (!isLeased || performance.now() > end) throw error;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}
