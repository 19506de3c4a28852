import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { FileCheckpointer } from "../../../src/stores/file_checkpointer.ts";
import { operationError } from "../../../src/stores/file/errors.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { byId, largeRecords, load, record, run, save } from "./support.ts";
import { tempFolder } from "../../support.ts";

const IS_WINDOWS = Deno.build.os === "windows";
/** Root may do whatever the rights of files say. */
const IS_ROOT = !IS_WINDOWS && Deno.uid() === 0;
/** Lets root do no more than the rights of files say. */
const AS_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
const CAN_MOUNT = IS_ROOT && Deno.build.os === "linux" && mounts();

/** A small file system of its own. */
class SmallDisk implements Disposable {
  readonly path: string;

  constructor(path: string, size = "100k") {
    this.path = path;
    Deno.mkdirSync(path);
    if (!mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path)) throw new Error("mount failed");
  }

  [Symbol.dispose](): void {
    unmount(this.path);
  }
}

Deno.test("FileCheckpointer says what to do if its folder is missing", async () => {
  await using folder = await tempFolder();
  const path = folder.file("no/state.jsonl");
  const error = await assertRejects(() => save(path, [record("a")]), CheckpointError);
  assertEquals(
    error.message,
    `Cannot open the checkpoint "${path}": its folder does not exist; create that first, such as with Deno.mkdir()`,
  );
  assert(error.cause instanceof Deno.errors.NotFound);
});

Deno.test({
  name: "FileCheckpointer says what to do if its path is that of something else",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a")]);
    await Deno.symlink(folder.file("circle"), folder.file("circle"));
    const paths: Readonly<Record<string, string>> = {
      [folder.path]: "it is a folder; name a file in it",
      [`${folder.file()}/state.jsonl`]: "a part of the path is a file where a folder should be; choose another path",
      [folder.file("circle")]: "its symbolic links lead in a circle; choose another path",
      [folder.file("x".repeat(300))]: "the path is too long; choose a shorter one",
      "/dev/null": "it is not a regular file",
    };
    for (const [path, says] of Object.entries(paths)) {
      for (const job of [() => save(path, [record("a")]), () => load(path)]) {
        const error = await assertRejects(job, CheckpointError);
        assertEquals(error.message, `Cannot open the checkpoint "${path}": ${says}`);
      }
    }
  },
});

Deno.test({
  name: "FileCheckpointer says what to do if the system does not let the user write, and the file stays as it was",
  ignore: IS_WINDOWS || IS_ROOT && !CAN_MOUNT,
  async fn() {
    await using folder = await tempFolder();
    await save(folder.file(), [record("b")]);
    await Deno.chmod(folder.file(), 0o444);
    const before = Deno.readTextFileSync(folder.file());
    const { lines, errors } = await run("using", { args: [folder.file()], via: IS_ROOT ? AS_USER : [] });
    assertEquals([lines, errors], [[
      `CheckpointError: Cannot open the checkpoint "${folder.file()}": this user has no permission; make the ` +
      "file and its folder writable, or choose another path",
    ], ""]);
    assertEquals(Deno.readTextFileSync(folder.file()), before);
  },
});

Deno.test("FileCheckpointer says what to do about errors of the system", () => {
  const codes = {
    EACCES: "this user has no permission",
    EROFS: "is read-only",
    ENOSPC: "disk is full",
    EDQUOT: "quota",
  };
  for (const [code, says] of Object.entries(codes)) {
    const cause = Object.assign(new Error("os error"), { code });
    const error = operationError("write to", "a/b", cause);
    assertMatch(error.message, new RegExp(`^Cannot write to the checkpoint "a/b": .*${says}.*[;,] .*`));
    assert(error.cause === cause);
  }
  assertEquals(operationError("open", "a", new Error("odd.")).message, 'Cannot open the checkpoint "a": Error: odd');
  assertEquals(operationError("open", "a", "odd").message, 'Cannot open the checkpoint "a": a thrown "odd"');
});

