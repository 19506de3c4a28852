import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { CheckpointLog } from "../../../src/stores/file/log.ts";
import { tempFolder } from "../../support.ts";
import { record } from "./support.ts";

const OPTIONS = { codec: { name: "json" }, fsync: "never", logger: console } as const;

async function open(path: string): Promise<CheckpointLog> {
  const log = await CheckpointLog.open(path, "create", OPTIONS);
  assert(log !== undefined);
  return log;
}

const line = (id: string, attempts = 1) => JSON.stringify(record(id, { attempts }));

/** What a log holds, as ids with attempts. */
async function contentOf(log: CheckpointLog): Promise<string[]> {
  const all = await Array.fromAsync(log.records((json) => JSON.parse(json)));
  const ids = all.flat().map(({ id }) => id);
  assertEquals(await log.find(["none", ...ids], (json) => JSON.parse(json)), all.flat());
  return all.flat().map(({ id, attempts }) => `${id} ${attempts}`);
}

Deno.test("CheckpointLog.open() of no file returns nothing, or creates one", async () => {
  await using folder = await tempFolder();
  assertEquals(await CheckpointLog.open(folder.file(), "return", OPTIONS), undefined);
  assertEquals([...Deno.readDirSync(folder.path)], []);
  await (await open(folder.file())).close();
  assertEquals(Deno.statSync(folder.file()).size, 0);
});

Deno.test("CheckpointLog holds the latest line of each id, also when it is opened again", async () => {
  await using folder = await tempFolder();
  const log = await open(folder.file());
  await log.put(["a"], [line("a")]);
  await log.put(["b", "c"], [line("b"), line("c")]);
  await log.put(["a"], [line("a", 2)]);
  await log.remove(["c", "none"]);
  await log.remove(["none"]);
  const expected = ["b 1", "a 2"];
  assertEquals(await contentOf(log), expected);
  await log.close();
  const again = await open(folder.file());
  assertEquals(await contentOf(again), expected);
  await again.close();
});

Deno.test("CheckpointLog.compact() keeps what counts, and what is put later follows it", async () => {
  await using folder = await tempFolder();
  const log = await open(folder.file());
  for (let attempts = 1; attempts <= 50; attempts++) {
    await log.put(["a", "b"], [line("a", attempts), line("b", attempts)]);
  }
  const before = Deno.statSync(folder.file()).size;
  await log.compact();
  assert(Deno.statSync(folder.file()).size < before / 20);
  await log.put(["c"], [line("c")]);
  const expected = ["a 50", "b 50", "c 1"];
  assertEquals(await contentOf(log), expected);
  await log.close();
  const again = await open(folder.file());
  assertEquals(await contentOf(again), expected);
  await again.close();
});

Deno.test("CheckpointLog is not due for compaction while it is read, or as long as it is small", async () => {
  await using folder = await tempFolder();
  const log = await open(folder.file());
  const large = JSON.stringify(record("a", { value: "x".repeat(400_000) }));
  for (let count = 0; count < 3; count++) await log.put(["a"], [large]);
  assertEquals(log.isDueForCompaction, false);
  await log.put(["a"], [large]);
  assertEquals(log.isDueForCompaction, true);
  const reading = log.records((json) => JSON.parse(json));
  await reading.next();
  assertEquals(log.isDueForCompaction, false);
  await reading.return(undefined);
  assertEquals(log.isDueForCompaction, true);
  await log.compact();
  assertEquals(log.isDueForCompaction, false);
  await log.close();
});

Deno.test("CheckpointLog ends a loop over its records with an error when it is closed meanwhile", async () => {
  await using folder = await tempFolder();
  const log = await open(folder.file());
  for (let count = 0; count < 4; count++) {
    await log.put([`${count}`], [JSON.stringify(record(`${count}`, { value: "x".repeat(200_000) }))]);
  }
  const reading = log.records((json) => JSON.parse(json));
  await reading.next();
  await log.close();
  await assertRejects(() => Array.fromAsync(reading), CheckpointError, "was closed while it was loaded");
});

Deno.test("CheckpointLog reports a failure once, and leaves an incomplete write to the next opening", async () => {
  await using folder = await tempFolder();
  const log = await open(folder.file());
  await log.put(["a"], [line("a")]);
  const { writeSync, truncateSync } = Deno.FsFile.prototype;
  let isBroken = false;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (isBroken) throw new Error("the disk is gone");
    isBroken = true;
    return writeSync.call(this, bytes.subarray(0, 10));
  };
  Deno.FsFile.prototype.truncateSync = () => {
    throw new Error("the disk is gone");
  };
  try {
    for (let round = 0; round < 2; round++) {
      await assertRejects(() => log.put(["b"], [line("b")]), CheckpointError, "the disk is gone");
    }
    await log.close();
  } finally {
    Object.assign(Deno.FsFile.prototype, { writeSync, truncateSync });
  }
  const again = await open(folder.file());
  assertEquals(await contentOf(again), ["a 1"]);
  await again.put(["b"], [line("b")]);
  assertEquals(await contentOf(again), ["a 1", "b 1"]);
  await again.close();
});
