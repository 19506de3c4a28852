/**
 * Checkpointers that break a rule, which the campaign is to find out.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../../../mod.ts";
import type { Fault } from "../order.ts";
import { openStore, type StoreSpec } from "../store.ts";
import { sleep } from "../../support.ts";

/** How late records are saved that were said to be. */
const LATE_MS = 15;

/** Opens a checkpoint, with the fault if it is one of checkpointers. */
export function openFaulty(store: StoreSpec, fault: Fault | undefined): Checkpointer {
  const checkpointer = openStore(store);
  switch (fault) {
    case "never synchronises":
      return openStore(store.kind === "file" ? { ...store, fsync: "never" } : store);
    case "acknowledges before it writes":
      return hasty(checkpointer);
    case "forgets a record":
      return loadingOthers(checkpointer, (records) => {
        const lost = records.findIndex(({ status }) => status === "completed");
        return records.filter((_, index) => index !== lost);
      });
    case "mixes up values":
      return loadingOthers(checkpointer, (records) => {
        const values = records.filter(hasValue).map(({ value }) => value);
        return records.map((record) => hasValue(record) ? { ...record, value: values.pop() } : record);
      });
    case "keeps old records":
      return conservative(checkpointer);
    default:
      return checkpointer;
  }
}

function hasValue({ status, value }: TaskRecord): boolean {
  return status === "completed" && value !== undefined;
}

function changed(inner: Checkpointer, methods: Partial<Checkpointer>): Checkpointer {
  return {
    codec: inner.codec,
    load: () => inner.load(),
    save: (records) => inner.save(records),
    delete: (ids) => inner.delete(ids),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    ...methods,
  };
}

function hasty(inner: Checkpointer): Checkpointer {
  let saving = Promise.resolve();
  return changed(inner, {
    save(records) {
      const copies = [...records];
      saving = saving.then(() => sleep(LATE_MS)).then(() => inner.save(copies));
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      await saving;
      await inner[Symbol.asyncDispose]();
    },
  });
}

function loadingOthers(inner: Checkpointer, change: (records: TaskRecord[]) => TaskRecord[]): Checkpointer {
  return changed(inner, {
    async *load() {
      yield* change(await Array.fromAsync(inner.load()));
    },
  });
}

/** Keeps what it has. */
function conservative(inner: Checkpointer): Checkpointer {
  const known = new Set<string>();
  return changed(inner, {
    async *load() {
      for await (const record of inner.load()) {
        known.add(record.id);
        yield record;
      }
    },
    async save(records) {
      const unknown = records.filter(({ id }) => !known.has(id));
      for (const { id } of records) known.add(id);
      await inner.save(unknown);
    },
  });
}
