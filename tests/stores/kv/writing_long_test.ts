import { assert, assertEquals, assertGreater, assertRejects, equal } from "@std/assert";
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { keysUnder, noise, record, WrappedKv } from "./wrapped_kv.ts";

async function loadAll(checkpointer: KvCheckpointer): Promise<Map<string, TaskRecord>> {
  return new Map(await Array.fromAsync(checkpointer.load(), (each) => [each.id, each] as const));
}

/** Makes sure that there are the parts of large records, and no others, and no marks. */
async function expectNoOrphans(kv: Deno.Kv): Promise<void> {
  const large = await Array.fromAsync(
    kv.list<{ generation: string; count: number }>({ prefix: ["workflowy", "large"] }),
  );
  const expected = large.flatMap(({ key, value: { generation, count } }) =>
    Array.from({ length: count }, (_, index) => [key.at(-1)!, generation, index])
  );
  assertEquals(await keysUnder(kv, ["workflowy", "part"]), expected);
  assertEquals(await keysUnder(kv, ["workflowy", "stale"]), []);
}

Deno.test("KvCheckpointer.save() writes up to 900 small records in one atomic operation", async () => {
  using kv = await Deno.openKv(":memory:");
  const wrapped = new WrappedKv(kv, {});
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  await checkpointer.delete(["none"]);
  const before = wrapped.commits;
  await checkpointer.save(Array.from({ length: 900 }, (_, index) => record(`square#0123456789abcdef~${index}`)));
  assertEquals(wrapped.commits - before, 1);
  await checkpointer.save(Array.from({ length: 4_000 }, (_, index) => record(`square#0123456789abcdef~${index}`)));
  assert(wrapped.commits - before - 1 <= 5, `${wrapped.commits - before - 1} commits`);
  assertEquals((await loadAll(checkpointer)).size, 4_000);
});

Deno.test("KvCheckpointer.save() writes large records together with others in one step that counts", async () => {
  using kv = await Deno.openKv(":memory:");
  const rows: number[] = [];
  const wrapped = new WrappedKv(kv, {
    async after() {
      rows.push(
        (await keysUnder(kv, ["workflowy", "row"])).length + (await keysUnder(kv, ["workflowy", "large"])).length,
      );
    },
  });
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  const records = Array.from({ length: 60 }, (_, index) => record(`${index}`, noise(index % 2 === 0 ? 100 : 100_000)));
  await checkpointer.save(records);
  assertEquals(new Set(rows), new Set([0, 60]));
  assertGreater(rows.length, 5);
  await expectNoOrphans(kv);
});

Deno.test("KvCheckpointer.save() of more than an atomic operation takes is divided between records", async () => {
  using kv = await Deno.openKv(":memory:");
  const wrapped = new WrappedKv(kv, {});
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  const records = Array.from({ length: 100 }, (_, index) => record(`${index}`, noise(50_000, index)));
  await checkpointer.save(records);
  assertGreater(wrapped.commits, 6);
  assertEquals(await loadAll(checkpointer), new Map(records.map((each) => [each.id, each]).toSorted() as never));
});

Deno.test("KvCheckpointer.save() writes a large record that fits in one commit", async () => {
  using kv = await Deno.openKv(":memory:");
  const wrapped = new WrappedKv(kv, {});
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  await checkpointer.delete(["none"]);
  const before = wrapped.commits;
  await checkpointer.save([record("a", noise(700_000)), record("b")]);
  await checkpointer.save([record("a", noise(300_000)), record("b", noise(300_000))]);
  assertEquals(wrapped.commits - before, 2);
  await expectNoOrphans(kv);
});

Deno.test("KvCheckpointer.save() fills atomic operations, and never too much", async () => {
  using kv = await Deno.openKv(":memory:");
  const wrapped = new WrappedKv(kv, {});
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  for (const size of [100, 500, 650, 700, 750, 800, 1_500, 4_000, 8_000, 20_000, 40_000, 61_000]) {
    const count = Math.ceil(2_000_000 / (size + 150));
    const before = wrapped.commits;
    for (const id of ["", "x".repeat(60)]) {
      await checkpointer.save(Array.from({ length: count }, (_, index) => record(`${index}${id}`, "v".repeat(size))));
    }
    const least = Math.ceil(2 * Math.max(2_000_000 / 819_200, count / 1_000, 0));
    assert(wrapped.commits - before <= 4 * least, `${wrapped.commits - before} commits for ${size} bytes each`);
  }
});

