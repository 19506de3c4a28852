import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { FileCheckpointer } from "../../../src/stores/file_checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { byId, largeRecords, load, loadFrom, record, run } from "./support.ts";
import { errorOf, tempFolder } from "../../support.ts";

/** Notes what the disk is told to store, and can make it fail. */
class Disk implements Disposable {
  readonly log: string[] = [];
  /** What each sync of a file waits for before it is done. */
  gate: Promise<void> | undefined;
  /** How many syncs of a file are under way. */
  busy = 0;
  failure: Error | undefined;
  readonly #original = Deno.FsFile.prototype.syncData;
  readonly #sync = Deno.FsFile.prototype.sync;

  constructor() {
    const [original, sync] = [this.#original, this.#sync];
    const note = (what: string) => this.#note(what);
    const during = (act: () => Promise<void>) => this.#during(act);
    Deno.FsFile.prototype.syncData = async function () {
      note("file");
      await during(() => original.call(this));
    };
    Deno.FsFile.prototype.sync = async function () {
      note("folder");
      await sync.call(this);
    };
  }

  /** What it was told since this was last asked. */
  get told(): string {
    return this.log.splice(0).join();
  }

  async #during(act: () => Promise<void>): Promise<void> {
    this.busy++;
    await this.gate;
    await act();
    this.busy--;
  }

  #note(what: string): void {
    this.log.push(what);
    if (this.failure !== undefined) throw this.failure;
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.syncData = this.#original;
    Deno.FsFile.prototype.sync = this.#sync;
  }
}

/** Where folders can be told, they are. */
const FIRST = Deno.build.os === "windows" ? "file" : "file,folder";

Deno.test('FileCheckpointer with fsync: "always" stores before save() resolves, and a new file\'s folder too', async () => {
  await using folder = await tempFolder();
  using disk = new Disk();
  await using checkpointer = new FileCheckpointer(folder.file(), { fsync: "always" });
  await checkpointer.save([record("a"), record("b")]);
  assertEquals(disk.told, FIRST);
  await checkpointer.save([record("c")]);
  await checkpointer.delete(["a"]);
  assertEquals(disk.told, "file,file");
  await checkpointer.delete(["a"]);
  await loadFrom(checkpointer);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(disk.told, "");
});

Deno.test('FileCheckpointer with fsync: "everysec" stores once a second, if there is something to store', async () => {
  await using folder = await tempFolder();
  using disk = new Disk();
  await using checkpointer = new FileCheckpointer(folder.file());
  await loadFrom(checkpointer);
  using time = new FakeTime();
  for (let count = 0; count < 10; count++) await checkpointer.save([record("a")]);
  await time.tickAsync(999);
  assertEquals(disk.told, "");
  await time.tickAsync(1);
  await checkpointer.save([record("b")]);
  await time.tickAsync(500);
  await checkpointer.save([record("b")]);
  await time.tickAsync(499);
  assertEquals(disk.told.split(",")[0], "file");
  await time.tickAsync(1);
  await time.tickAsync(60_000);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(disk.log.filter((each) => each === "file").length, 1);
});

Deno.test('FileCheckpointer with fsync: "everysec" stores at disposal what is not stored', async () => {
  await using folder = await tempFolder();
  using disk = new Disk();
  await using checkpointer = new FileCheckpointer(folder.file());
  await checkpointer.save([record("a")]);
  assertEquals(disk.told, "");
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(disk.told, FIRST);
});

Deno.test("FileCheckpointer is not disposed of before a sync has ended that a timer began while another one was slow", async () => {
  await using folder = await tempFolder();
  using disk = new Disk();
  await using checkpointer = new FileCheckpointer(folder.file());
  await loadFrom(checkpointer);
  using time = new FakeTime();
  const { promise, resolve } = Promise.withResolvers<void>();
  disk.gate = promise;
  await checkpointer.save([record("a")]);
  await time.tickAsync(1_000);
  await checkpointer.save([record("b")]);
  await time.tickAsync(1_000);
  const disposed = checkpointer[Symbol.asyncDispose]();
  await time.runMicrotasks();
  assertEquals([disk.busy, disk.log.length], [1, 1]);
  resolve();
  await disposed;
  assertEquals([disk.busy, disk.log.filter((each) => each === "file").length], [0, 2]);
});

