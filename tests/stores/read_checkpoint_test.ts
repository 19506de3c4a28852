import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ByteCodec,
  CheckpointError,
  FileCheckpointer,
  KvCheckpointer,
  MemoryCheckpointer,
  readCheckpoint,
  type ReadCheckpointOptions,
  task,
  type TaskRecord,
  TaskRunner,
} from "../../mod.ts";
import { byId, HEADER, largeRecords, record, run, save, start } from "./file/support.ts";
import { tempFolder } from "../support.ts";

const reversed: ByteCodec = {
  name: "reversed",
  encode: (bytes) => bytes.reverse(),
  decode: (bytes) => bytes.reverse(),
};

/** What there is to read, by id; each id may come once. */
async function read(source: string | URL | ReadCheckpointOptions): Promise<Map<string, TaskRecord>> {
  const found = new Map<string, TaskRecord>();
  for await (const each of readCheckpoint(source)) {
    assert(!found.has(each.id), `${each.id} comes twice`);
    found.set(each.id, each);
  }
  return found;
}

Deno.test("readCheckpoint() reads the file of a runner that is at work", async () => {
  await using folder = await tempFolder();
  await using runner = new TaskRunner({ checkpointer: new FileCheckpointer(folder.file()) });
  await runner.submit(task({ name: "one" }, () => 1));
  const before = Deno.readFileSync(folder.file());
  for (const path of [folder.file(), new URL(`file://${folder.file()}`), { file: folder.file() }]) {
    const [[, found] = []] = await read(path);
    assertEquals([found?.name, found?.status, found?.value], ["one", "completed", 1]);
  }
  assertEquals(Deno.readFileSync(folder.file()), before);
  await runner.submit(task({ name: "two" }, () => 2));
  assertEquals((await read(folder.file())).size, 2);
});

Deno.test("readCheckpoint() reads whole versions while another program rewrites them and compacts its file", async () => {
  await using folder = await tempFolder();
  await using writer = start("rewriting", { args: [folder.file()] });
  assertEquals((await writer.lines.next()).value, "saved");
  let last = 0;
  for (let round = 0; round < 40; round++) {
    const versions = [...(await read(folder.file())).values()].map(({ value }) =>
      (value as { version: number }).version
    );
    assertEquals(versions.length, 300);
    assertEquals(new Set(versions).size, 1, "parts of two saves were read");
    assert(versions[0]! >= last, "an older version was read");
    last = versions[0]!;
  }
});

Deno.test("readCheckpoint() needs the permission to read the file and no other", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a"), record("b")]);
  const args = [folder.file()];
  const allowed = await run("reading", { args, permissions: ["--no-prompt", `--allow-read=${folder.file()}`] });
  assertEquals([allowed.lines, allowed.errors], [["a,b"], ""]);
  const refused = await run("reading", { args, permissions: ["--no-prompt"] });
  assertEquals(refused.lines, [
    `CheckpointError: Cannot read the checkpoint "${folder.file()}": the program has no permission; run it with ` +
    `--allow-read=${folder.file()}`,
  ]);
});

Deno.test("readCheckpoint() does not read what was not written to the end", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a")]);
  const end = Deno.statSync(folder.file()).size;
  await save(folder.file(), [record("b"), record("c")]);
  const all = Deno.readFileSync(folder.file());
  for (let length = 0; length < all.length; length += 7) {
    Deno.writeFileSync(folder.file(), all.subarray(0, length));
    assertEquals(await read(folder.file()), length < end ? new Map() : byId(record("a")), `${length} bytes`);
  }
});

Deno.test("readCheckpoint() says what is wrong with a file", async () => {
  await using folder = await tempFolder();
  const refusal = async (source: string | ReadCheckpointOptions) =>
    (await assertRejects(() => read(source), CheckpointError)).message;
  const path = folder.file();
  assertEquals(await refusal(path), `There is no checkpoint "${path}"; check the path`);
  Deno.writeTextFileSync(path, "a,b,c\n");
  assert((await refusal(path)).startsWith(`"${path}" is not a checkpoint`));
  Deno.writeTextFileSync(path, `${HEADER}nonsense\n`);
  assert((await refusal(path)).includes(`is damaged at byte ${HEADER.length}: the line is not one that was written`));
  Deno.writeTextFileSync(path, HEADER.replace('"version":1', '"version":9'));
  assert((await refusal(path)).includes("has format version 9"));
  Deno.removeSync(path);
  await save(path, [record("a")], { codec: "structured" });
  assertEquals(await read(path), byId(record("a")));
  assert((await refusal({ file: path, codec: "json" })).includes('was written with codec: "structured"'));
});

