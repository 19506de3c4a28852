import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { toFileUrl } from "@std/path";
import { checkpointerCases } from "../../src/testing/checkpointer_cases.ts";
import { FileCheckpointer } from "../../src/stores/file_checkpointer.ts";
import type { TaskRecord } from "../../src/core/checkpointer.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { byId, HEADER, load, loadFrom, record, save, using } from "./file/support.ts";
import { errorOf, tempFolder } from "../support.ts";

/** Sizes for which there is time in every test run; `conformance_long_test.ts` has larger ones. */
const SIZES = { largestBatch: 300, largestValue: 200_000 };

for (const codec of ["json", "structured"] as const) {
  const folder = Deno.makeTempDirSync({ prefix: "workflowy-cases-" });
  const fileOf = (store: string) => `${folder}/${store}.jsonl`;
  const open = (store: string) => new FileCheckpointer(fileOf(store), { codec, fsync: "never" });
  for (const { name, run } of checkpointerCases(open, { ...SIZES, remove: (store) => removeIfThere(fileOf(store)) })) {
    Deno.test(`FileCheckpointer (${codec}): ${name}`, run);
  }
  Deno.test(`FileCheckpointer (${codec}) leaves no other file behind`, () => {
    assertEquals([...Deno.readDirSync(folder)], []);
    Deno.removeSync(folder);
  });
}

Deno.test("FileCheckpointer() refuses wrong paths and options", () => {
  const make = (path: unknown, options?: unknown) => () => new FileCheckpointer(path as string, options as never);
  assertThrows(make(""), RangeError, "path of a FileCheckpointer must not be empty");
  assertThrows(make(5), TypeError, "path of a FileCheckpointer must be a string, not 5");
  assertThrows(make(new URL("https://a/b")), TypeError, "must be a path or a file: URL, not https://a/b");
  assertThrows(make("a", { fsync: "often" }), RangeError, `must be one of "always", "everysec", "never", not "often"`);
  assertThrows(make("a", { fsync: true }), TypeError, "fsync of a FileCheckpointer must be one of");
  assertThrows(make("a", { codec: "xml" }), RangeError, "codec of a FileCheckpointer must be one of");
  assertThrows(make("a", { sync: "always" }), TypeError, 'Unknown option "sync" of a FileCheckpointer');
  assertThrows(make("a", null), TypeError, "The options of a FileCheckpointer must be an object");
});

Deno.test("FileCheckpointer() takes URLs of files, and options that are undefined", async () => {
  await using folder = await tempFolder();
  const url = toFileUrl(folder.file("with space & %41.jsonl"));
  await using checkpointer = new FileCheckpointer(url, { codec: undefined, fsync: undefined });
  assertEquals(checkpointer.codec, "json");
  await checkpointer.save([record("a")]);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["with space & %41.jsonl"]);
});

