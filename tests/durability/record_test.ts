import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CheckpointError, type CodecName, MemoryCheckpointer, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { recordEvents } from "../runner/support.ts";

const add = task({ name: "add" }, (a: number, b?: number) => a + (b ?? 0));
const sum = task({ name: "sum" }, (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0));
const any = task({ name: "any" }, (..._: unknown[]) => 1);

/** Ids, by which files of this version find their tasks again: they must not change from one version to the next. */
const [ADD_1_2, ANY, SUM] = [
  "add#ed28ba8eb7e393fa6623",
  "any#0244ab24e1917c8b8880",
  "sum#1041b18ec726d742a0c6",
] as const;

/** The ids of what a function submits to a new runner. */
async function idsOf(
  submit: (runner: TaskRunner) => TaskHandle<unknown>[],
  codec: CodecName = "json",
): Promise<string[]> {
  await using runner = runnerOn(new MemoryCheckpointer({ codec }));
  return submit(runner).map(({ id }) => id);
}

async function idOf(submit: (runner: TaskRunner) => TaskHandle<unknown>, codec?: CodecName): Promise<string> {
  const [id] = await idsOf((runner) => [submit(runner)], codec);
  return id!;
}

Deno.test("ids begin with the task's name and version", async () => {
  assertMatch(await idOf((runner) => runner.submit(add, 1, 2)), /^add#[0-9a-f]{20}$/);
  assertMatch(await idOf((runner) => runner.submit(add.with({ version: "2" }), 1, 2)), /^add@2#[0-9a-f]{20}$/);
});

Deno.test("ids are the same in every run", async () => {
  // As written on another day, by another program.
  assertEquals(await idOf((runner) => runner.submit(add, 1, 2)), ADD_1_2);
  assertEquals(await idOf((runner) => runner.submit(any, { b: [true, null], a: "ä" })), ANY);
  assertEquals(await idOf((runner) => sum.with({ runner }).submit([1, runner.submit(add, 1, 2)])), SUM);
});

Deno.test("ids are the same in whatever order tasks are submitted", async () => {
  const submits: ((runner: TaskRunner) => TaskHandle<unknown>)[] = [
    (runner) => runner.submit(add, 1),
    (runner) => runner.submit(add, runner.submit(add, 5), 2),
    (runner) => runner.submit(any),
    (runner) => any.with({ runner, dependsOn: [runner.submit(add, 7), runner.submit(add, 8)] }).submit(),
  ];
  const forwards = await idsOf((runner) => submits.map((each) => each(runner)));
  const backwards = await idsOf((runner) => submits.toReversed().map((each) => each(runner)));
  assertEquals(backwards.toReversed(), forwards);
});

Deno.test("ids differ where the task, its version, arguments, handles or dependencies do", async () => {
  const ids = await idsOf((runner) => {
    const one = runner.submit(add, 1);
    const two = runner.submit(add, 2);
    const within = any.with({ runner });
    return [
      one,
      two,
      runner.submit(add, 1, 1),
      runner.submit(any, 1),
      runner.submit(add.with({ version: "1" }), 1),
      runner.submit(add.with({ version: "2" }), 1),
      runner.submit(add.with({ name: "add@1" }), 1),
      within.submit("1"),
      within.submit([1]),
      within.submit(null),
      within.submit(one),
      within.submit([one]),
      within.submit([null]),
      within.submit({ one }),
      within.submit({ two: one }),
      within.submit(two),
      within.submit(one, two),
      within.submit(two, one),
      within.submit(one, null),
      within.submit(null, one),
      within.submit([one, two]),
      within.submit(one.id),
      any.with({ runner, dependsOn: one }).submit(),
      any.with({ runner, dependsOn: two }).submit(),
      any.with({ runner, dependsOn: [one, two] }).submit(),
      any.with({ runner, dependsOn: one }).submit(two),
    ];
  });
  assertEquals(ids.filter((id) => id.includes("~")), []);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("ids do not differ where only the way to run a task does", async () => {
  const plain = await idOf((runner) => runner.submit(add, 1));
  const { signal } = new AbortController();
  for (
    const options of [
      { priority: 5 },
      { retries: 3 },
      { timeout: "1s" as const },
      { onDepFailure: "skip" as const },
      { source: "test" },
      { signal },
      { backend: "async" as const },
    ]
  ) {
    assertEquals(await idOf((runner) => runner.submit(add.with(options), 1)), plain, Object.keys(options).join());
  }
});

Deno.test("ids differ between what is shared by a key and what is not", async () => {
  const plain = await idOf((runner) => runner.submit(add, 1));
  const shared = await idOf((runner) => runner.submit(add.with({ dedupKey: "1" }), 1));
  assertNotEquals(shared, plain);
  assertEquals(await idOf((runner) => runner.submit(add.with({ dedupBy: String }), 1)), shared);
});

Deno.test("ids do not differ where no one could tell the arguments apart", async () => {
  const plain = await idOf((runner) => runner.submit(any, { a: 1, b: [2] }));
  assertEquals(await idOf((runner) => runner.submit(any, { b: [2], a: 1 })), plain);
  assertEquals(await idOf((runner) => runner.submit(any, { b: [2], a: 1 }, undefined, undefined)), plain);
  const both = await idsOf((runner) => {
    const [one, two] = [runner.submit(add, 1), runner.submit(add, 2)];
    const on = (...dependsOn: TaskHandle<unknown>[]) => any.with({ runner, dependsOn }).submit();
    return [on(one, two), on(two, one), on(one, two, one)];
  });
  assertEquals(both, [both[0]!, `${both[0]}~2`, `${both[0]}~3`]);
});

Deno.test("ids are those of the arguments when they were submitted", async () => {
  const plain = await idOf((runner) => runner.submit(any, [1]));
  const list = [1];
  const ids = await idsOf((runner) => [runner.submit(any, list), (list.push(2), runner.submit(any, list))]);
  assertEquals(ids[0], plain);
  assertNotEquals(ids[1], plain);
});

Deno.test("ids tell apart what structured clone does", async () => {
  const values = [
    new Date(1),
    new Date(2),
    new Map([[1, 2]]),
    new Set([1]),
    1n,
    -0,
    0,
    NaN,
    undefined,
    null,
    /a/,
    /a/g,
  ];
  const views = [new Uint8Array([1]), new Int8Array([1]), new Uint8Array([1, 0])];
  const ids = await idsOf((runner) => [...values, ...views].map((each) => runner.submit(any, each, 1)), "structured");
  assertEquals(new Set(ids).size, ids.length);
  assertEquals(ids.filter((id) => id.includes("~")), []);
});

Deno.test("equal submissions are told apart by a number", async () => {
  const ids = await idsOf((runner) => [1, 2, 3].map(() => runner.submit(add, 1, 2)));
  assertEquals(ids, [ADD_1_2, `${ADD_1_2}~2`, `${ADD_1_2}~3`]);
});

Deno.test("a key is the id; one that looks like another id is encoded", async () => {
  const encoded = ADD_1_2.replace("#", "%23");
  const keys = ["load", "load", ADD_1_2, encoded];
  const ids = await idsOf((runner) => keys.map((key) => add.with({ runner, key }).submit(1, 2)));
  assertEquals(ids, ["load", "load", encoded, encodeURIComponent(encoded)]);
  const mixed = await idsOf((runner) => [add.with({ runner, key: ADD_1_2 }).submit(9), runner.submit(add, 1, 2)]);
  assertEquals(mixed, [encoded, ADD_1_2]);
});

Deno.test("map() gives each row an id of its own", async () => {
  const ids = await idsOf((runner) => add.with({ runner }).map([1, 1, 5], [2, 3, 6]));
  assertEquals(new Set(ids).size, 3);
  assertEquals(ids[0], ADD_1_2);
});

Deno.test("without a checkpointer ids are numbers, and arguments may be anything", async () => {
  await using runner = new TaskRunner();
  assertEquals(runner.submit(any, () => {}).id, "any#1");
  await runner.run();
});

Deno.test("arguments that cannot be saved are refused, and nothing is left behind", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const seen = recordEvents(runner);
  const submit = any.with({ runner, key: "mine", dedupKey: "mine", source: "test" });
  for (
    const [args, message] of [
      [[{ when: new Date(0) }], `Cannot submit "any", as args[0].when is a Date`],
      [[1, [undefined]], `Cannot submit "any", as args[1][0] is undefined`],
      [[undefined, 1], `Cannot submit "any", as args[0] is undefined`],
      [[() => {}], `Cannot submit "any", as args[0] is a function`],
      [[{ deep: { handle: runner } }], `Cannot submit "any", as args[0].deep.handle is `],
    ] as const
  ) {
    const error = assertThrows(() => submit.submit(...args), CheckpointError);
    assertStringIncludes(error.message, message);
  }
  assertEquals([seen, runner.handles(), runner.statistics().submitted], [[], [], 0]);
  assertEquals(runner.findActive("any", "mine"), undefined);
  assertEquals(submit.submit(1).id, "mine");
  await runner.run();
  assertEquals(await checkpointer.statuses(), { mine: "completed" });
});

Deno.test("a handle where no one looks for one is refused", async () => {
  await using runner = runnerOn(new ScriptedCheckpointer());
  const handle = runner.submit(add, 1);
  const error = assertThrows(() => runner.submit(any, { deep: [handle] }), CheckpointError);
  assertStringIncludes(error.message, "args[0].deep[0] is");
  await runner.run();
});

Deno.test("map() refuses a row that cannot be saved", async () => {
  await using runner = runnerOn(new ScriptedCheckpointer());
  assertThrows(() => any.with({ runner }).map([1, new Date(0)]), CheckpointError, "args[0] is a Date");
  await runner.run();
});

Deno.test("a record says where handles stood, and what it depends on", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const [one, two] = [runner.submit(add, 1), runner.submit(add, 2)];
  const handle = any.with({ runner, dependsOn: one, version: "3", key: "all" }).submit(
    1,
    two,
    [one, 5, two],
    { x: two, y: "y" },
    undefined,
  );
  await runner.run();
  const { submittedAt, startedAt, finishedAt, ...record } = (await checkpointer.records()).get(handle.id)!;
  assertEquals(record, {
    id: "all",
    key: "all",
    name: "any",
    version: "3",
    module: "tests/durability/record_test.ts",
    status: "completed",
    attempts: 1,
    args: [1, null, [null, 5, null], { x: null, y: "y" }],
    refs: [
      { at: [1], id: two.id },
      { at: [2, 0], id: one.id },
      { at: [2, 2], id: two.id },
      { at: [3, "x"], id: two.id },
    ],
    dependsOn: [two.id, one.id],
    value: 1,
  });
  assert(submittedAt! <= startedAt!);
  assertEquals([startedAt, finishedAt], [handle.peek()?.startedAt?.getTime(), handle.peek()?.finishedAt?.getTime()]);
});

Deno.test("a record says under which name a renamed task is defined, and whose body submitted it", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer);
  const parent = runner.submit(async function parent() {
    return (await runner.submit(add.with({ name: "plus" }), 1, 2)) + await runner.submit(add, 1);
  });
  await runner.run();
  const records = (await checkpointer.records()).values().toArray();
  assertEquals(
    records.map((
      { name, definedAs, module, parent },
    ) => [name, definedAs, module === "tests/durability/record_test.ts", parent]).sort(),
    [["add", undefined, true, parent.id], ["parent", undefined, false, undefined], ["plus", "add", true, parent.id]],
  );
});