Deno.test("KvCheckpointer knows what is large after a commit of which it did not hear", async () => {
  using kv = await Deno.openKv(":memory:");
  let isLost = false;
  const wrapped = new WrappedKv(kv, {
    after() {
      if (isLost) throw new Error("the answer was lost");
    },
  });
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  await checkpointer.save([record("a", noise(100_000))]);
  isLost = true;
  const lost = [record("a"), record("b", noise(100_000))];
  await assertRejects(() => checkpointer.save(lost), CheckpointError, "the answer was lost");
  isLost = false;
  assertEquals(await loadAll(checkpointer), new Map(lost.map((each) => [each.id, each])));
  await expectNoOrphans(kv);
  await checkpointer.save([record("b")]);
  assertEquals((await loadAll(checkpointer)).size, 2);
  await expectNoOrphans(kv);
});

Deno.test("KvCheckpointer keeps records around the sizes at which they are cut into parts", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  const empty = JSON.stringify(record("x", "")).length;
  const part = 60 * 1_024;
  for (const size of [part - 5, part - 4, part - 3, part, part + 1, 2 * part - 1, 2 * part, 2 * part + 1, 14 * part]) {
    const text = noise(size - empty);
    await checkpointer.save([record("x", text)]);
    assertEquals((await loadAll(checkpointer)).get("x")?.value, text);
    assertEquals((await keysUnder(kv, ["workflowy", "part"])).length, size <= part - 4 ? 0 : Math.ceil(size / part));
    await expectNoOrphans(kv);
  }
});

Deno.test("KvCheckpointer removes the parts of records that are replaced or deleted", async () => {
  using kv = await Deno.openKv(":memory:");
  const checkpointer = new KvCheckpointer({ kv });
  const sizes = [5_000_000, 100, 5_000_000, 4_000_000, 100_000, 200_000, 100];
  for (const size of sizes) {
    await checkpointer.save([record("a", noise(size)), record("b")]);
    assertEquals((await loadAll(checkpointer)).get("a"), record("a", noise(size)));
    assertEquals((await loadAll(checkpointer)).size, 2);
    await expectNoOrphans(kv);
  }
  for (const size of sizes) {
    await checkpointer.save([record("a", noise(size))]);
    // Opened again, it has to find out what is large.
    await checkpointer[Symbol.asyncDispose]();
    await checkpointer.delete(["a", "none"]);
    assertEquals([...(await loadAll(checkpointer)).keys()], ["b"]);
    await expectNoOrphans(kv);
  }
  await checkpointer[Symbol.asyncDispose]();
});

Deno.test("KvCheckpointer keeps records with ids that are too long for a key, large ones too", async () => {
  using kv = await Deno.openKv(":memory:");
  const ids = [
    "x".repeat(511),
    "x".repeat(510),
    "é".repeat(256),
    "\0".repeat(256),
    "y".repeat(100_000),
    "\ud800",
    "\udfff",
  ];
  const checkpointer = new KvCheckpointer({ kv });
  for (const [round, size] of [10, 100_000, 10].entries()) {
    const records = ids.map((id) => record(id, noise(size), round));
    await checkpointer.save(records);
    const found = await loadAll(checkpointer);
    for (const each of records) assertEquals(found.get(each.id), each);
    assertEquals(found.size, ids.length);
    await expectNoOrphans(kv);
  }
  const [first] = ids;
  await checkpointer.delete(ids.slice(1));
  await checkpointer[Symbol.asyncDispose]();
  assertEquals([...(await loadAll(checkpointer)).keys()], [first]);
  await checkpointer[Symbol.asyncDispose]();
});

Deno.test("KvCheckpointer.load() that meets changes yields each record once, and whole", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  const name = (index: number) => `${index}`.padStart(4, "0");
  const [small, large] = [noise(10), noise(70_000)];
  const records = Array.from({ length: 1_300 }, (_, index) => record(name(index), index % 100 === 50 ? large : small));
  await checkpointer.save(records);
  const seen = new Map<string, TaskRecord>();
  let step = 0;
  for await (const each of checkpointer.load()) {
    assert(!seen.has(each.id), each.id);
    assert(each.value === small || each.value === large);
    seen.set(each.id, each);
    if (step++ % 100 > 0) continue;
    const at = (step * 7) % 1_300;
    const changed = [at, 50, 1_250, 1_299].map((index) => record(name(index), step % 200 < 100 ? large : small));
    await checkpointer.save(changed);
    await checkpointer.delete([name(150), name(1_150)]);
  }
  const missing = records.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
  assert(missing.every((id) => [name(150), name(1_150)].includes(id)), `${missing}`);
});

/** What is done, one after the other, and may be cut off anywhere. */
type Step = (checkpointer: KvCheckpointer) => Promise<void>;

