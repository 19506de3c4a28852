/**
 * Files as one would write them by hand: a line of JSON for each record.
 *
 * @module
 */

import { join } from "@std/path";
import type { TaskRecord } from "../../mod.ts";
import type { Store, StoreKind } from "./store.ts";

/** As much as a buffered writer usually holds. */
const BUFFER_LENGTH = 1 << 16;

const encoder = new TextEncoder();

/** Writes each record by itself. */
export const APPEND: StoreKind = lineFile("NDJSON, a write a record", (file) => (records) => {
  for (const record of records) writeAll(file, lineOf(record));
});

/** Writes records that completed together at once. */
export const APPEND_GROUPS: StoreKind = lineFile("NDJSON, a write a group", (file) => (records) => {
  writeAll(file, linesOf(records));
});

/** Writes now and then; a program that is killed takes the rest with it. */
export const BUFFERED: StoreKind = {
  name: "NDJSON, buffered",
  open(folder) {
    const file = openLines(folder);
    let pending = "";
    return {
      save(records) {
        for (const record of records) pending += lineOf(record);
        if (pending.length < BUFFER_LENGTH) return;
        writeAll(file, pending);
        pending = "";
      },
      close() {
        writeAll(file, pending);
        file.close();
      },
    };
  },
};

/** Writes and synchronises each record by itself. */
export const SYNCED_EACH: StoreKind = lineFile("fdatasync a record", (file) => async (records) => {
  for (const record of records) {
    writeAll(file, lineOf(record));
    await file.syncData();
  }
});

/** Writes and synchronises a group, while the event loop continues. */
export const SYNCED: StoreKind = lineFile("fdatasync a group", (file) => (records) => {
  writeAll(file, linesOf(records));
  return file.syncData();
});

/** Writes and synchronises a group, while the event loop stands still. */
export const SYNCED_BLOCKING: StoreKind = lineFile("fdatasync a group, blocking", (file) => (records) => {
  writeAll(file, linesOf(records));
  file.syncDataSync();
});

/** Writes all records each time, and puts the new file in place of the old one, as pyWorkflowy does. */
export function wholeFile(holds: number): StoreKind {
  return {
    name: `whole file (pyWorkflowy), ${holds.toLocaleString("en")}`,
    holds,
    open(folder) {
      const path = join(folder, "state.json");
      const kept: TaskRecord[] = [];
      let next = 0;
      return {
        save(records) {
          for (const record of records) kept[next++ % holds] = record;
          // The one that it held from the beginning makes the rewrite as long as it is when all are there.
          while (kept.length < holds) kept.push(records[0]!);
          Deno.writeTextFileSync(`${path}.tmp`, JSON.stringify(kept));
          Deno.renameSync(`${path}.tmp`, path);
        },
        close() {},
      };
    },
  };
}

function lineFile(name: string, saving: (file: Deno.FsFile) => Store["save"]): StoreKind {
  return {
    name,
    open(folder) {
      const file = openLines(folder);
      return { save: saving(file), close: () => file.close() };
    },
  };
}

function openLines(folder: string): Deno.FsFile {
  return Deno.openSync(join(folder, "lines.jsonl"), { create: true, append: true });
}

function lineOf(record: TaskRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function linesOf(records: readonly TaskRecord[]): string {
  let lines = "";
  for (const record of records) lines += lineOf(record);
  return lines;
}

function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = encoder.encode(text);
  let length = 0;
  while (length < bytes.length) length += file.writeSync(length === 0 ? bytes : bytes.subarray(length));
}
