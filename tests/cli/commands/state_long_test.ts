import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { FileCheckpointer, KvCheckpointer, task, TaskRunner, waitFor } from "../../../mod.ts";
import { tempFolder, until } from "../../support.ts";
import { oneLineOf, workflowy } from "../support.ts";

const load = task(
  { name: "load", retries: 1, backoff: "none", label: (shop: string) => `the prices of ${shop}`, tags: ["io"] },
  (shop: string) => {
    if (shop === "south") throw new TypeError(`no shop ${shop}`, { cause: new Error("refused\n\x1b[31mred") });
    return { shop, prices: [1, 2] };
  },
);
const compare = task({ name: "compare" }, (...shops: unknown[]) => shops.length);
const approve = task({ name: "approve" }, async () => await waitFor("order-7"));

/** A checkpoint with a bit of everything: completed, failed, failed by a dependency, waiting. */
async function checkpoint(path: string): Promise<void> {
  await using runner = new TaskRunner({ checkpointer: new FileCheckpointer(path), onTaskError: "continue" });
  runner.enter();
  const [north, south] = load.map(["north", "south"]);
  const failing = compare.submit(north, south);
  compare.submit([failing, 1]);
  const waiting = approve.with({ key: "the approval" }).submit();
  await failing.exception();
  await until("it waits", () => waiting.status === "running");
  await runner.flush();
  await Deno.copyFile(path, `${path}.copy`); // as a killed program leaves it
}

async function withCheckpoint(test: (path: string) => Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  await checkpoint(folder.file("full"));
  await Deno.rename(folder.file("full.copy"), folder.file());
  await test(folder.file());
}