for (const missing of ["read", "write"]) {
  Deno.test(`FileCheckpointer names the flags to give if --allow-${missing} is missing`, async () => {
    await using folder = await tempFolder();
    const given = missing === "read" ? "write" : "read";
    const { lines, errors } = await run("using", {
      args: [folder.file()],
      permissions: ["--no-prompt", `--allow-${given}`],
    });
    assertEquals([lines, errors], [[
      `CheckpointError: Cannot open the checkpoint "${folder.file()}": the program has no permission; run it with ` +
      `--allow-read=${folder.file()} --allow-write=${folder.file()}`,
    ], ""]);
  });
}

for (const path of ["state.jsonl", "./state.jsonl", "absolute"]) {
  Deno.test(`FileCheckpointer can do with the rights to its file alone, given as ${path}`, async () => {
    await using folder = await tempFolder();
    const file = path === "absolute" ? folder.file() : path;
    const permissions = ["--no-prompt", `--allow-read=${file}`, `--allow-write=${file}`];
    for (const size of [701, 701]) {
      const { lines, errors } = await run("using", { args: [file, "6"], permissions, cwd: folder.path });
      assertEquals([lines, errors], [[`${size}`], ""]);
    }
    assert(Deno.statSync(folder.file()).size > 8_000_000, "it was compacted");
    const more = permissions.map((each) => each.replace(file, `${file},${file}.tmp-compaction`));
    const { lines, errors } = await run("using", { args: [file, "6"], permissions: more, cwd: folder.path });
    assertEquals([lines, errors], [["701"], ""]);
    assert(Deno.statSync(folder.file()).size < 3_000_000, "it was not compacted");
    assertEquals([...Deno.readDirSync(folder.path)].length, 1);
  });
}

