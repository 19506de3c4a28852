/**
 * What `find()` must do, where there is one.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../../core/checkpointer.ts";
import { describeValue } from "../../core/describe.ts";
import type { CaseContext, CheckpointerRule } from "./case_context.ts";
import { FULL, IDS, sample, samples } from "./samples.ts";

/** The rules for finding. */
export const FINDING_RULES: readonly CheckpointerRule[] = [
  {
    name: "find(), if there is one, yields the records of its ids as they are now, and no others",
    async test(context) {
      const store = await context.open();
      await expectFound(context, store, ["absent#1"], [], "in a new store");
      const records = samples(10);
      await store.save([...records, FULL]);
      const ids = ["absent#1", ...records.slice(3, 6).map(({ id }) => id), FULL.id, "sample"];
      await expectFound(context, store, ids, [...records.slice(3, 6), FULL], "after a save");
      const changed = sample(records[4]!.id, { value: "x".repeat(context.settings.largestValue) });
      await store.save([changed]);
      await store.delete([records[3]!.id, records[9]!.id]);
      const rest = [changed, records[5]!, FULL];
      await expectFound(context, store, ids, rest, "after another save, and a delete");
      await expectFound(context, await context.open(), ids, rest, "after opening it again");
    },
  },
  {
    name: "find(), if there is one, yields records with ids of every kind, and many at once",
    async test(context) {
      const store = await context.open();
      const records = IDS.map((id, index) => sample(id, { value: index }));
      await store.save(records);
      const even = records.filter((_, index) => index % 2 === 0);
      await store.delete(records.filter((_, index) => index % 2 === 1).map(({ id }) => id));
      await expectFound(context, store, IDS, even, "after deleting every other id");
      const many = samples(context.settings.largestBatch);
      await store.save(many);
      await expectFound(context, store, many.map(({ id }) => id), many, "after a large save");
    },
  },
];

async function expectFound(
  context: CaseContext,
  store: Checkpointer,
  ids: readonly string[],
  records: readonly TaskRecord[],
  when: string,
): Promise<void> {
  if (store.find === undefined) return;
  const expected = new Map(records.map((record) => [record.id, record]));
  for await (const record of store.find(ids)) {
    const { id } = record;
    if (!expected.has(id)) context.fail(`${when}, find() must not yield ${describeValue(id)}, or not twice, but does`);
    context.equal(record, expected.get(id), `${when}, the record that was found`);
    expected.delete(id);
  }
  for (const id of expected.keys()) context.fail(`${when}, find() must yield ${describeValue(id)}, but does not`);
}