interface Scenario {
  readonly name: string;
  readonly before: readonly TaskRecord[];
  readonly after: readonly TaskRecord[];
  /** Leads from the one to the other. */
  readonly step: Step;
  /** Whether that is to happen at once, or record by record. */
  readonly kind: "atomic" | "by record";
}

const small = (count: number, round: number) => Array.from({ length: count }, (_, index) => record(`s${index}`, round));
const large = (count: number, size: number, round: number) =>
  Array.from({ length: count }, (_, index) => record(`l${index}`, noise(size, round + index)));

const SCENARIOS: readonly Scenario[] = [
  {
    name: "small records",
    before: small(5, 1),
    after: small(800, 2),
    step: (checkpointer) => checkpointer.save(small(800, 2)),
    kind: "atomic",
  },
  {
    name: "more small records than fit",
    before: small(2_000, 1),
    after: small(2_000, 2),
    step: (checkpointer) => checkpointer.save(small(2_000, 2)),
    kind: "by record",
  },
  {
    name: "a large record",
    before: large(1, 200_000, 1),
    after: large(1, 300_000, 2),
    step: (checkpointer) => checkpointer.save(large(1, 300_000, 2)),
    kind: "atomic",
  },
  {
    name: "a record of 2 MB and small ones",
    before: [...large(1, 2_000_000, 1), ...small(10, 1)],
    after: [...large(1, 2_000_000, 2), ...small(10, 2)],
    step: (checkpointer) => checkpointer.save([...small(10, 2), ...large(1, 2_000_000, 2)]),
    kind: "atomic",
  },
  {
    name: "large records that become small, and small ones that become large",
    before: [...large(8, 500_000, 1), ...small(8, 1)],
    after: [...small(8, 1).map(({ id }) => record(id, noise(400_000))), ...large(8, 10, 2)],
    step: (checkpointer) =>
      checkpointer.save([...small(8, 1).map(({ id }) => record(id, noise(400_000))), ...large(8, 10, 2)]),
    kind: "atomic",
  },
  {
    name: "the deletion of small and large records",
    before: [...large(2, 4_000_000, 1), ...small(10, 1)],
    after: small(1, 1),
    step: (checkpointer) => checkpointer.delete(["l0", "l1", ...small(10, 1).slice(1).map(({ id }) => id)]),
    kind: "atomic",
  },
];

for (const { name, before, after, step, kind } of SCENARIOS) {
  for (const when of ["before", "after"] as const) {
    Deno.test(`KvCheckpointer that dies ${when} any commit leaves whole records: ${name}`, async () => {
      let deaths = 0;
      for (let deadly = 1;; deadly++) {
        using kv = await Deno.openKv(":memory:");
        {
          await using first = new KvCheckpointer({ kv });
          await first.save(before);
        }
        let isDead = false;
        const check = () => {
          if (isDead) throw new Error("it is dead");
        };
        const die = (number: number) => {
          isDead ||= number === deadly + 1;
          check();
        };
        const wrapped = new WrappedKv(kv, { [when]: die, ...(when === "after" && { before: check }), read: check });
        const dying = new KvCheckpointer({ kv: wrapped });
        // The first commit takes the lease.
        await dying.delete(["none"]).catch(() => {});
        const outcome = await step(dying).then(() => "done", () => "died");
        isDead = true;
        await assertRejects(() => dying[Symbol.asyncDispose](), CheckpointError);
        await kv.delete(["workflowy", "lease"]);

        await using checkpointer = new KvCheckpointer({ kv });
        const found = await loadAll(checkpointer);
        const [old, wanted] = [before, after].map((records) => new Map(records.map((each) => [each.id, each])));
        const sorted = (map: Map<string, TaskRecord>) => [...map].sort(([a], [b]) => a < b ? -1 : 1);
        const isOld = equal(sorted(found), sorted(old!));
        const isNew = equal(sorted(found), sorted(wanted!));
        if (outcome === "done") assert(isNew, `done after ${deadly} commits`);
        if (kind === "atomic") assert(isOld || isNew, `a part was left by dying at commit ${deadly}`);
        for (const id of new Set([...found.keys(), ...old!.keys(), ...wanted!.keys()])) {
          const each = found.get(id);
          const isEither = equal(each, old!.get(id)) || equal(each, wanted!.get(id));
          assert(isEither, `${id} is neither what it was nor what it was to be`);
        }
        await expectNoOrphans(kv);
        await checkpointer.save(after);
        const removed = before.filter(({ id }) => !wanted!.has(id)).map(({ id }) => id);
        await checkpointer.delete(removed);
        assert(equal(sorted(await loadAll(checkpointer)), sorted(wanted!)));
        await expectNoOrphans(kv);
        if (outcome === "done") break;
        deaths++;
      }
      assertGreater(deaths, 0);
    });
  }
}
