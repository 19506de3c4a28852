import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { currentTask, MemoryCheckpointer, type TaskRecord, TaskRunner } from "../../mod.ts";
import { EarlierRun } from "../../src/durability/earlier_run.ts";
import { Resubmitter } from "../../src/durability/orphans.ts";
import type { DurabilityHost } from "../../src/engine/durability.ts";
import { calls, Count, count, family, Ticket, ticket } from "../runner/programs/counted.ts";
import { testOnStores } from "../runner/stores.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { recordingLogger, settle } from "../support.ts";

/** A checkpointer that holds what a run left that ended before anything started, or at `end`. */
async function leftBy(
  submit: (runner: TaskRunner) => unknown,
  end?: (runner: TaskRunner) => Promise<unknown>,
): Promise<ScriptedCheckpointer> {
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer);
  submit(runner);
  await end?.(runner);
  await runner.shutdown();
  calls.length = 0;
  return checkpointer;
}

/** A record as it might be. */
function record(id: string, rest: Partial<TaskRecord> = {}): TaskRecord {
  return { id, name: "count", module: COUNTED, status: "pending", attempts: 0, args: [1], dependsOn: [], ...rest };
}

const COUNTED = new URL("../runner/programs/counted.ts", import.meta.url).href;
const COUNTED_AS_RECORDED = "tests/runner/programs/counted.ts";

async function resumed(...records: TaskRecord[]): Promise<TaskRunner> {
  const checkpointer = new MemoryCheckpointer();
  await checkpointer.save(records);
  return await TaskRunner.resume(checkpointer, { logger: recordingLogger() });
}

testOnStores("what had not finished is orphaned, until it is submitted", async (store) => {
  {
    await using runner = await TaskRunner.resume(store.open(), { logger: recordingLogger() });
    assertEquals(runner.orphaned, []);
    await runner.submit(count, 1);
    for (const x of [2, 3]) runner.submit(count, x);
    runner.submit(count, 4).cancel();
  }
  await using runner = await TaskRunner.resume(store.open());
  assertEquals(runner.orphaned.map(({ args, status, module }) => [args, status, module]).sort(), [
    [[2], "ready", COUNTED_AS_RECORDED],
    [[3], "ready", COUNTED_AS_RECORDED],
  ]);
  runner.submit(count, 3);
  assertEquals(runner.orphaned.map(({ args }) => args), [[2]]);
  calls.length = 0;
  const handles = runner.resubmitOrphans();
  assertEquals([handles.length, runner.orphaned, runner.resubmitOrphans()], [1, [], []]);
  await runner.run();
  assertEquals([await handles[0], calls], [20, ["count 3", "count 2"]]);
});

testOnStores("orphans run after what they depend on, with its values", async (store) => {
  const program = async (runner: TaskRunner) => {
    const one = runner.submit(count, 1);
    await one;
    const two = runner.submit(count, 2);
    const three = runner.submit(count, two);
    const list = ticket.with({ runner }).submit("list", [one, three]);
    const fields = ticket.with({ runner }).submit("fields", { one, three, four: 4 });
    const after = ticket.with({ runner, dependsOn: list }).submit("after", 5).after(fields);
    return [one, two, three, list, fields, after].map(({ id }) => id);
  };
  calls.length = 0;
  let ids: string[];
  {
    await using runner = await TaskRunner.resume(store.open(), { logger: recordingLogger(), maxWorkers: 1 });
    ids = await program(runner);
  }
  const [one, two, three, list, fields, after] = ids;
  assertEquals(calls.splice(0), ["count 1"]);
  await using runner = await TaskRunner.resume(store.open());
  const handles = runner.resubmitOrphans();
  assertEquals(handles.map(({ id }) => id).sort(), ids.filter((id) => id !== one).sort());
  const byId = new Map(runner.handles().map((handle) => [handle.id, handle]));
  assertEquals(byId.get(one!)?.status, "completed");
  assertEquals(new Set(byId.get(after!)!.dependsOn.map(({ id }) => id)), new Set([list, fields]));
  await runner.run();
  assertEquals(await byId.get(list!), ["list", [10, 200]]);
  assertEquals(await byId.get(fields!), ["fields", { one: 10, three: 200, four: 4 }]);
  assertEquals(calls.filter((each) => each.startsWith("count")), ["count 2", "count 20"]);
  assertEquals([calls.length, calls.at(-1)], [5, "ticket after"]);
  assert(byId.has(two!) && byId.has(three!));
});

Deno.test("orphans of the class form and renamed ones are found by module and name", async () => {
  const checkpointer = await leftBy((runner) => {
    new Count().with({ runner }).submit(1);
    count.with({ runner, name: "other" }).submit(2);
    Ticket.with({ runner }).submit(3);
  });
  await using runner = await TaskRunner.resume(checkpointer);
  const handles = runner.resubmitOrphans();
  await runner.run();
  assertEquals(handles.map(({ name, id }) => [name, id.split("#")[0]]), [
    ["Count", "Count"],
    ["other", "other"],
    ["Ticket", "Ticket"],
  ]);
  assertEquals(await Promise.all(handles), [100, 20, 3]);
  assertEquals(await checkpointer.statuses(), Object.fromEntries(handles.map(({ id }) => [id, "completed"])));
});

