import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  CheckpointError,
  currentTask,
  MemoryCheckpointer,
  task,
  type TaskHandle,
  type TaskRecord,
  TaskRunner,
} from "../../mod.ts";
import { snapshotOf } from "../../src/observe/snapshot_of.ts";
import type { RunSnapshot } from "../../src/observe/run_snapshot.ts";
import { never, tempFolder, until } from "../support.ts";

const load = task({ name: "load", label: (page: number) => `page ${page}`, tags: ["net"] }, (page: number) => page);
const parse = task({ name: "parse", retries: 1, backoffBase: 0 }, (page: number): number => {
  throw new TypeError(`no page ${page}`, { cause: new Error("root") });
});
const save = task({ name: "save" }, (_: number) => {});

/** What is the same of a runner and of its checkpoint. */
function inBrief({ tasks }: RunSnapshot) {
  return tasks.map(({ name, label, status, dependsOn, attempts, history, error }) => ({
    name,
    label,
    status,
    dependsOn,
    attempts,
    history: history.map(({ number, status }) => `${number} ${status}`),
    error: error?.name,
  }));
}

const EXPECTED = [
  {
    name: "load",
    label: "page 7",
    status: "completed",
    dependsOn: [],
    attempts: 1,
    history: ["1 completed"],
    error: undefined,
  },
  {
    name: "parse",
    label: undefined,
    status: "failed",
    dependsOn: [0],
    attempts: 2,
    history: ["1 failed", "2 failed"],
    error: "RetryExhaustedError",
  },
  {
    name: "save",
    label: undefined,
    status: "failed",
    dependsOn: [1],
    attempts: 0,
    history: [],
    error: "DependencyFailedError",
  },
];

async function runAll(runner: TaskRunner): Promise<void> {
  runner.submit(save, runner.submit(parse, runner.submit(load, 7)));
  await runner.run();
}

Deno.test("A runner and its checkpoint give the same picture", async () => {
  await using folder = await tempFolder();
  const checkpointPath = folder.file();
  {
    await using runner = new TaskRunner({ checkpointPath, onTaskError: "continue" });
    await runAll(runner);
    assertEquals(inBrief(await snapshotOf(runner)), EXPECTED as never);
  }
  const ofFile = await snapshotOf(checkpointPath);
  assertEquals(inBrief(ofFile), EXPECTED as never);
  assertEquals(ofFile.title, "state.jsonl");
  assertEquals(inBrief(await snapshotOf({ file: checkpointPath })), EXPECTED as never);
});

Deno.test("A checkpointer and a snapshot are sources too", async () => {
  const checkpointer = new MemoryCheckpointer();
  {
    await using runner = new TaskRunner({ checkpointer, onTaskError: "continue" });
    await runAll(runner);
    await runner.deliver("a signal is not a task");
  }
  const snapshot = await snapshotOf(checkpointer);
  assertEquals(inBrief(snapshot), EXPECTED as never);
  assertEquals(await snapshotOf(snapshot), snapshot);
  assertEquals(await snapshotOf(JSON.parse(JSON.stringify(snapshot))), snapshot);
});

Deno.test("What runs has its progress, its children have their parent, and arguments are shown", async () => {
  await using runner = new TaskRunner();
  runner.enter();
  const child = task({ name: "child" }, (_: { readonly x: number }) => never());
  const parent = task({ name: "parent" }, async () => {
    currentTask()!.progress(0.5, "half");
    await child.submit({ x: 1 });
  });
  const handle: TaskHandle<void> = parent.submit();
  handle.exception();
  await until("the child runs", () => runner.statistics().running >= 1 && runner.handles().length === 2);
  const { tasks: [first, second], takenAt } = await snapshotOf(runner);
  assertEquals([first?.progress, first?.progressMessage], [0.5, "half"]);
  assertEquals([second?.parent, second?.args], [0, "[ { x: 1 } ]"]);
  assert(first!.submittedAt! <= first!.startedAt! && first!.startedAt! <= takenAt);
});

Deno.test("Arguments are shown as they are redacted, of a runner and on record", async () => {
  const checkpointer = new MemoryCheckpointer();
  {
    await using runner = new TaskRunner({ checkpointer, onTaskError: "continue" });
    const login = task({ name: "login", redact: ([user]) => [user, "***"] }, (_: string, password: string) => {
      throw new Error(`no, at ${password.length}`);
    });
    runner.submit(login, "ann", "secret");
    await runner.run();
    assertEquals((await snapshotOf(runner)).tasks[0]?.args, '[ "ann", "***" ]');
  }
  const snapshot = await snapshotOf(checkpointer);
  assertEquals(snapshot.tasks[0]?.args, '[ "ann", "***" ]');
  assertEquals(JSON.stringify(snapshot).includes("secret"), false);
});

Deno.test("An argument that throws as it is shown costs its own preview only", async () => {
  await using runner = new TaskRunner();
  const rude = {
    [Symbol.for("Deno.customInspect")]: () => {
      throw new Error("no");
    },
  };
  await runner.submit(task({ name: "load" }, (_: unknown) => 1), rude);
  const { tasks } = await snapshotOf(runner);
  assertEquals([tasks[0]?.name, tasks[0]?.args], ["load", undefined]);
});

Deno.test("A source that is not a run is refused", async () => {
  await assertRejects(() => snapshotOf(undefined as never), TypeError, "not undefined");
  await assertRejects(() => snapshotOf({ nonsense: 1 } as never), TypeError, "nonsense");
  const report = await new TaskRunner().run();
  await assertRejects(() => snapshotOf(report as never), TypeError, "a snapshot to draw, not a RunReport");
  await assertRejects(() => snapshotOf("/does/not/exist.jsonl"), CheckpointError);
});

Deno.test("A checkpoint is shown as it was when something changed last; times that no date has are left out", async () => {
  const record = (id: string, more: Partial<TaskRecord>): TaskRecord => ({
    id,
    name: "work",
    status: "completed",
    attempts: 1,
    args: [],
    dependsOn: [],
    ...more,
  });
  const records = [
    record("b", { submittedAt: 2_000, startedAt: 3_000, status: "running" }),
    record("a", { submittedAt: 1_000, startedAt: 2_000, finishedAt: 5_000 }),
    record("odd", { submittedAt: 9_000, startedAt: 1e300, finishedAt: -1e300 }),
  ];
  const checkpointer = new MemoryCheckpointer();
  await checkpointer.save(records);
  const snapshot = await snapshotOf(checkpointer);
  assertEquals(snapshot.takenAt, 9_000);
  assertEquals(snapshot.tasks.map(({ id, startedAt, history }) => [id, startedAt, history.length]), [
    ["a", 2_000, 1],
    ["b", 3_000, 1],
    ["odd", undefined, 0],
  ]);
});
