import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { WorkerLostError } from "../../mod.ts";
import { limited, OUTSIDE } from "./limited.ts";
import { square, whereAmI } from "./conformance/tasks.ts";
import { cleansUpFor, forges, leavesChild, looksAround, returnsLists, tries } from "./sandbox_tasks.ts";
import { childrenOf, HAS_PROC, isAlive, quietRunner, runToEnd, startProgram, untilEvent, WORKERS } from "./support.ts";
import { until } from "../support.ts";
import { loopsAfterAwait } from "./hostile_tasks.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("A task with few rights shares no storage with the program, nor with other subprocesses", async () => {
  localStorage.setItem("token", "of the program");
  const cache = await caches.open("program");
  await cache.put("http://program/secret", new Response("of the program"));
  const kv = await Deno.openKv();
  await kv.set(["token"], "of the program");
  try {
    await using runner = quietRunner({ maxWorkers: 1 });
    const nothing = { storage: null, session: null, cache: undefined, kv: null };
    assertEquals(await runner.submit(limited(looksAround, "none"), "of a task"), nothing);
    const other = limited(looksAround, { env: ["HOME"] });
    assertEquals(await runner.submit(other, "of another"), nothing);
    const own = [
      localStorage.getItem("token"),
      await (await cache.match("http://program/secret"))?.text(),
      (await kv.get(["token"])).value,
    ];
    assertEquals(own, ["of the program", "of the program", "of the program"]);
  } finally {
    localStorage.removeItem("token");
    await caches.delete("program");
    await kv.delete(["token"]);
    kv.close();
  }
});

Deno.test("A path with line breaks that look like flags does not make a task share the child of another one", async () => {
  await using runner = quietRunner({ maxWorkers: 1 });
  const trusted = limited(tries, { read: ["/data"], net: true, env: true });
  for (const separator of ["\n", "\r\n", " "]) {
    assertEquals(await runner.submit(trusted), { env: "done", net: "done" });
    const careless = limited(tries, { read: [["/data", "--allow-env", "--allow-net"].join(separator)] });
    assertEquals(await runner.submit(careless), { env: "NotCapable", net: "NotCapable" });
  }
});

Deno.test("A program that gives up a right does not give it to tasks any more, not even in children that have it", async () => {
  const program = await runToEnd("revokes.ts", {
    flags: [`--allow-read=${ROOT},${OUTSIDE}`, "--allow-run", "--allow-net", "--allow-env", "--allow-sys"],
    args: [OUTSIDE],
  });
  assertEquals(program.values("BEFORE"), [{ inherits: "done", named: "done" }]);
  assertEquals(program.values("AFTER"), [{ inherits: "NotCapable", named: "NotCapable" }]);
  assertEquals(program.values("PART"), [["done", "NotCapable"]]);
});

const MIB = 2 ** 20;

/** Outcomes that a hostile task sends in place of the worker: what they announce, and what they are. */
const FORGED: Readonly<Record<string, readonly [size: number, text: string]>> = {
  "that takes more memory than it may have": [65 * MIB, "["],
  "that is larger than any": [2 ** 31, "["],
  "that is not JSON": [3, "[[["],
  "of another job": [1, "1"],
};

for (const [what, [size, text]] of Object.entries(FORGED)) {
  Deno.test(`A subprocess that sends a result ${what} loses its task and nothing else`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const hostile = limited(forges, "none").with({ memoryLimitMb: 64 });
    const neighbour = runner.submit(square, 3);
    const error = await runner.submit(hostile, what === "of another job" ? 7 : 1, size, text).exception();
    assertInstanceOf(error, WorkerLostError);
    assertMatch(error.message, /it sent what no worker sends/);
    assertEquals([await neighbour, await runner.submit(square.with({ backend: "process" }), 4)], [9, 16]);
  });
}

Deno.test("A result of many small values arrives if its subprocess could have them in memory", async () => {
  await using runner = quietRunner({ maxWorkers: 1 });
  const honest = limited(returnsLists, "none").with({ memoryLimitMb: 256 });
  assertEquals((await runner.submit(honest, 500_000)).length, 500_000);
});