Deno.test("a program that submits an orphan as well gets its handle", async () => {
  const checkpointer = await leftBy((runner) => runner.submit(count, 1));
  const runner = await TaskRunner.resume(checkpointer);
  const [handle] = runner.resubmitOrphans();
  const again = runner.submit(count, 1);
  assertStrictEquals(again, handle);
  assertNotStrictEquals(runner.submit(count, 1), handle); // the second of two equal ones
  assertEquals((await runner.run()).counts.completed, 2);
  await runner.shutdown();
  await using last = await TaskRunner.resume(checkpointer);
  assertEquals([last.orphaned, last.submit(count, 1).status], [[], "completed"]);
});

Deno.test("orphans are those that the program itself did not submit", async () => {
  const checkpointer = await leftBy((runner) => [1, 2, 3].map((x) => runner.submit(count, x)));
  await using runner = await TaskRunner.resume(checkpointer);
  const own = [2, 5].map((x) => runner.submit(count, x));
  const handles = runner.resubmitOrphans();
  await runner.run();
  assertEquals(await Promise.all([...own, ...handles]), [20, 50, 10, 30]);
  assertEquals(calls.length, 4);
});

Deno.test("a task that was interrupted as it ran is an orphan", async () => {
  const checkpointer = await leftBy((runner) => {
    runner.submit(
      count,
      runner.submit(async function stuck(): Promise<number> {
        const { signal } = currentTask()!;
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return 1;
      }),
    );
  }, async (runner) => {
    void runner.run().catch(() => {});
    await settle();
  });
  await using runner = await TaskRunner.resume(checkpointer);
  assertEquals(runner.orphaned.map(({ name }) => name), ["stuck", "count"]);
  assertEquals([runner.resubmitOrphans(), runner.handles()], [[], []]);
  for (const { reason = "" } of runner.orphaned) {
    assertStringIncludes(reason, "it was submitted as a function: submit it yourself");
  }
});

Deno.test("an orphan that cannot be submitted again costs no other one, and the reason is told", async () => {
  const other = "file:///nowhere.ts";
  const cases: [records: TaskRecord[], reason: string][] = [
    [[record("b", { name: "gone" })], `${COUNTED} defines no task "gone", or was not`],
    [
      [record("b", { module: other })],
      `${other} defines no task "count", or was not imported: import it`,
    ],
    [[record("b", { dependsOn: ["c"] })], `it depends on "c", which is not on record`],
    [
      [record("b", { dependsOn: ["c"] }), record("c", { dependsOn: ["d"] }), record("d", { dependsOn: ["b"] })],
      "its record and those of its dependencies form a circle",
    ],
    [[record("b", { dependsOn: ["b"] })], "its record and those of its dependencies form a circle"],
    [[record("b", { args: [null], refs: [{ at: [0], id: "x" }] })], `depends on "x", which is not`],
    [
      [record("b", { dependsOn: ["c"] }), record("c", { name: "gone", status: "failed" })],
      `no task "gone"`,
    ],
    [
      [record("b", { name: "elsewhere" })],
      `its pool "gpu" is not one of the runner's pools`,
    ],
  ];
  for (const [records, reason] of cases) {
    await using runner = await resumed(record("a"), ...records);
    assertEquals(runner.resubmitOrphans().map(({ id }) => id), ["a"]);
    assertEquals(runner.handles().map(({ id }) => id), ["a"]);
    assertStringIncludes(runner.orphaned.find(({ id }) => id === "b")?.reason ?? "", reason);
    assertEquals((await runner.run()).counts.completed, 1);
  }
});

Deno.test("a task that has finished need not be there any more for an orphan to continue from it", async () => {
  const gone = { name: "gone", module: "file:///nowhere.ts" };
  for (const status of ["completed", "skipped", "failed"] as const) {
    const over = record("b", { ...gone, status, ...(status === "completed" && { value: 7 }) });
    const checkpointer = new MemoryCheckpointer();
    await checkpointer.save([record("a", { args: [null], refs: [{ at: [0], id: "b" }], dependsOn: ["b"] }), over]);
    await using runner = await TaskRunner.resume(checkpointer, { keepFailed: true, onTaskError: "continue" });
    const [handle] = runner.resubmitOrphans();
    await runner.run();
    assertEquals([handle!.status, runner.handles().length], [status === "completed" ? "completed" : "failed", 2]);
    if (status === "completed") assertEquals(await handle, 70);
  }
});

