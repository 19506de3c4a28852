import { assert, assertEquals, assertGreater, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { DatabaseSync } from "node:sqlite";
import { CheckpointError } from "../../../src/core/errors.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { inTempFolder, record, WrappedKv } from "./wrapped_kv.ts";

const LOCKED = "database is locked";

Deno.test("KvCheckpointer waits for a file that another program has locked", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/a.db`;
    await using checkpointer = new KvCheckpointer({ path });
    await checkpointer.save([record("a")]);
    using other = new DatabaseSync(path);
    other.exec("begin exclusive");
    const started = Date.now();
    setTimeout(() => other.exec("rollback"), 700);
    await checkpointer.save([record("b")]);
    assertGreater(Date.now() - started, 650);
    assertEquals((await Array.fromAsync(checkpointer.load())).length, 2);
  });
});

Deno.test("KvCheckpointer tries again what fails as the database is locked, reads and writes", async () => {
  using kv = await Deno.openKv(":memory:");
  let failures = 0;
  let calls = 0;
  const fail = () => {
    if (calls++ % 3 === 2) return;
    failures++;
    throw new TypeError(LOCKED);
  };
  await using checkpointer = new KvCheckpointer({ kv: new WrappedKv(kv, { before: fail, read: fail }) });
  await checkpointer.save([record("a"), record("large", "x".repeat(200_000))]);
  await checkpointer.save([record("b")]);
  await checkpointer.delete(["a"]);
  assertEquals(await Array.fromAsync(checkpointer.load(), ({ id }) => id), ["b", "large"]);
  assertGreater(failures, 15);
});

Deno.test("KvCheckpointer gives up when a database stays locked, and works again when it is not", async () => {
  using kv = await Deno.openKv(":memory:");
  let isLocked = false;
  let tries = 0;
  const wrapped = new WrappedKv(kv, {
    before() {
      tries++;
      if (isLocked) throw new TypeError(LOCKED);
    },
  });
  await using checkpointer = new KvCheckpointer({ kv: wrapped, lease: "1h" });
  await checkpointer.save([record("a")]);
  {
    using time = new FakeTime();
    using _now = stub(performance, "now", () => time.now);
    isLocked = true;
    tries = 0;
    const started = time.now;
    const saving = checkpointer.save([record("b")]);
    let isOver = false;
    saving.catch(() => {}).finally(() => isOver = true);
    while (!isOver) await time.tickAsync(25);
    const error = await assertRejects(() => saving, CheckpointError, "another program keeps its file locked");
    assertStringIncludes(error.message, 'Cannot write to the checkpoint ["workflowy"] in Deno KV: ');
    assertStringIncludes(String(error.cause), LOCKED);
    assertGreater(time.now - started, 11_000);
    assertLess(time.now - started, 14_000);
    assert(tries > 20 && tries < 60, `${tries} tries`);
  }
  isLocked = false;
  await checkpointer.save([record("c")]);
  assertEquals(await Array.fromAsync(checkpointer.load(), ({ id }) => id), ["a", "c"]);
});

Deno.test("KvCheckpointer gives up on a database that does not answer, as that of a program that was stopped", async () => {
  using kv = await Deno.openKv(":memory:");
  const unanswered = Promise.withResolvers<void>();
  let isSilent = false;
  const wrapped = new WrappedKv(kv, { before: () => isSilent ? unanswered.promise : undefined });
  await using checkpointer = new KvCheckpointer({ kv: wrapped, lease: "1h" });
  await checkpointer.save([record("a")]);
  isSilent = true;
  {
    using time = new FakeTime();
    using _now = stub(performance, "now", () => time.now);
    const saving = assertRejects(() => checkpointer.save([record("b")]), CheckpointError, "keeps its file locked");
    let isOver = false;
    void saving.finally(() => isOver = true);
    while (!isOver) await time.tickAsync(1_000);
    assertStringIncludes(String((await saving).cause), "no answer within 30 s");
  }
  isSilent = false;
  unanswered.resolve();
});

Deno.test("KvCheckpointer does not try again what fails for other reasons, and says what it was", async () => {
  using kv = await Deno.openKv(":memory:");
  const cases: [error: unknown, message: string][] = [
    [new Error("database or disk is full"), "the disk is full or fails; what was saved before is still there"],
    [new TypeError("attempt to write a readonly database"), "the file, or its folder, is not writable"],
    [new Error("database disk image is malformed"), "not a database of Deno KV, or a damaged one"],
    [new Error("the cat sat on it"), "Error: the cat sat on it"],
    ["a string", 'a thrown "a string"'],
  ];
  let toThrow: unknown;
  let tries = 0;
  const wrapped = new WrappedKv(kv, {
    before() {
      tries++;
      if (toThrow !== undefined) throw toThrow;
    },
  });
  await using checkpointer = new KvCheckpointer({ kv: wrapped });
  await checkpointer.save([record("a")]);
  for (const [error, message] of cases) {
    toThrow = error;
    tries = 0;
    const thrown = await assertRejects(() => checkpointer.save([record("b")]), CheckpointError, message);
    assertEquals([thrown.cause, tries], [error, 1]);
  }
  toThrow = undefined;
  assertEquals(await Array.fromAsync(checkpointer.load(), ({ id }) => id), ["a"]);
});
