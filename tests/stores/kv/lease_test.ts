import { assert, assertEquals, assertGreater, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { CheckpointError } from "../../../src/core/errors.ts";
import { block } from "../../support.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { keysUnder, record, WrappedKv } from "./wrapped_kv.ts";

const LEASE = ["workflowy", "lease"];

/** The lease as it stands in the database. */
async function leaseIn(kv: Deno.Kv) {
  return (await kv.get<{ owner: string; until: number; pid: number }>(LEASE)).value;
}

function ids(checkpointer: KvCheckpointer): Promise<string[]> {
  return Array.fromAsync(checkpointer.load(), ({ id }) => id);
}

/** Makes a foreign lease, as if another program had one. */
function takeAway(kv: Deno.Kv, ms: number, more: object = { pid: 4711, host: "elsewhere" }): Promise<unknown> {
  return kv.set(LEASE, { owner: "another", until: Date.now() + ms, ...more });
}

Deno.test("KvCheckpointer keeps a second one with the same prefix out, and says why", async () => {
  using kv = await Deno.openKv(":memory:");
  await using first = new KvCheckpointer({ kv });
  await first.save([record("a")]);
  await using second = new KvCheckpointer({ kv });
  const error = await assertRejects(() => second.save([record("b")]), CheckpointError);
  assertEquals(
    error.message.replace(/in 1[45](\.\d)? s \(.*?Z\)/, "in 15 s (…)"),
    'Cannot open the checkpoint ["workflowy"] in Deno KV, as another KvCheckpointer of this program has it; its lease ends ' +
      "in 15 s (…) unless that one renews it. If it was killed, start again then; if it still runs, end it, use another " +
      'prefix, or let this one wait: TaskRunner.resume(…, { standby: true }). If the lease will not end, as its clock was wrong, delete the key ["workflowy", "lease"]',
  );
  await assertRejects(() => ids(second), CheckpointError, "has it");
  await assertRejects(() => second.delete(["a"]), CheckpointError, "has it");
  assertEquals(await ids(first), ["a"]);
});

Deno.test("KvCheckpointer releases its lease at disposal", async () => {
  using kv = await Deno.openKv(":memory:");
  for (let round = 1; round <= 3; round++) {
    await using checkpointer = new KvCheckpointer({ kv });
    await checkpointer.save([record(`${round}`)]);
    assert(await leaseIn(kv) !== null);
  }
  assertEquals(await leaseIn(kv), null);
});

Deno.test("KvCheckpointers of different prefixes work side by side", async () => {
  using kv = await Deno.openKv(":memory:");
  const prefixes = [["a"], ["a", "b"], ["a", "b", "c"], ["b"], "ab", [1], [1n], [true]];
  const all = prefixes.map((prefix) => new KvCheckpointer({ kv, prefix }));
  await Promise.all(all.map((each, index) => each.save([record("same", index), record(`own${index}`)])));
  await Promise.all(all.map((each, index) => each.delete([`own${index - 1}`, "none"])));
  for (const [index, each] of all.entries()) assertEquals(await ids(each), [`own${index}`, "same"]);
  await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
});

Deno.test("KvCheckpointer says which process has the lease", async () => {
  using kv = await Deno.openKv(":memory:");
  const cases: [more: object, who: string][] = [
    [{ pid: 4711, host: "elsewhere" }, 'process 4711 on "elsewhere" has it; its lease ends in '],
    [{ pid: 4711 }, "process 4711 has it"],
    [{}, "another program has it"],
    [{ until: 1e300 }, "another program has it; its lease ends in"],
  ];
  for (const [more, who] of cases) {
    await takeAway(kv, 60_000, more);
    await using checkpointer = new KvCheckpointer({ kv });
    await assertRejects(() => checkpointer.save([record("a")]), CheckpointError, who);
  }
  assertEquals(await keysUnder(kv, ["workflowy"]), [["lease"]]);
});

Deno.test("KvCheckpointer takes over a lease that expired", async () => {
  using time = new FakeTime();
  using kv = await Deno.openKv(":memory:");
  await takeAway(kv, 300);
  await using checkpointer = new KvCheckpointer({ kv });
  await assertRejects(() => checkpointer.save([record("a")]), CheckpointError, "process 4711");
  time.tick(301);
  await checkpointer.save([record("a")]);
  assertEquals(await ids(checkpointer), ["a"]);
  assertEquals((await leaseIn(kv))?.pid, Deno.pid);
});

Deno.test("KvCheckpointer: of many that take over an expired lease at once, one gets it", async () => {
  using kv = await Deno.openKv(":memory:");
  await using before = new KvCheckpointer({ kv });
  await before.save([record("before")]);
  await before[Symbol.asyncDispose]();
  await takeAway(kv, -1);
  const all = Array.from({ length: 10 }, () => new KvCheckpointer({ kv }));
  const outcomes = await Promise.allSettled(all.map((each, index) => each.save([record(`${index}`)])));
  const winners = outcomes.flatMap(({ status }, index) => status === "fulfilled" ? [index] : []);
  assertEquals(winners.length, 1);
  assertEquals(await ids(all[winners[0]!]!), [`${winners[0]}`, "before"]);
  for (const each of all) await each[Symbol.asyncDispose]();
  assertEquals(await leaseIn(kv), null);
});

Deno.test("KvCheckpointer renews its lease for as long as it is open, and then no more", async () => {
  using time = new FakeTime();
  using kv = await Deno.openKv(":memory:");
  let renewed = Promise.withResolvers<void>();
  const wrapped = new WrappedKv(kv, { after: () => renewed.resolve() });
  await using other = new KvCheckpointer({ kv, lease: 600 });
  {
    await using checkpointer = new KvCheckpointer({ kv: wrapped, lease: 600 });
    await checkpointer.save([record("a")]);
    for (let round = 0; round < 8; round++) {
      renewed = Promise.withResolvers();
      time.tick(200);
      await renewed.promise;
      assertEquals((await leaseIn(kv))?.until, Date.now() + 600);
      await assertRejects(() => ids(other), CheckpointError, "another KvCheckpointer of this program has it");
    }
  }
  const { commits } = wrapped;
  assertEquals(await ids(other), ["a"]);
  time.tick(60_000);
  assertEquals(wrapped.commits, commits);
});

Deno.test("KvCheckpointer: its own renewals never make its saves fail", async () => {
  using time = new FakeTime();
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv, lease: 100 });
  const large = "x".repeat(1_000_000);
  for (let count = 0; count < 20; count++) {
    const jobs = [
      checkpointer.save([record(`${count}`)]),
      checkpointer.save([record("large", large), record(`${count}`)]),
      checkpointer.delete([`${count - 5}`]),
      ids(checkpointer),
    ];
    time.tick(40);
    await Promise.all(jobs);
  }
  assertGreater((await leaseIn(kv))!.until, Date.now());
});