Deno.test("what failed or was cancelled runs again for an orphan that needs it", async () => {
  await using runner = await resumed(
    record("a", { args: [null], refs: [{ at: [0], id: "b" }], dependsOn: ["b", "c"] }),
    record("b", { status: "failed", args: [2] }),
    record("c", { status: "cancelled", args: [3] }),
    record("d", { status: "failed", args: [4] }),
  );
  calls.length = 0;
  const handles = runner.resubmitOrphans();
  assertEquals([handles.length, runner.handles().length], [1, 3]);
  await runner.run();
  assertEquals([await handles[0], calls], [200, ["count 2", "count 3", "count 20"]]);
});

Deno.test("what an orphan's body will submit is left to it", async () => {
  const parent = record("p", { name: "family", args: [7] });
  const id = await (async () => {
    await using runner = await resumed();
    family.with({ runner, key: "p" }).submit(7);
    await runner.run();
    return runner.handles()[1]!.id;
  })();
  const child = record(id, { args: [7], parent: "p" });
  const grandchild = record("g", { args: [8], parent: id });
  for (const records of [[parent, child, grandchild], [grandchild, child, parent]]) {
    await using runner = await resumed(...records);
    calls.length = 0;
    assertEquals(runner.resubmitOrphans().map(({ id }) => id), ["p"]);
    await runner.run();
    assertEquals(calls, ["family 7", "count 7"]);
  }
  {
    await using runner = await resumed(child);
    calls.length = 0;
    family.with({ runner, key: "p" }).submit(7);
    assertEquals(runner.resubmitOrphans(), []);
    await runner.run();
    assertEquals([calls, runner.orphaned], [["family 7", "count 7"], []]);
  }
  // No body need submit again what one has left behind: that of the parent does submit the first one, and not the other.
  for (const [left, expected] of [[child, []], [record("d", { args: [9], parent: "p" }), ["count 9"]]] as const) {
    await using runner = await resumed(parent, { ...left, detached: true });
    calls.length = 0;
    assertEquals(runner.resubmitOrphans().map(({ id }) => id), ["p", left.id]);
    await runner.run();
    assertEquals([calls.toSorted(), runner.orphaned], [["count 7", ...expected, "family 7"], []]);
  }
  {
    await using runner = await resumed({ ...parent, status: "completed" }, child);
    calls.length = 0;
    assertEquals(runner.resubmitOrphans().map(({ id }) => id), [id]);
    await runner.run();
    assertEquals(calls, ["count 7"]);
  }
});

Deno.test("thousands of orphans are submitted again at once, in chains, too", async () => {
  const chain = Array.from(
    { length: 20_000 },
    (_, x) =>
      x === 0 ? record("k0", { name: "next", args: [0] }) : record(`k${x}`, {
        name: "next",
        args: [null],
        refs: [{ at: [0], id: `k${x - 1}` }],
        dependsOn: [`k${x - 1}`],
      }),
  );
  await using runner = await resumed(...chain.toReversed());
  const handles = runner.resubmitOrphans();
  await runner.run();
  assertEquals([handles.length, await handles[0]], [20_000, 20_000]);
});

Deno.test("a runner that takes no submissions takes no orphans", async () => {
  const runner = await resumed(record("a"));
  await runner.shutdown();
  assertThrows(() => runner.resubmitOrphans(), Error, "Cannot submit orphans, as its runner was shut down");
});

Deno.test("orphans that depend on one that cannot be submitted are told so, each after a look at its own record", () => {
  let reads = 0;
  const counted = (id: string, dependsOn: readonly string[]): TaskRecord => ({
    ...record(id),
    get dependsOn() {
      reads++;
      return dependsOn;
    },
  });
  const records = Array.from({ length: 1_000 }, (_, index) => counted(`r${index}`, [`r${index + 1}`]));
  for (const order of [records, records.toReversed()]) {
    reads = 0;
    const earlier = new EarlierRun(new Map(records.map((each) => [each.id, each])), new Set());
    const host = { find: () => undefined } as Partial<DurabilityHost> as DurabilityHost;
    assertEquals(new Resubmitter(host, earlier).submit(order), []);
    assertEquals(earlier.reasonFor("r0"), 'it depends on "r1000", which is not on record');
    assert(reads < 5_000, `${reads} reads`);
  }
});

Deno.test("an orphan whose handles have no places among its arguments costs no other one", async () => {
  const damaged: readonly Pick<TaskRecord, "args" | "refs">[] = [
    { args: [{ code: null }], refs: [{ at: [0, "code"], id: "c" }, { at: [0], id: "c" }] },
    { args: [[1, 2]], refs: [{ at: [0, "length"], id: "c" }] },
    { args: [{}], refs: [{ at: [0, "__proto__"], id: "c" }] },
    { args: ["x"], refs: [{ at: [0], id: "c" }] },
  ];
  for (const inputs of damaged) {
    const ended = record("c", { status: "completed", value: 1 });
    await using runner = await resumed(record("a"), record("b", inputs), ended);
    assertEquals(runner.resubmitOrphans().map(({ id }) => id), ["a"]);
    assertStringIncludes(
      runner.orphaned[0]?.reason ?? "",
      "its record is damaged: there is no place for a handle at [0",
    );
    await runner.run();
  }
});
