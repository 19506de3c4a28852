import { assertEquals, assertRejects } from "@std/assert";
import { FileCheckpointer } from "../../../src/stores/file_checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { byId, kill, load, loadFrom, record, save, start, using } from "./support.ts";
import { tempFolder } from "../../support.ts";

/** Linux and macOS have it. */
const HAS_SLEEP = Deno.build.os !== "windows";

const NEAR =
  "another runner or checkpointer of this program has it open; dispose of that first, or give each its own path";
const FAR = "another program, or a worker of this one, has it open; wait until that has ended, or choose another path";

Deno.test("FileCheckpointer locks its file against others in the program, from the first use to disposal", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  await save(path, [record("a")]);
  const message = `Cannot open the checkpoint "${path}": ${NEAR}`;
  for (
    const use of [
      (first: FileCheckpointer) => first.save([record("b")]),
      (first: FileCheckpointer) => loadFrom(first),
      (first: FileCheckpointer) => first.delete(["nothing"]),
    ]
  ) {
    await using first = new FileCheckpointer(path);
    const second = new FileCheckpointer(path);
    await use(first);
    const before = Deno.readFileSync(path);
    for (const job of [() => loadFrom(second), () => second.save([record("c")]), () => second.delete(["a"])]) {
      assertEquals((await assertRejects(job, CheckpointError)).message, message);
    }
    await second[Symbol.asyncDispose]();
    assertEquals(Deno.readFileSync(path), before);
    await first[Symbol.asyncDispose]();
    await second.save([record("b")]);
    await assertRejects(() => loadFrom(first), CheckpointError, NEAR);
    await second[Symbol.asyncDispose]();
  }
  assertEquals(await load(path), byId(record("a"), record("b")));
});

Deno.test("FileCheckpointer knows a file by whichever path", async () => {
  await using folder = await tempFolder();
  await Deno.symlink(folder.file(), folder.file("link"));
  await using(folder.file(), async (first) => {
    await first.save([record("a")]);
    await Deno.link(folder.file(), folder.file("hard"));
    await assertRejects(() => load(folder.file("link")), CheckpointError, NEAR);
    await assertRejects(
      () => load(`${folder.path}/../${folder.path.split("/").pop()}/state.jsonl`),
      CheckpointError,
      NEAR,
    );
    await assertRejects(() => load(folder.file("hard")), CheckpointError, FAR);
  });
  assertEquals(await load(folder.file("link")), byId(record("a")));
});

Deno.test("FileCheckpointer closes a file that it cannot use", async () => {
  await using folder = await tempFolder();
  Deno.writeTextFileSync(folder.file(), "not ours\n");
  await assertRejects(() => load(folder.file()), CheckpointError, "is not a checkpoint");
  using file = await Deno.open(folder.file(), { write: true });
  assertEquals(await file.tryLock(true), true);
});

for (const kind of ["saves", "loads"]) {
  Deno.test(`FileCheckpointer is kept out by another program that ${kind}, until that is killed`, async () => {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a")]);
    await using holder = start("holder", { args: [folder.file(), kind] });
    assertEquals((await holder.lines.next()).value, "held", "the program did not start");
    const before = Deno.readFileSync(folder.file());
    for (const job of [() => load(folder.file()), () => save(folder.file(), [record("b")])]) {
      const error = await assertRejects(job, CheckpointError);
      assertEquals(error.message, `Cannot open the checkpoint "${folder.file()}": ${FAR}`);
    }
    assertEquals(Deno.readFileSync(folder.file()), before);
    holder.child.kill("SIGKILL");
    await holder.child.status;
    await save(folder.file(), [record("b")]);
    const held = kind === "saves" ? [record("held")] : [];
    assertEquals(await load(folder.file()), byId(record("a"), record("b"), ...held));
  });
}

Deno.test({
  name: "FileCheckpointer is not kept out by what a program that was killed had started",
  ignore: !HAS_SLEEP,
  async fn() {
    await using folder = await tempFolder();
    await using holder = start("holder", { args: [folder.file(), "parent"] });
    const pid = Number((await holder.lines.next()).value);
    kill(holder.child);
    await holder.child.status;
    try {
      assertEquals(await load(folder.file()), byId(record("held")));
      // It was alive all the time.
      Deno.kill(pid, "SIGCONT");
    } finally {
      Deno.kill(pid, "SIGKILL");
    }
  },
});
