// A program is never ended, and no result hidden, by what fails around its tasks: a reader of its output that has gone,
// listeners, loggers, and values that cannot be looked at.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { task, TaskRunner } from "../../mod.ts";
import { recordingLogger, runProgram } from "../support.ts";

const PROGRAM = fromFileUrl(new URL("programs/prints_much.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

for (const [what, scene] of [["dies of them", "plain"], ["listens for them", "guarded"]] as const) {
  Deno.test(`A closed standard error output does not end a program that ${what}, nor hide its results`, async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", CONFIG, PROGRAM, scene],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stderr.getReader();
    await reader.read(); // the program has started
    await reader.cancel();
    await child.stdin.close(); // which lets it continue
    const [{ code, signal }, stdout] = await Promise.all([child.status, new Response(child.stdout).text()]);
    assertEquals([code, signal], [0, null]);
    assertEquals(JSON.parse(stdout), { async: 20, thread: 20, process: 20, failed: 3, unhandled: 0 });
  });
}

Deno.test("Listeners that throw anything, at once or later, are logged and harm nothing", async () => {
  const { code, stdout, stderr } = await runProgram(`
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const lines = [];
    const note = (...data) => lines.push(data[0]);
    const logger = { debug: note, info: note, warn: note, error: note };
    const { TaskRunner, task } = workflowy;
    await using runner = new TaskRunner({ logger });
    const thrown = [new Error("x"), undefined, revoked, new Proxy({}, { get() { throw 1; } })];
    for (const type of ["submitted", "ready", "running", "completed"]) {
      for (const each of thrown) {
        runner.addEventListener(type, () => { throw each; });
        runner.addEventListener(type, () => Promise.reject(each));
        runner.addEventListener(type, { handleEvent() { throw each; } });
      }
      runner.addEventListener(type, {});
      runner.addEventListener(type, () => revoked);
    }
    const value = await runner.submit(task({ name: "answer" }, () => 42));
    await new Promise((resolve) => setTimeout(resolve, 0));
    console.log(value, lines.length, [...new Set(lines)].join());
  `);
  assertEquals(stderr, "");
  const words = ["submitted", "ready", "running", "completed"].map((type) => `A listener to "${type}" events failed:`);
  assertEquals([code, stdout], [0, `42 ${4 * (4 * 3 + 2)} ${words.join()}`]);
});

Deno.test("A logger that throws harms nothing", async () => {
  const fail = () => {
    throw new Error("the disk is full");
  };
  await using runner = new TaskRunner({
    onTaskError: "log",
    logger: { debug: fail, info: fail, warn: fail, error: fail },
  });
  const failing = runner.submit(task({ name: "failing", retries: 1, backoff: "none" }, fail));
  const { counts } = await runner.run();
  assertEquals([failing.status, counts.failed], ["failed", 1]);
});

/** What a body may throw that fails as soon as one looks at it. */
function uninspectable(): Readonly<Record<string, unknown>> {
  const fail = () => {
    throw new Error("not to be looked at");
  };
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const getters = ["name", "message", "stack", "cause", "code"].map((key) => [key, { get: fail }] as const);
  return {
    revoked,
    "a proxy": new Proxy({}, { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail }),
    "a proxy of an error": new Proxy(new Error("x"), { get: fail }),
    "an error": Object.defineProperties(new Error("x"), Object.fromEntries(getters)),
  };
}

for (const [what, thrown] of Object.entries(uninspectable())) {
  Deno.test(`A body that throws what cannot be looked at (${what}) fails like any other`, async () => {
    for (const onTaskError of ["log", "continue", "raise"] as const) {
      for (const retries of [0, 1]) {
        const { lines, ...logger } = recordingLogger();
        await using runner = new TaskRunner({ onTaskError, logger });
        const failing = runner.submit(task({ name: "failing", retries, backoff: "none" }, () => {
          throw thrown;
        }));
        const other = runner.submit(task({ name: "other" }, () => 42));
        const after = runner.submit(task({ name: "after" }, () => {}).with({ dependsOn: failing }));
        const error = await runner.run().then(() => undefined, (error) => ({ error }));
        assertEquals(error !== undefined, onTaskError === "raise");
        assertEquals([failing.status, after.status], ["failed", "failed"]);
        assertEquals(other.status, onTaskError === "raise" ? "cancelled" : "completed");
        assertStringIncludes(failing.explain(), '"failing#1" failed');
        assertEquals(runner.results().length, 3);
        const logged = lines.filter(({ level }) => level !== "debug").map(({ level }) => level);
        assertEquals(logged, onTaskError === "log" ? ["error", "warn"] : []);
      }
    }
  });
}

Deno.test("Cancelling for a reason that cannot be looked at cancels like any other", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  for (const reason of Object.values(uninspectable())) {
    const controller = new AbortController();
    const waits = task({ name: "waits" }, () => new Promise(() => {}));
    const handles = [runner.submit(waits), runner.submit(waits.with({ signal: controller.signal }))];
    handles[0]!.cancel(reason);
    controller.abort(reason);
    for (const handle of handles) await handle.exception();
    assertEquals(handles.map(({ status }) => status), ["cancelled", "cancelled"]);
  }
});