Deno.test("KvCheckpointer renews its lease within a save() that takes longer than the lease", async () => {
  using time = new FakeTime();
  using kv = await Deno.openKv(":memory:");
  const untils = new Set<number>();
  let isSaving = true;
  await using other = new KvCheckpointer({ kv, lease: 450 });
  const wrapped = new WrappedKv(kv, {
    async after() {
      if (!isSaving) return;
      untils.add((await leaseIn(kv))?.until ?? 0);
      time.tick(100);
      await assertRejects(() => ids(other), CheckpointError, "has it; its lease ends in");
    },
  });
  await using checkpointer = new KvCheckpointer({ kv: wrapped, lease: 450 });
  await checkpointer.delete(["none"]);
  await checkpointer.save(Array.from({ length: 9_000 }, (_, index) => record(`${index}`)));
  isSaving = false;
  assertGreater(untils.size, 3);
  assertEquals((await ids(checkpointer)).length, 9_000);
});

Deno.test("KvCheckpointer that lost its lease writes nothing, until it is disposed", async () => {
  using kv = await Deno.openKv(":memory:");
  const large = "x".repeat(100_000);
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("a"), record("large", large)]);
  await takeAway(kv, 60_000);
  const before = await Array.fromAsync(kv.list({ prefix: ["workflowy"] }));
  const loss = 'process 4711 on "elsewhere" took it. That happens when a program is busy or suspended for longer';
  const jobs = [
    () => checkpointer.save([record("b")]),
    () => checkpointer.save([record("b", "y".repeat(2_000_000))]),
    () => checkpointer.delete(["a", "large"]),
    () => ids(checkpointer),
  ];
  for (const job of [...jobs, ...jobs]) {
    const error = await assertRejects(job, CheckpointError, loss);
    assertStringIncludes(error.message, "as its lease was lost");
    assertEquals(await Array.fromAsync(kv.list({ prefix: ["workflowy"] })), before);
  }
  await kv.delete(LEASE);
  await assertRejects(jobs[0]!, CheckpointError, loss);
  await checkpointer[Symbol.asyncDispose]();
  await checkpointer.save([record("b")]);
  assertEquals(await ids(checkpointer), ["a", "b", "large"]);
});