class OddError extends Error {
  override name = "OddError";
  constructor(message: string, readonly fields: unknown, options?: ErrorOptions) {
    super(message, options);
  }
}

Deno.test("errors are saved whatever they hold", async () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const held = {
    at: new Date(5),
    big: 1n,
    no: undefined,
    map: new Map([[1, 2]]),
    list: [undefined, NaN],
    f() {},
    circular,
  };
  for (const codec of ["json", "structured"] as const) {
    const checkpointer = new ScriptedCheckpointer(codec);
    await using runner = runnerOn(checkpointer, { onTaskError: "continue" });
    const thrown = [
      new OddError("odd", held, { cause: new AggregateError([new TypeError("one"), undefined, 2], "two") }),
      undefined,
      null,
      "text",
      held,
      Symbol("sign"),
    ];
    const handles = thrown.map((error, index) =>
      runner.submit(
        {
          [`throws${index}`]() {
            throw error;
          },
        }[`throws${index}`]!,
      )
    );
    assertEquals((await runner.run()).counts.failed, handles.length);
    const records = await checkpointer.records();
    const errors = handles.map(({ id }) => records.get(id)?.error);
    assertEquals([errors[1], errors[2], errors[3]], [undefined, { value: null }, { value: "text" }]);
    const { error } = errors[0] as unknown as { error: Record<string, unknown> };
    assertEquals([error["name"], error["message"]], ["OddError", "odd"]);
    assertEquals(error["classes"], ["OddError", "Error"]);
    const { fields: { fields } } = error as { fields: { fields: Record<string, unknown> } };
    if (codec === "structured") assertEquals([fields["at"], fields["big"]], [held.at, 1n]);
    else assertEquals([fields["at"], fields["big"], fields["list"]], ["1970-01-01T00:00:00.005Z", "1n", [null, "NaN"]]);
    assertEquals("no" in fields, codec === "structured");
  }
});