Deno.test("FileCheckpointer does not touch the disk before it is used, nor create a file to load or delete", async () => {
  await using folder = await tempFolder();
  await using(folder.file(), async (checkpointer) => {
    assertEquals(await loadFrom(checkpointer), byId());
    await checkpointer.delete(["a"]);
    await checkpointer.save([]);
    checkpointer.load();
  });
  assertEquals(await load(`${folder.path}/no/folder/state.jsonl`), byId());
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("FileCheckpointer.save() writes one line a record, and one before those that were saved at once", async () => {
  await using folder = await tempFolder();
  await using(folder.file(), async (checkpointer) => {
    await checkpointer.save([record("a", { value: "ä\n" })]);
    await checkpointer.save([record("b"), record("c")]);
    await checkpointer.delete(["a", "never there", "c"]);
    await checkpointer.delete(["a"]);
  });
  const text = Deno.readTextFileSync(folder.file());
  assertEquals(text.slice(0, HEADER.length), HEADER);
  const lines = text.slice(HEADER.length).trimEnd().split("\n");
  for (const line of lines) assert(/^{"crc":"[0-9a-f]{8}",/.test(line), line);
  const found = lines.map((line) => JSON.parse(line));
  const checksums = found.map(({ crc }) => crc);
  assertEquals(new Set(checksums).size, 5);
  assertEquals(found.map(({ crc: _, ...rest }) => rest), [
    { ...record("a", { value: "ä\n" }) },
    { batch: 2 },
    { ...record("b") },
    { ...record("c") },
    { delete: ["a", "c"] },
  ]);
});

Deno.test({
  name: "FileCheckpointer writes files that jq reads",
  ignore: !has("jq"),
  async fn() {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a"), record("b", { status: "failed" }), record("c", { status: "failed" })]);
    const args = ["-r", 'select(.status == "failed") | .id', folder.file()];
    const { stdout } = await new Deno.Command("jq", { args }).output();
    assertEquals(new TextDecoder().decode(stdout), "b\nc\n");
  },
});

Deno.test("FileCheckpointer.save() appends to what is there", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a"), record("b")]);
  const before = Deno.readTextFileSync(folder.file());
  await save(folder.file(), [record("b", { attempts: 2 })]);
  const after = Deno.readTextFileSync(folder.file());
  assertEquals(after.slice(0, before.length), before);
  assertEquals(after.slice(before.length).split("\n").length, 2);
  assertEquals(await load(folder.file()), byId(record("a"), record("b", { attempts: 2 })));
});

Deno.test("FileCheckpointer uses an empty file", async () => {
  await using folder = await tempFolder();
  Deno.writeTextFileSync(folder.file(), "");
  assertEquals(await load(folder.file()), byId());
  assertEquals(Deno.statSync(folder.file()).size, 0);
  await save(folder.file(), [record("a")]);
  assertEquals(await load(folder.file()), byId(record("a")));
});

Deno.test("FileCheckpointer does what is asked in the order in which it is asked", async () => {
  await using folder = await tempFolder();
  const checkpointer = new FileCheckpointer(folder.file());
  await Promise.all([
    checkpointer.save([record("a", { attempts: 1 }), record("b")]),
    checkpointer.delete(["b"]),
    checkpointer[Symbol.asyncDispose](),
    checkpointer.save([record("a", { attempts: 2 })]),
    checkpointer[Symbol.asyncDispose](),
    checkpointer[Symbol.asyncDispose](),
  ]);
  assertEquals(await load(folder.file()), byId(record("a", { attempts: 2 })));
});

Deno.test("FileCheckpointer keeps ids that do not stand first in their records", async () => {
  await using folder = await tempFolder();
  const turned = (id: string, attempts: number) => {
    const { id: _, ...rest } = record(id, { attempts });
    return { ...rest, id };
  };
  await save(folder.file(), [turned('q"\\ü', 1), record('q"\\ü', { attempts: 2 }), turned("b", 1), turned("c", 1)]);
  await using(folder.file(), async (checkpointer) => {
    await checkpointer.save([turned('q"\\ü', 3), turned("b", 2)]);
    await checkpointer.delete(["c"]);
    assertEquals(await loadFrom(checkpointer), byId(turned('q"\\ü', 3), turned("b", 2)));
  });
  assertEquals(await load(folder.file()), byId(turned('q"\\ü', 3), turned("b", 2)));
});

Deno.test("FileCheckpointer keeps lines that are longer than what is read at a time", async () => {
  await using folder = await tempFolder();
  const sizes = [1 << 18, (1 << 18) - 200, 1_000_000, 3];
  const records = sizes.map((size, index) => record(`r${index}`, { value: "x€".repeat(size).slice(0, size) }));
  await using(folder.file(), async (checkpointer) => {
    for (const each of records) await checkpointer.save([each]);
    await checkpointer.save(records.map((each) => ({ ...each, id: `batch ${each.id}` })));
    assertEquals((await loadFrom(checkpointer)).size, 8);
  });
  assertEquals(
    await load(folder.file()),
    byId(...records, ...records.map((each) => ({ ...each, id: `batch ${each.id}` }))),
  );
});

Deno.test("FileCheckpointer.save() says which record cannot be written, and writes none", async () => {
  await using folder = await tempFolder();
  const bad = record("bad", { value: 5n });
  const error = await assertRejects(() => save(folder.file(), [record("a"), bad]), CheckpointError);
  assertStringIncludes(error.message, 'Cannot save the record "bad" with codec: "json": TypeError');
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("FileCheckpointer.load() yields what is there when it begins, whatever is saved meanwhile", async () => {
  await using folder = await tempFolder();
  const records = Array.from({ length: 2_000 }, (_, index) => record(`r${index}`, { value: "x".repeat(500) }));
  await save(folder.file(), records);
  await using(folder.file(), async (checkpointer) => {
    const found = new Map<string, TaskRecord>();
    for await (const each of checkpointer.load()) {
      if (found.size % 500 === 0) {
        await checkpointer.save([record("r1999", { attempts: 99 }), record(`new ${found.size}`)]);
        await checkpointer.delete(["r1998"]);
      }
      found.set(each.id, each);
    }
    assertEquals(found, byId(...records));
    const after = await loadFrom(checkpointer);
    assertEquals([after.size, after.get("r1999")?.attempts, after.has("r1998")], [2_003, 99, false]);
  });
});

Deno.test("FileCheckpointer.load() ends with an error if the checkpointer is closed meanwhile", async () => {
  await using folder = await tempFolder();
  await save(
    folder.file(),
    Array.from({ length: 2_000 }, (_, index) => record(`r${index}`, { value: "x".repeat(500) })),
  );
  const checkpointer = new FileCheckpointer(folder.file());
  let count = 0;
  const error = await errorOf(async () => {
    for await (const _ of checkpointer.load()) if (count++ === 0) await checkpointer[Symbol.asyncDispose]();
  });
  assert(error instanceof CheckpointError && count < 2_000);
  assertStringIncludes(error.message, "was closed while it was loaded");
});

Deno.test("FileCheckpointer names the byte of a line whose record is of no use, and leaves the file alone", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a")]);
  const length = Deno.statSync(folder.file()).size;
  await save(folder.file(), [{ id: "b", name: "no status" } as unknown as TaskRecord]);
  const before = Deno.readFileSync(folder.file());
  const error = await assertRejects(() => load(folder.file()), CheckpointError);
  assertStringIncludes(
    error.message,
    `is damaged at byte ${length}: TypeError: status of a record must not be undefined. It was left as it is. To continue ` +
      'without this record, remove it with delete(["b"]) of its checkpointer',
  );
  assertEquals(Deno.readFileSync(folder.file()), before);
  await using(folder.file(), (checkpointer) => checkpointer.delete(["b"]));
  assertEquals(await load(folder.file()), byId(record("a")));
});

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function has(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
