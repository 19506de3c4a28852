import { assert, assertEquals, assertGreater, assertRejects, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async";
import { DatabaseSync } from "node:sqlite";
import { CheckpointError } from "../../../src/core/errors.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { inTempFolder, record } from "./wrapped_kv.ts";

const PROGRAM = new URL("./programs/owner.ts", import.meta.url).pathname;

/** A program that saves records. */
class Owner implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(path: string, prefix: string, lease: number, count = 0) {
    const args = ["run", "-A", "--no-check", "--unstable-kv", PROGRAM, path, prefix, `${lease}`, `${count}`];
    this.#child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Stops it at a moment at which it has not locked the file, for which others would wait until it continues. */
  async stop(path: string): Promise<void> {
    for (;;) {
      this.kill("SIGSTOP");
      while (!await this.#isStopped()) await delay(1);
      using file = new DatabaseSync(path, { timeout: 0 });
      try {
        file.exec("begin immediate; rollback");
        return;
      } catch (error) {
        assertStringIncludes(String(error), "database is locked");
      }
      this.kill("SIGCONT");
      await delay(3); // with which it is likely to be somewhere else
    }
  }

  /** Whether each of its threads is. */
  async #isStopped(): Promise<boolean> {
    const tasks = `/proc/${this.pid}/task`;
    const states = await Array.fromAsync(Deno.readDir(tasks), async ({ name }) => {
      const stat = await Deno.readTextFile(`${tasks}/${name}/stat`);
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    });
    return states.every((state) => state === "T");
  }

  /** Reads on to a line that begins like this; `undefined`: there is none. */
  async line(start: string): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end === -1) {
        const { value, done } = await this.#lines.read();
        if (done) return undefined;
        this.#rest += value;
        continue;
      }
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
      if (line.startsWith(start)) return line;
    }
  }

  /** How many records it has reported as saved, once it has ended. */
  async saved(): Promise<number> {
    let count = 0;
    while (await this.line("saved") !== undefined) count++;
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.saved();
    await this.#child.status;
  }
}

/** Does something a minute later, by the clock that leases are compared with: that of another program has expired by then. */
async function aMinuteLater<T>(job: () => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() + 60_000;
  try {
    return await job();
  } finally {
    Date.now = now;
  }
}

/** What there is, by id. */
async function load(checkpointer: KvCheckpointer): Promise<Map<string, unknown>> {
  return new Map(await Array.fromAsync(checkpointer.load(), ({ id, value }) => [id, value] as const));
}

Deno.test("KvCheckpointer takes over from a program that was killed, and finds all that it saved", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/a.db`;
    for (let round = 0; round < 2; round++) {
      await using owner = new Owner(path, "killed", 15_000);
      await owner.line(`saved ${1 + 7 * round}`);
      await using checkpointer = new KvCheckpointer({ path, prefix: "killed" });
      const error = await assertRejects(() => checkpointer.save([record("x")]), CheckpointError);
      assertStringIncludes(error.message, `process ${owner.pid} on "${Deno.hostname()}" has it`);
      owner.kill("SIGKILL");
      const saved = 2 + 7 * round + await owner.saved();
      const found = await aMinuteLater(() => load(checkpointer));
      for (let index = 0; index < saved; index++) {
        assertEquals(found.get(`${index}`), index % 10 === 9 ? "x".repeat(100_000) : index);
      }
      const last = found.get("last");
      assert([saved - 1, saved].some((index) => last === (index % 10 === 9 ? "x".repeat(100_000) : index)));
      assert(!found.has("x"));
      await checkpointer.delete([...found.keys()]);
    }
  });
});

Deno.test({
  name: "KvCheckpointer of a program that was stopped for longer than its lease writes nothing any more",
  ignore: Deno.build.os !== "linux", // where /proc tells when a program has stopped
  fn: () =>
    inTempFolder(async (folder) => {
      const path = `${folder}/a.db`;
      await using owner = new Owner(path, "stopped", 15_000);
      await owner.line("saved 3");
      await owner.stop(path);
      await using checkpointer = new KvCheckpointer({ path, prefix: "stopped" });
      const found = await aMinuteLater(() => load(checkpointer));
      assertGreater(found.size, 3);
      await checkpointer.save([record("mine")]);
      const before = await Array.fromAsync(checkpointer.load());
      owner.kill("SIGCONT");
      const error = await owner.line("CheckpointError");
      assertStringIncludes(error ?? "", `its lease was lost: process ${Deno.pid} on "${Deno.hostname()}" took it.`);
      assertEquals(await Array.fromAsync(checkpointer.load()), before);
    }),
});

Deno.test("KvCheckpointer of several programs on one file, of different prefixes, do not disturb each other", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/a.db`;
    const count = 60;
    const prefixes = ["a", "b", "c"];
    const owners = prefixes.map((prefix) => new Owner(path, prefix, 15_000, count));
    for (const owner of owners) {
      assertEquals(await owner.saved(), count);
      await owner[Symbol.asyncDispose]();
    }
    for (const prefix of prefixes) {
      await using checkpointer = new KvCheckpointer({ path, prefix });
      // Their leases were given back.
      assertEquals((await Array.fromAsync(checkpointer.load())).length, count + 1);
    }
  });
});

Deno.test("KvCheckpointer of several programs with one prefix: one gets it, the others an error", async () => {
  await inTempFolder(async (folder) => {
    const owners = Array.from({ length: 3 }, () => new Owner(`${folder}/a.db`, "same", 60_000, 0));
    const first = await Promise.all(owners.map((owner) => owner.line("")));
    const refused = first.filter((line) => line?.startsWith("CheckpointError: Cannot open the checkpoint"));
    assertEquals(refused.length, 2, `${first}`);
    assertEquals(first.filter((line) => line === "saved 0").length, 1);
    for (const owner of owners) await owner[Symbol.asyncDispose]();
  });
});