for (const how of ["waits", "loops", "ends"] as const) {
  Deno.test({
    name: `What a task has started ends with its subprocess (it ${how})`,
    ignore: Deno.build.os === "windows" || !HAS_PROC,
    async fn() {
      await using runner = quietRunner({ maxWorkers: 1 });
      const handle = runner.submit(leavesChild.with({ backend: "process" }), how);
      await untilEvent(runner, "progress", handle);
      const left = Number(handle.progressMessage);
      assert(isAlive(left));
      if (how === "ends") await handle;
      else handle.cancel();
      if (how === "ends") await runner.shutdown();
      await until("the child of the child is gone", () => !isAlive(left));
    },
  });
}

Deno.test({
  name: "What a task has started ends with its subprocess, if the program may not kill any process",
  ignore: Deno.build.os === "windows" || !HAS_PROC,
  async fn() {
    const flags = ["--allow-read", "--allow-env", `--allow-run=${Deno.execPath()},sleep`, "--allow-sys"];
    const program = await runToEnd("grandchild.ts", { flags });
    const [pid] = program.values("PID") as number[];
    await until("the child of the child is gone", () => !isAlive(pid!));
  },
});

Deno.test({
  name: "What a task has started ends when the program is killed",
  ignore: Deno.build.os === "windows" || !HAS_PROC,
  async fn() {
    await using program = startProgram("grandchild.ts", { args: ["stay"] });
    await until("it has a grandchild", () => program.values("PID").length > 0);
    const [pid] = program.values("PID") as number[];
    assert(isAlive(pid!));
    program.kill("SIGKILL");
    await until("the child of the child is gone", () => !isAlive(pid!));
  },
});

Deno.test({
  name: "Ctrl-C is for the program: it does not reach its subprocesses, nor the reaper",
  ignore: Deno.build.os === "windows" || !HAS_PROC,
  async fn() {
    await using runner = quietRunner({ maxWorkers: 1 });
    const { pid } = await runner.submit(whereAmI.with({ backend: "process" }), 0);
    const groupOf = (each: number) => {
      const stat = Deno.readTextFileSync(`/proc/${each}/stat`);
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
    };
    const children = childrenOf();
    assert(children.includes(pid) && children.length === 2);
    assertEquals(children.map(groupOf), children, "each leads a group of its own");
  },
});

for (const backend of WORKERS) {
  Deno.test(`There are never more ${backend} workers than maxWorkers, also while bodies clean up`, async () => {
    await using runner = quietRunner({ maxWorkers: 2 });
    let most = 0;
    for (let round = 0; round < 6; round++) {
      const handle = runner.submit(cleansUpFor.with({ backend }), 300);
      await untilEvent(runner, "progress", handle);
      most = Math.max(most, runner.statistics().pools[backend]!.workers!);
      if (backend === "process" && HAS_PROC) assert(childrenOf().length <= 3, "two, and the reaper");
      handle.cancel();
    }
    assertEquals(most, 2);
  });
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `A program whose reaper was ended by ${signal} ends well, and gets another one with the next subprocess`,
    ignore: !HAS_PROC,
    async fn() {
      await using runner = quietRunner({ maxWorkers: 1, pools: { process: { idleTimeout: "50ms" } } });
      const { pid } = await runner.submit(whereAmI.with({ backend: "process" }), 0);
      const reaper = childrenOf().find((each) => each !== pid)!;
      Deno.kill(reaper, signal);
      await until("the reaper is gone", () => !isAlive(reaper));
      await until("the idle child is gone", () => !isAlive(pid));
      const loops = runner.submit(loopsAfterAwait.with({ backend: "process", timeout: "1s" }));
      await untilEvent(runner, "progress", loops);
      assertEquals(childrenOf().length, 2, "a child and a reaper");
      await loops.exception();
      await runner.shutdown();
      assertEquals(childrenOf(), []);
    },
  });
}