Deno.test("KvCheckpointer notices in a load() that it lost its lease", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save(Array.from({ length: 3 }, (_, index) => record(`${index}`)));
  const records = checkpointer.load();
  await records.next();
  await takeAway(kv, 60_000);
  await assertRejects(() => Array.fromAsync(records), CheckpointError, "its lease was lost");
});

Deno.test("KvCheckpointer does not take what another owner changed for damage", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("large", "x".repeat(100_000))]);
  await takeAway(kv, 60_000);
  for (const key of await keysUnder(kv, ["workflowy", "part"])) await kv.delete(["workflowy", "part", ...key]);
  await assertRejects(() => ids(checkpointer), CheckpointError, "its lease was lost");
});

Deno.test("KvCheckpointer writes nothing more when its lease was deleted", async () => {
  using kv = await Deno.openKv(":memory:");
  const checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("a")]);
  await kv.delete(LEASE);
  await assertRejects(() => checkpointer.save([record("b")]), CheckpointError, "its lease was lost: it is gone");
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(await keysUnder(kv, ["workflowy"]), [["header"], ["row", "a"]]);
});

Deno.test("KvCheckpointer leaves the lease of another owner there at disposal", async () => {
  using kv = await Deno.openKv(":memory:");
  for (const isNoticed of [true, false]) {
    const checkpointer = new KvCheckpointer({ kv });
    await checkpointer.save([record("a")]);
    await takeAway(kv, 60_000);
    if (isNoticed) await assertRejects(() => checkpointer.save([record("b")]), CheckpointError);
    await checkpointer[Symbol.asyncDispose]();
    assertEquals((await leaseIn(kv))?.owner, "another");
    await kv.delete(LEASE);
  }
});

Deno.test("KvCheckpointer continues with a lease that expired and that no other owner took", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv, lease: 100 });
  await checkpointer.save([record("a")]);
  const { now } = Date;
  Date.now = () => now() + 1_000; // and no timer has run, as when a task keeps the thread busy
  try {
    await checkpointer.save([record("b")]);
    assertGreater((await leaseIn(kv))!.until, Date.now());
  } finally {
    Date.now = now;
  }
});

Deno.test("KvCheckpointer renews its lease when the clock was set back", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("a")]);
  const before = (await leaseIn(kv))!.until;
  const { now } = Date;
  Date.now = () => now() - 3_600_000;
  try {
    await checkpointer.save([record("b")]);
  } finally {
    Date.now = now;
  }
  assert(Math.abs((await leaseIn(kv))!.until - (before - 3_600_000)) < 5_000);
});

