import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileCheckpointer } from "../../../src/stores/file_checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { POINTS, testKilledCompaction } from "./compaction_kills.ts";
import { byId, largeRecords, load, loadFrom, record, save, using } from "./support.ts";
import { errorOf, tempFolder } from "../../support.ts";

const MiB = 1 << 20;

Deno.test("FileCheckpointer compacts its file when more than half of it, and 1 MiB, is out of date", async () => {
  await using folder = await tempFolder();
  const sizes: number[] = [];
  await using checkpointer = new FileCheckpointer(folder.file());
  for (let version = 0; version < 60; version++) {
    await checkpointer.save(largeRecords(100, version));
    await settled(checkpointer);
    sizes.push(Deno.statSync(folder.file()).size);
    assertEquals([...Deno.readDirSync(folder.path)].length, 1);
  }
  const batch = sizes[0]!;
  assert(Math.max(...sizes) < MiB + 3 * batch, `${sizes}`);
  assert(Math.max(...sizes) > MiB, `${sizes}`);
  assert(sizes.filter((size, index) => size < (sizes[index - 1] ?? 0)).length >= 3, `${sizes}`);
  await checkpointer.save([record("more")]);
  const expected = byId(...largeRecords(100, 59), record("more"));
  assertEquals(await loadFrom(checkpointer), expected);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(await load(folder.file()), expected);
});

Deno.test("FileCheckpointer does not compact its file as long as half of it counts", async () => {
  await using folder = await tempFolder();
  await using(folder.file(), async (checkpointer) => {
    const size = () => Deno.statSync(folder.file()).size;
    await checkpointer.save(largeRecords(4_000, 0));
    const full = size();
    for (let round = 0; round < 3; round++) await checkpointer.save(largeRecords(1_300, round));
    await settled(checkpointer);
    assert(size() > 1.9 * full, "it was compacted too early");
    await checkpointer.save(largeRecords(1_300, 4));
    await settled(checkpointer);
    assert(size() < 1.1 * full, "it was not compacted");
    assertEquals((await loadFrom(checkpointer)).size, 4_000);
  });
});

Deno.test("FileCheckpointer compacts its file when its records were removed", async () => {
  await using folder = await tempFolder();
  await using(folder.file(), async (checkpointer) => {
    await checkpointer.save(largeRecords(2_000, 0));
    await checkpointer.delete(largeRecords(2_000, 0).map(({ id }) => id));
    await settled(checkpointer);
    assert(Deno.statSync(folder.file()).size < 100);
    assertEquals(await loadFrom(checkpointer), byId());
    await checkpointer.save([record("r5")]);
  });
  assertEquals(await load(folder.file()), byId(record("r5")));
});

Deno.test("FileCheckpointer does not compact its file while it is being loaded", async () => {
  await using folder = await tempFolder();
  await using(folder.file(), async (checkpointer) => {
    await checkpointer.save(largeRecords(2_000, 0));
    let count = 0;
    for await (const _ of checkpointer.load()) {
      if (count++ % 1_000 === 0) await checkpointer.save(largeRecords(2_000, count));
    }
    assertEquals(count, 2_000);
    const before = Deno.statSync(folder.file()).size;
    await checkpointer.save([record("one more")]);
    await settled(checkpointer);
    assert(Deno.statSync(folder.file()).size < before / 2);
  });
});

Deno.test("FileCheckpointer lets loads and saves that are asked for during a compaction wait for it", async () => {
  await using folder = await tempFolder();
  await using(folder.file(), async (checkpointer) => {
    for (let version = 0; version < 10; version++) {
      const saved = checkpointer.save(largeRecords(700, version));
      const loaded = loadFrom(checkpointer);
      const more = checkpointer.save([record("more", { attempts: version })]);
      await saved;
      assertEquals((await loaded).get("r5"), largeRecords(700, version)[5]);
      await more;
    }
  });
  assertEquals(await load(folder.file()), byId(...largeRecords(700, 9), record("more", { attempts: 9 })));
});

Deno.test({
  name: "FileCheckpointer keeps links, the permissions of the file and its lock when it compacts it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await tempFolder();
    await Deno.mkdir(folder.file("real"));
    await save(folder.file("real/state"), [record("a")]);
    await Deno.chmod(folder.file("real/state"), 0o640);
    await Deno.symlink(folder.file("real/state"), folder.file("link"));
    const before = Deno.statSync(folder.file("real/state"));
    await using(folder.file("link"), async (checkpointer) => {
      for (let version = 0; version < 4; version++) await checkpointer.save(largeRecords(700, version));
      await settled(checkpointer);
      const after = Deno.statSync(folder.file("real/state"));
      assert(after.ino !== before.ino, "it was not compacted");
      assertEquals([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
      assert(Deno.lstatSync(folder.file("link")).isSymlink);
      await assertRejects(() => load(folder.file("real/state")), CheckpointError, "of this program has it open");
    });
    assertEquals((await load(folder.file("real/state"))).size, 701);
  },
});

Deno.test("FileCheckpointer removes what a compaction of a program that died left behind, and nothing else", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a")]);
  const others = ["state.jsonl.tmp", "state.jsonl.tmp-1", "other.jsonl.tmp-compaction"];
  for (const name of [...others, "state.jsonl.tmp-compaction"]) Deno.writeTextFileSync(folder.file(name), "left");
  assertEquals(await load(folder.file()), byId(record("a")));
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [...others, "state.jsonl"].sort());
});

Deno.test("FileCheckpointer keeps using a file that it cannot compact", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(folder.file("state.jsonl.tmp-compaction/in the way"), { recursive: true });
  await using(folder.file(), async (checkpointer) => {
    for (let version = 0; version < 8; version++) await checkpointer.save(largeRecords(700, version));
    await settled(checkpointer);
    assert(Deno.statSync(folder.file()).size > 5 * MiB);
    await Deno.remove(folder.file("state.jsonl.tmp-compaction"), { recursive: true });
    for (let version = 8; version < 12; version++) await checkpointer.save(largeRecords(700, version));
    await settled(checkpointer);
    assert(Deno.statSync(folder.file()).size < 4 * MiB, "it was not tried again");
  });
  assertEquals(await load(folder.file()), byId(...largeRecords(700, 11)));
});

Deno.test("FileCheckpointer does not compact a file that was damaged meanwhile, and reports it", async () => {
  await using folder = await tempFolder();
  await using checkpointer = new FileCheckpointer(folder.file());
  await checkpointer.save(largeRecords(700, 0));
  const text = Deno.readTextFileSync(folder.file());
  using file = Deno.openSync(folder.file(), { write: true });
  file.seekSync(text.indexOf('"version":0'), Deno.SeekMode.Start);
  file.writeSync(new TextEncoder().encode('"versiom":0'));
  for (let version = 1; version < 3; version++) await checkpointer.save(largeRecords(700, version));
  const error = await errorOf(() => checkpointer.save([record("a")]));
  assert(error instanceof CheckpointError);
  assert(/is damaged at byte \d+: the line changed after it was written/.test(error.message), error.message);
  assertEquals([...Deno.readDirSync(folder.path)].length, 1);
});

for (const point of POINTS.filter((_, index) => index % 4 === 0)) testKilledCompaction(point);

/** A compaction goes before what is asked for after it. */
async function settled(checkpointer: FileCheckpointer): Promise<void> {
  await checkpointer.delete(["nothing"]);
}