Deno.test("readCheckpoint() reads files and databases with codecs for bytes, and says so if none is given", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a")], { codec: reversed });
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv, codec: reversed });
  await checkpointer.save([record("a")]);
  for (const source of [{ file: folder.file() }, { kv }]) {
    assertEquals(await read({ ...source, codec: reversed }), byId(record("a")));
    await assertRejects(
      () => read(source),
      CheckpointError,
      'was written with codec: "json" in "reversed" and cannot be read with codec: "json" alone; give the codec of that name',
    );
  }
});

Deno.test("readCheckpoint() reads a database whose lease another one holds, and changes nothing", async () => {
  await using folder = await tempFolder();
  const path = folder.file("state.db");
  const records = [
    record("a"),
    record("x".repeat(1_000)),
    ...largeRecords(3, 1),
    record("b", { value: "y".repeat(200_000) }),
  ];
  await using checkpointer = new KvCheckpointer({ path, prefix: ["p", 1], codec: "structured" });
  await checkpointer.save(records);
  using kv = await Deno.openKv(path);
  const entries = () => Array.fromAsync(kv.list({ prefix: ["p", 1] }), ({ key, versionstamp }) => [key, versionstamp]);
  const before = await entries();
  for (const source of [{ path, prefix: ["p", 1] }, { kv, prefix: ["p", 1] }]) {
    assertEquals(await read(source), byId(...records));
  }
  assertEquals(await entries(), before);
});

Deno.test("readCheckpoint() reads each record of a database once and whole, while they become large and small", async () => {
  using kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  const ids = Array.from({ length: 30 }, (_, index) => `r${index}`);
  const version = (count: number) =>
    ids.map((id, index) => record(id, { value: `${count} `.repeat((index + count) % 2 === 0 ? 10 : 40_000) }));
  await checkpointer.save(version(0));
  for (let round = 0; round < 10; round++) {
    const found: TaskRecord[] = [];
    let count = 2 * round;
    for await (const each of readCheckpoint({ kv })) {
      if (found.push(each) % 10 === 1) await checkpointer.save(version(++count));
    }
    assertEquals(found.map(({ id }) => id).sort(), ids.toSorted());
    for (const { value } of found) assertEquals(new Set((value as string).trim().split(" ")).size, 1);
  }
});

Deno.test("readCheckpoint() says what is wrong with a database", async () => {
  using kv = await Deno.openKv(":memory:");
  await assertRejects(
    () => read({ kv }),
    CheckpointError,
    'There is no such checkpoint as the checkpoint ["workflowy"] in Deno KV; check the path and the prefix',
  );
  {
    await using checkpointer = new KvCheckpointer({ kv });
    await checkpointer.save([record("a"), record("b", { value: "y".repeat(200_000) })]);
  }
  const [part] = await Array.fromAsync(kv.list({ prefix: ["workflowy", "part"] }));
  await kv.delete(part!.key);
  await assertRejects(() => read({ kv }), CheckpointError, 'is damaged at the key ["workflowy", "large", "b"]: part ');
  await kv.set(["workflowy", "row", "a"], 5);
  await assertRejects(() => read({ kv }), CheckpointError, "its value is not a record");
});

Deno.test("readCheckpoint() does not create a database", async () => {
  await using folder = await tempFolder();
  const path = folder.file("state.db");
  await assertRejects(() => read({ path }), CheckpointError, `There is no database "${path}"; check the path`);
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("readCheckpoint() closes what it opened when the loop is left", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), largeRecords(700, 1));
  for await (const _ of readCheckpoint(folder.file())) break; // an open file would fail this test
});

Deno.test("readCheckpoint() refuses wrong options at once", () => {
  const kv = {} as never;
  const cases: readonly (readonly [unknown, typeof TypeError | typeof RangeError, string])[] = [
    ["", RangeError, "file of readCheckpoint() must"],
    [{ file: 5 }, TypeError, "file of readCheckpoint() must"],
    [new URL("https://example.com"), TypeError, "file of readCheckpoint() must be a path or a file: URL"],
    [{ file: "a", prefix: "b" }, TypeError, "Give file or prefix of readCheckpoint(), not both"],
    [{ kv, path: "a" }, TypeError, "Give kv or path of readCheckpoint(), not both"],
    [{ kv }, TypeError, "kv of readCheckpoint() must be a Deno.Kv"],
    [{ path: "" }, RangeError, "path of readCheckpoint() must"],
    [{ prefix: [] }, RangeError, "prefix of readCheckpoint() must have at least one part"],
    [{ file: "a", codec: "cbor" }, RangeError, "codec of readCheckpoint() must be"],
    [new MemoryCheckpointer(), TypeError, "Give a path of readCheckpoint(), not a checkpointer"],
    [{ lease: "1s" }, TypeError, 'Unknown option "lease" of readCheckpoint()'],
  ];
  for (const [source, kind, message] of cases) {
    assertThrows(() => readCheckpoint(source as ReadCheckpointOptions), kind, message);
  }
});