Deno.test("KvCheckpointer does not read what is not a lease", async () => {
  using kv = await Deno.openKv(":memory:");
  for (const value of ["x", 1, {}, { owner: "a" }, { owner: "a", until: "b" }, { owner: "a", until: NaN }, null]) {
    await kv.set(LEASE, value);
    await using checkpointer = new KvCheckpointer({ kv });
    const message = 'is damaged at the key ["workflowy", "lease"]: its value is not a lease. It was left as it is';
    await assertRejects(() => checkpointer.save([record("a")]), CheckpointError, message);
    await assertRejects(() => ids(checkpointer), CheckpointError, message);
    assertEquals(await keysUnder(kv, ["workflowy"]), [["lease"]]);
  }
});

Deno.test("KvCheckpointer keeps its lease when the answer to a commit is lost", async () => {
  using time = new FakeTime();
  using kv = await Deno.openKv(":memory:");
  const failing = new Set<number>();
  const wrapped = new WrappedKv(kv, {
    after(number) {
      if (failing.has(number)) throw new Error("the answer was lost");
    },
  });
  const saved: string[] = [];
  const checkpointer = new KvCheckpointer({ kv: wrapped, lease: 100 });
  await checkpointer.delete(["none"]);
  for (let round = 0; round < 40; round++) {
    if (round % 3 === 0) failing.add(wrapped.commits + 1);
    if (round % 4 === 0) time.tick(40);
    saved.push(`${round}`);
    // Whether it is an error depends on whether a renewal got in between.
    await checkpointer.save([record(`${round}`)]).catch((error) => assertStringIncludes(error.message, "was lost"));
  }
  failing.clear();
  assertEquals((await ids(checkpointer)).sort(), saved.sort());
  failing.add(wrapped.commits + 1);
  await assertRejects(() => checkpointer[Symbol.asyncDispose](), CheckpointError, "Cannot release the lease of");
  assertEquals(await leaseIn(kv), null);
});

Deno.test("KvCheckpointer opens when the answer to its taking of the lease was lost", async () => {
  using kv = await Deno.openKv(":memory:");
  const wrapped = new WrappedKv(kv, {
    after(number) {
      if (number === 1) throw new Error("the answer was lost");
    },
  });
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  await assertRejects(() => ids(checkpointer), CheckpointError, "the answer was lost");
  assertEquals(await ids(checkpointer), []);
});

Deno.test("KvCheckpointer: a program's disposal in the middle of a load() ends that", async () => {
  using kv = await Deno.openKv(":memory:");
  const checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save(Array.from({ length: 1_500 }, (_, index) => record(`${index}`)));
  const records = checkpointer.load();
  await records.next();
  await checkpointer[Symbol.asyncDispose]();
  const error = await assertRejects(() => Array.fromAsync(records), CheckpointError);
  assertStringIncludes(error.message, "as the checkpointer was disposed meanwhile");
  assertEquals(await leaseIn(kv), null);
});

Deno.test("KvCheckpointer is certain of its lease while that lasts, and finds out afterwards whether it was lost", async () => {
  using kv = await Deno.openKv(":memory:");
  await using certain = new KvCheckpointer({ kv, prefix: "certain", lease: "1h" });
  await certain.save([record("a")]);
  assertEquals(certain.confirm(), undefined);

  await using checkpointer = new KvCheckpointer({ kv, lease: 200 });
  const reasons: unknown[] = [];
  checkpointer.attend({ lost: ({ reason }) => void reasons.push(reason), requested: () => {} });
  await checkpointer.save([record("a")]);
  block(250); // as a program that was suspended
  await checkpointer.confirm();
  assertEquals(reasons, []);
  await kv.set(["workflowy", "lease"], { owner: "another one", until: Date.now() + 60_000 });
  block(250);
  await checkpointer.confirm();
  assertEquals(reasons, ["lost"]);
});