Deno.test("FileCheckpointer stores what it finds, as another one may have been killed before it did", async () => {
  for (const fsync of ["always", "everysec", "never"] as const) {
    await using folder = await tempFolder();
    await using killed = new FileCheckpointer(folder.file(), { fsync: "never" });
    await killed.save([record("a")]);
    await killed[Symbol.asyncDispose]();
    using disk = new Disk();
    await using checkpointer = new FileCheckpointer(folder.file(), { fsync });
    await loadFrom(checkpointer);
    assertEquals(disk.told, fsync === "always" ? FIRST : "");
    await checkpointer[Symbol.asyncDispose]();
    assertEquals(disk.told, fsync === "everysec" ? FIRST : "");
  }
});

Deno.test('FileCheckpointer with fsync: "everysec" does not keep the program alive', async () => {
  await using folder = await tempFolder();
  const { lines, errors } = await run("lasting", { args: [folder.file()] });
  assertEquals([lines, errors], [["0"], ""]);
  assertEquals(await load(folder.file()), byId(record("a")));
});

Deno.test('FileCheckpointer with fsync: "never" leaves it to the system, except for a file that is compacted', async () => {
  await using folder = await tempFolder();
  using disk = new Disk();
  await using checkpointer = new FileCheckpointer(folder.file(), { fsync: "never" });
  await checkpointer.save([record("a")]);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(disk.told, "");
  for (let version = 0; version < 4; version++) await checkpointer.save(largeRecords(700, version));
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(disk.told, FIRST);
});

Deno.test('FileCheckpointer with fsync: "always" fails once it cannot store, until it is opened again', async () => {
  await using folder = await tempFolder();
  using disk = new Disk();
  await using checkpointer = new FileCheckpointer(folder.file(), { fsync: "always" });
  await checkpointer.save([record("a")]);
  disk.failure = new Error("I/O error");
  const error = await assertRejects(() => checkpointer.save([record("b")]), CheckpointError);
  assertEquals(error.message, `Cannot write to the checkpoint "${folder.file()}": Error: I/O error`);
  disk.failure = undefined;
  assertStrictEquals(await errorOf(() => checkpointer.save([record("c")])), error);
  assertStrictEquals(await errorOf(() => checkpointer.delete(["a"])), error);
  await checkpointer[Symbol.asyncDispose]();
  await checkpointer.save([record("d")]);
  const found = await loadFrom(checkpointer);
  assert(found.has("a") && found.has("d") && !found.has("c"));
});

for (const next of ["save()", "delete()", "disposal"]) {
  Deno.test(`FileCheckpointer with fsync: "everysec" says at the next ${next} that it could not store`, async () => {
    await using folder = await tempFolder();
    using disk = new Disk();
    const checkpointer = new FileCheckpointer(folder.file());
    await loadFrom(checkpointer);
    using time = new FakeTime();
    await checkpointer.save([record("a"), record("b")]);
    disk.failure = new Error("I/O error");
    await time.tickAsync(1_000);
    assertEquals(disk.told, "file");
    const use = {
      "save()": () => checkpointer.save([record("c")]),
      "delete()": () => checkpointer.delete(["a"]),
      "disposal": () => checkpointer[Symbol.asyncDispose](),
    }[next]!;
    await assertRejects(use, CheckpointError, "I/O error");
    // The failure was reported, and is not reported again.
    await checkpointer[Symbol.asyncDispose]();
    disk.failure = undefined;
    assertEquals(await load(folder.file()), byId(record("a"), record("b")));
  });
}