for (const fsync of ["always", "everysec", "never"]) {
  Deno.test({
    name: `FileCheckpointer with fsync: "${fsync}" keeps what was saved when its file may not grow any more`,
    ignore: IS_WINDOWS,
    async fn() {
      await using folder = await tempFolder();
      // In blocks of 512 or 1,024 bytes. The signal that comes with the error would end the program.
      const via = ["/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 100; exec "$@"', "sh"];
      const { lines, errors } = await run("filling", { args: [folder.file(), fsync], via });
      assertEquals(errors, "");
      const count = Number(lines[0]);
      assert(count > 5 && count < 50, `${count} were saved`);
      const says =
        `CheckpointError: Cannot write to the checkpoint "${folder.file()}": the file would be larger than is ` +
        "allowed (ulimit -f); what was saved before is still there";
      assertEquals(lines.slice(1), [says, says, `${2 * count}`, "undefined"]);
      assertEquals((await load(folder.file())).size, 2 * count);
    },
  });

  Deno.test({
    name:
      `FileCheckpointer with fsync: "${fsync}" keeps what was saved when the disk is full, and works again once there is room`,
    ignore: !CAN_MOUNT,
    async fn() {
      await using folder = await tempFolder();
      using disk = new SmallDisk(folder.file("disk"));
      const path = `${disk.path}/state.jsonl`;
      Deno.writeFileSync(`${disk.path}/filler`, new Uint8Array(50_000));
      const { lines, errors } = await run("filling", { args: [path, fsync, `${disk.path}/filler`] });
      assertEquals(errors, "");
      const count = Number(lines[0]);
      assert(count > 5 && count < 100, `${count} were saved`);
      const says =
        `CheckpointError: Cannot write to the checkpoint "${path}": the disk is full; make room and resume, what ` +
        "was saved before is still there";
      assertEquals(lines.slice(1), [says, says, `${2 * count}`, "undefined", "undefined"]);
      assertEquals((await load(path)).size, 2 * count + 2);
    },
  });
}

Deno.test({
  name: "FileCheckpointer cannot create a file on a full disk, and can once there is room",
  ignore: !CAN_MOUNT,
  async fn() {
    await using folder = await tempFolder();
    using disk = new SmallDisk(folder.file("disk"));
    const path = `${disk.path}/state.jsonl`;
    fill(`${disk.path}/filler`);
    const checkpointer = new FileCheckpointer(path);
    await assertRejects(() => checkpointer.save([record("a")]), CheckpointError, "the disk is full");
    Deno.removeSync(`${disk.path}/filler`);
    await checkpointer.save([record("b")]);
    await checkpointer[Symbol.asyncDispose]();
    assertEquals(await load(path), byId(record("b")));
  },
});

Deno.test({
  name: "FileCheckpointer keeps working when there is no room to compact its file",
  ignore: !CAN_MOUNT,
  async fn() {
    await using folder = await tempFolder();
    using disk = new SmallDisk(folder.file("disk"), "3m");
    const path = `${disk.path}/state.jsonl`;
    await using checkpointer = new FileCheckpointer(path);
    const large = (version: number) => record("large", { attempts: version, value: "x".repeat(650_000) });
    const kept = record("kept", { value: "y".repeat(600_000) });
    await checkpointer.save([kept]);
    for (let version = 0; version < 3; version++) await checkpointer.save([large(version)]);
    await checkpointer.save([record("small")]);
    await checkpointer[Symbol.asyncDispose]();
    assert(Deno.statSync(path).size > 2_500_000, "there was room");
    assertEquals([...Deno.readDirSync(disk.path)].length, 1);
    assertEquals(await load(path), byId(kept, large(2), record("small")));
  },
});

Deno.test({
  name: "FileCheckpointer warns once of a file that is mounted by itself, which cannot be compacted",
  ignore: !CAN_MOUNT,
  async fn() {
    await using folder = await tempFolder();
    for (const name of ["host", "state.jsonl"]) Deno.writeTextFileSync(folder.file(name), "");
    assert(mount("--bind", folder.file("host"), folder.file()));
    const warnings: string[] = [];
    const warn = (...data: unknown[]) => void warnings.push(data.join(" "));
    try {
      await using checkpointer = new FileCheckpointer(folder.file(), { logger: { ...console, warn } });
      for (let version = 0; version < 6; version++) await checkpointer.save(largeRecords(700, version));
    } finally {
      unmount(folder.file());
    }
    assertEquals(warnings, [
      `The checkpoint "${folder.file()}" cannot be compacted, and keeps growing: it is mounted as a single file, which ` +
      "cannot be replaced; mount its folder instead",
    ]);
    assertEquals(await load(folder.file("host")), byId(...largeRecords(700, 5)));
  },
});

Deno.test({
  name: "FileCheckpointer says what to do if the file system is read-only",
  ignore: !CAN_MOUNT,
  async fn() {
    await using folder = await tempFolder();
    using disk = new SmallDisk(folder.file("disk"));
    const path = `${disk.path}/state.jsonl`;
    await save(path, [record("a")]);
    mount("-o", "remount,ro", disk.path);
    const error = await assertRejects(() => load(path), CheckpointError);
    assertStringIncludes(error.message, "it lies on a file system that is read-only; choose a path on another one");
  },
});

function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  try {
    for (;;) file.writeSync(new Uint8Array(4_096));
  } catch (error) {
    assertEquals((error as { code?: unknown }).code, "ENOSPC");
  }
}

function mount(...args: string[]): boolean {
  return new Deno.Command("mount", { args }).outputSync().success;
}

/** Whether that is permitted here: containers often do not. */
function mounts(): boolean {
  const folder = Deno.makeTempDirSync();
  const isMounted = mount("-t", "tmpfs", "tmpfs", folder);
  if (isMounted) unmount(folder);
  Deno.removeSync(folder);
  return isMounted;
}

function unmount(path: string): void {
  const { success } = new Deno.Command("umount", { args: [path] }).outputSync();
  assert(success, `umount ${path} failed`);
}