Deno.test("state lists what is in a checkpoint, unfinished tasks first", () =>
  withCheckpoint(async (path) => {
    const { code, stdout, stderr } = await workflowy(["state", path]);
    assertEquals([code, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assertMatch(lines[0]!, /^6 tasks {2}▶ 1 running {2}✗ 3 failed {2}○ 1 pending {2}✓ 1 completed$/);
    assertMatch(lines[3]!, /^▶ running +the approval/);
    assertMatch(lines.at(-1)!, /^✓ completed +load#\w+ +the prices of north +1 /);
    assert(!stdout.includes("\x1b"), "no colours outside of a terminal");
  }));

Deno.test("state takes the action before the checkpoint as well", () =>
  withCheckpoint(async (path) => {
    const [before, after] = await Promise.all([
      workflowy(["state", "stats", path, "--json"]),
      workflowy(["state", path, "stats", "--json"]),
    ]);
    assertEquals(before, after);
    const { tasks, counts, names } = JSON.parse(before.stdout);
    assertEquals([tasks, counts.failed, counts.running], [6, 3, 1]);
    assertEquals(names.find(({ name }: { name: string }) => name === "load").retries, 1);
  }));

Deno.test("state list --json has a line for each task that the options let through", () =>
  withCheckpoint(async (path) => {
    const list = async (...options: string[]) =>
      (await workflowy(["state", path, "list", "--json", ...options])).stdout.trimEnd().split("\n")
        .map((line) => JSON.parse(line));
    assertEquals((await list()).length, 6);
    assertEquals((await list("--status", "failed,completed", "--name", "load")).map(({ label }) => label).sort(), [
      "the prices of north",
      "the prices of south",
    ]);
    assertEquals((await list("--tag", "io", "-t", "SOUTH", "-n", "1")).map(({ status }) => status), ["failed"]);
  }));

Deno.test("state failed shows the error with its causes once, and counts what failed because of it", () =>
  withCheckpoint(async (path) => {
    const { stdout } = await workflowy(["state", path, "failed"]);
    assertMatch(stdout, /^✗ load#\w+ {2}the prices of south {2}2 attempts, /);
    assertStringIncludes(stdout, "caused by TypeError: no shop south");
    assertStringIncludes(stdout, "caused by Error: refused\n");
    assertMatch(stdout, /state_long_test\.ts:\d+/, "the frames of the user's code");
    assert(!stdout.includes("/src/engine/"), "and no others");
    assert(!stdout.includes("\x1b"), "what errors say cannot colour the terminal");
    assertStringIncludes(stdout, "2 tasks failed because of these.");
  }));

Deno.test("state show has everything about a task, by its id, the beginning of it, its key or its label", () =>
  withCheckpoint(async (path) => {
    const show = async (id: string) => JSON.parse((await workflowy(["state", path, "show", id, "--json"])).stdout);
    const south = await show("the prices of south");
    assertEquals([south.status, south.attempts, south.args, south.history.length], ["failed", 2, ["south"], 1]);
    assertEquals(south.error.cause.message, "no shop south");
    assertEquals((await show(south.id)).id, south.id);
    assertEquals((await show(south.id.slice(0, -4))).id, south.id);
    const approval = await show("the approval");
    assertEquals([approval.status, approval.children.length], ["running", 1]);
    const north = await show("the prices of north");
    assertEquals(north.value, { shop: "north", prices: [1, 2] });
    const { stdout } = await workflowy(["state", path, "show", north.id]);
    assertStringIncludes(stdout, 'arguments  "north"');
    assertStringIncludes(stdout, 'value      {"shop":"north","prices":[1,2]}');
  }));

Deno.test("state show tells the handles among the arguments", () =>
  withCheckpoint(async (path) => {
    const { stdout } = await workflowy(["state", path, "list", "--name", "compare", "--json"]);
    const ids = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).id as string);
    const all = await Promise.all(
      ids.map(async (id) => JSON.parse((await workflowy(["state", path, "show", id, "--json"])).stdout)),
    );
    const [first, second] = all.sort((a, b) => b.args.length - a.args.length);
    assertEquals(first.args, first.dependsOn.map((handle: string) => ({ handle })));
    assertEquals(second.args, [[{ handle: first.id }, 1]]);
  }));

Deno.test("state why follows the chain to its origin", () =>
  withCheckpoint(async (path) => {
    const waiting = await workflowy(["state", "why", path, "the approval"]);
    assertMatch(waiting.stdout, /^▶ "the approval" was running/);
    assertMatch(waiting.stdout, /\n {2}○ "waitFor#\w+" waits for deliver\("order-7", …\)\.\n$/);
    const { stdout } = await workflowy(["state", path, "list", "--name", "compare", "--json"]);
    const reasons = await Promise.all(
      stdout.trimEnd().split("\n").map(async (line) =>
        JSON.parse((await workflowy(["state", path, "why", JSON.parse(line).id, "--json"])).stdout).length
      ),
    );
    assertEquals(reasons.sort(), [2, 3]);
  }));

Deno.test("state orphans and history", () =>
  withCheckpoint(async (path) => {
    const orphans = await workflowy(["state", path, "orphans"]);
    assertStringIncludes(orphans.stdout, "2 tasks on record have not finished.");
    const { stdout } = await workflowy(["state", path, "history", "--json", "-n", "0"]);
    const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(events.map(({ at }) => at), events.map(({ at }) => at).sort());
    assertEquals(events.filter(({ what }) => what === "submitted").length, 6);
    assertEquals(events.filter(({ what }) => what === "attempt 1 failed").length, 1);
    const page = await workflowy(["state", path, "history"]);
    assertMatch(page.stdout, /\n\S+ \S+ {2}▶ attempt 1 +load#\w+\n/, "a start has its sign, whatever followed");
    const stats = await workflowy(["state", path, "stats"]);
    assertMatch(stats.stdout, /\napprove +1 +1\n/, "what has not ended has no total");
  }));

const MISTAKES: readonly (readonly [words: (path: string) => string[], message: string])[] = [
  [(path) => [path, "lst"], 'did you mean "list"?'],
  [(path) => ["faild", path], 'did you mean "failed"?'],
  [(path) => [path, "show"], "Name a task: workflowy state"],
  [(path) => [path, "show", "nothing"], 'has no task "nothing"; workflowy state'],
  [(path) => [path, "why", "the aproval"], 'did you mean "the approval"?'],
  [(path) => [path, "show", "load"], '"load" may mean 2 tasks: load#'],
  [(path) => [path, "failed", "now"], '"now" is one word too many'],
  [(path) => [path, "--status", "compelted"], 'did you mean "completed"?'],
  [() => ["list", "show"], 'There is no checkpoint "show"; check the path'],
  [() => ["faild"], 'There is no checkpoint or program "faild"; did you mean "failed"?'],
  [(path) => [path.replace("state.", "sttae.")], 'did you mean "'],
  [(path) => [path, "--prefix", "a"], "--prefix belongs to a checkpoint in a database"],
  [(path) => [join(path, "..")], "it is a folder; name a file in it"],
  [(path) => [`kv:${path}.kv`], "check the path"],
  [() => ["postgres://localhost/db"], "--prefix"],
];

Deno.test("state: what is mistyped, missing or damaged gets one sentence, and code 2", () =>
  withCheckpoint(async (path) => {
    await Promise.all(MISTAKES.map(async ([words, message]) => {
      assertStringIncludes(await oneLineOf(["state", ...words(path)]), message);
    }));
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"load"', '"laod"'));
    assertStringIncludes(await oneLineOf(["state", path]), "is damaged at byte");
    await Deno.writeTextFile(path, "hello\n");
    assertStringIncludes(await oneLineOf(["state", path]), "is not a checkpoint");
  }));

Deno.test("state reads a checkpoint that nothing was saved in", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(folder.file(), "");
  assertStringIncludes((await workflowy(["state", folder.file()])).stdout, "has no tasks.");
  assertStringIncludes(
    (await workflowy(["state", folder.file(), "orphans"])).stdout,
    "Everything on record has finished.",
  );
  assertStringIncludes((await workflowy(["state", folder.file(), "failed"])).stdout, "No task failed.");
  assertStringIncludes((await workflowy(["state", folder.file(), "stats"])).stdout, "has no tasks.");
});

Deno.test("state reads Deno KV, also from a program that was started without it", async () => {
  await using folder = await tempFolder();
  {
    const checkpointer = new KvCheckpointer({ path: folder.file("state.kv"), prefix: ["nightly", "7"] });
    await using runner = new TaskRunner({ checkpointer });
    await runner.submit(load, "north");
  }
  const args = ["state", `kv:${folder.file("state.kv")}`, "--prefix", "nightly,7"];
  for (const flags of [["--unstable-kv"], []]) {
    const { code, stdout } = await workflowy(args, {}, flags);
    assertEquals(code, 0);
    assertMatch(stdout, /^1 task {2}✓ 1 completed\n/);
  }
});

Deno.test("state --follow prints what changes while the program runs", async () => {
  await using folder = await tempFolder();
  await using runner = new TaskRunner({ checkpointer: new FileCheckpointer(folder.file()) });
  await runner.submit(load, "north");
  const child = workflowy.spawn(["state", folder.file(), "--follow", "--json"]);
  const lines = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  assertEquals(JSON.parse((await lines.next()).value ?? "").label, "the prices of north");
  await runner.submit(load, "east");
  await runner.flush();
  assertEquals(JSON.parse((await lines.next()).value ?? "").label, "the prices of east");
  await lines.return?.();
  child.kill("SIGKILL");
  await child.status;
});
