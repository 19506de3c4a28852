import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { KvCheckpointer, type KvCheckpointerOptions } from "../../src/stores/kv_checkpointer.ts";
import { inTempFolder, keysUnder, record } from "./kv/wrapped_kv.ts";

const MODULE = new URL("../../src/stores/kv_checkpointer.ts", import.meta.url).href;

/** Runs a program, in a folder of its own. */
function runProgram(text: string, flags: readonly string[], env: Record<string, string> = {}, configuration = "{}") {
  return inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, configuration);
    await Deno.writeTextFile(`${folder}/main.ts`, text);
    const command = new Deno.Command(Deno.execPath(), { args: [...flags, "main.ts"], cwd: folder, env });
    const { code, stdout, stderr } = await command.output();
    return { code, out: new TextDecoder().decode(stdout).trim(), err: new TextDecoder().decode(stderr) };
  });
}

Deno.test("new KvCheckpointer() refuses options that are unknown or of a wrong kind", () => {
  using kv = { close() {}, [Symbol.dispose]() {} };
  const cases: [options: unknown, Class: ErrorConstructor, message: string][] = [
    [null, TypeError, "The options of a KvCheckpointer must be an object, not null"],
    [
      { file: "a" },
      TypeError,
      'Unknown option "file" of a KvCheckpointer: the options are kv, path, prefix, codec, lease',
    ],
    [{ kv: 1 }, TypeError, "kv of a KvCheckpointer must be a Deno.Kv, not 1"],
    [{ kv }, TypeError, "kv of a KvCheckpointer must be a Deno.Kv, not an object"],
    [{ kv: Promise.resolve() }, TypeError, "await it first: { kv: await Deno.openKv() }"],
    [{ path: new URL("file:///a") }, TypeError, "path of a KvCheckpointer must be a string, not a URL"],
    [{ path: "" }, RangeError, "path of a KvCheckpointer must not be empty"],
    [{ codec: "xml" }, RangeError, 'codec of a KvCheckpointer must be one of "json", "structured", not "xml"'],
    [{ lease: 99 }, RangeError, "lease of a KvCheckpointer must be at least 100 ms, not 99 ms"],
    [{ lease: "soon" }, RangeError, 'lease of a KvCheckpointer is "soon", which is not a valid duration'],
    [{ lease: Infinity }, RangeError, "lease of a KvCheckpointer must be a finite duration"],
    [{ prefix: 7 }, TypeError, "prefix of a KvCheckpointer must be a string or an array of key parts, not 7"],
    [{ prefix: [] }, RangeError, "prefix of a KvCheckpointer must have at least one part"],
    [
      { prefix: ["a", null] },
      TypeError,
      "Part 1 of prefix of a KvCheckpointer must be a string, number, bigint, boolean or",
    ],
    [{ prefix: "x".repeat(511) }, RangeError, "prefix of a KvCheckpointer must have up to 512 bytes, not 513"],
    [{ prefix: ["\ud800"] }, RangeError, "lone surrogates"],
    [{ prefix: ["a", "row"] }, RangeError, 'Part 1 of prefix of a KvCheckpointer must not be "row"'],
  ];
  for (const [options, Class, message] of cases) {
    assertThrows(() => new KvCheckpointer(options as KvCheckpointerOptions), Class, message);
  }
});

Deno.test("new KvCheckpointer() refuses a kv together with a path", () => {
  using kv = { close() {}, get() {}, list() {}, atomic() {}, [Symbol.dispose]() {} };
  const options = { kv, path: "a.db" } as unknown as KvCheckpointerOptions;
  assertThrows(() => new KvCheckpointer(options), TypeError, "takes a kv or a path, not both");
});

Deno.test("new KvCheckpointer() takes prefixes of all kinds of parts", async () => {
  using kv = await Deno.openKv(":memory:");
  const bytes = new Uint8Array([0, 1]);
  const prefixes = ["row", ["row"], ["a", ""], [0], [-1.5], [2n ** 70n], [-7n], [true], [bytes], "x".repeat(510), [
    "é\0",
  ]];
  const seen = new Set<string>();
  for (const prefix of prefixes) {
    await using checkpointer = new KvCheckpointer({ kv, prefix });
    const key = JSON.stringify([prefix].flat(), (_, value) => typeof value === "bigint" ? `${value}n` : value);
    if (!seen.has(key)) assertEquals(await Array.fromAsync(checkpointer.load()), [], key);
    seen.add(key);
    await checkpointer.save([record("a", key)]);
    assertEquals(await Array.fromAsync(checkpointer.load(), ({ value }) => value), [key]);
  }
  bytes[0] = 9;
  assertEquals((await keysUnder(kv, [new Uint8Array([0, 1])])).length, 2);
});

Deno.test("KvCheckpointer counts the bytes of keys as Deno does", async () => {
  using kv = await Deno.openKv(":memory:");
  const prefix = ["p".repeat(400), 1, 2n ** 64n, true, new Uint8Array([0, 0, 7])];
  await using checkpointer = new KvCheckpointer({ kv, prefix });
  // As many long ids as have room by that count; if it were too low, Deno would refuse the atomic operation.
  for (const id of ["x", "é", "日", "🙂", "\0", "a\0🙂"]) {
    const long = (index: number) =>
      `${index}`.padEnd(7, "-") +
      id.repeat(Math.floor(500 / new TextEncoder().encode(id).length / (id.includes("\0") ? 2 : 1)));
    await checkpointer.save(Array.from({ length: 300 }, (_, index) => record(long(index))));
  }
  assertEquals((await Array.fromAsync(checkpointer.load())).length, 1_800);
});

Deno.test("KvCheckpointer leaves a kv that was given open", async () => {
  using kv = await Deno.openKv(":memory:");
  {
    await using checkpointer = new KvCheckpointer({ kv });
    await checkpointer.save([record("a")]);
  }
  assertEquals(await keysUnder(kv, ["workflowy"]), [["header"], ["row", "a"]]);
});

Deno.test("KvCheckpointer says so if the kv that was given was closed too early", async () => {
  const kv = await Deno.openKv(":memory:");
  const checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("a")]);
  kv.close();
  const message = "the Deno.Kv was closed; close it after the checkpointer was disposed";
  await assertRejects(() => checkpointer.save([record("b")]), CheckpointError, message);
  await assertRejects(() => Array.fromAsync(checkpointer.load()), CheckpointError, message);
  await assertRejects(() => checkpointer[Symbol.asyncDispose](), CheckpointError, "Cannot release the lease of");
  await checkpointer[Symbol.asyncDispose]();
});

Deno.test("KvCheckpointer opens a path when it is used, closes it at disposal, and opens it again", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/a.db`;
    const checkpointer = new KvCheckpointer({ path });
    await checkpointer[Symbol.asyncDispose]();
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
    for (let round = 1; round <= 3; round++) {
      await checkpointer.save([record(`${round}`)]);
      assertEquals((await Array.fromAsync(checkpointer.load())).length, round);
      await checkpointer[Symbol.asyncDispose]();
      using kv = await Deno.openKv(path);
      assertEquals((await keysUnder(kv, ["workflowy", "lease"])).length, 0);
      assertEquals((await keysUnder(kv, ["workflowy", "row"])).length, round);
    }
  });
});

Deno.test("KvCheckpointer with :memory: forgets with the disposal", async () => {
  const checkpointer = new KvCheckpointer({ path: ":memory:" });
  await checkpointer.save([record("a")]);
  assertEquals((await Array.fromAsync(checkpointer.load())).length, 1);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(await Array.fromAsync(checkpointer.load()), []);
  await checkpointer[Symbol.asyncDispose]();
});

Deno.test("KvCheckpointer closes what it opened when it cannot continue", async () => {
  await inTempFolder(async (folder) => {
    const path = `${folder}/a.db`;
    const first = new KvCheckpointer({ path, codec: "json" });
    await first.save([record("a")]);
    const second = new KvCheckpointer({ path });
    await assertRejects(
      () => second.save([record("b")]),
      CheckpointError,
      "another KvCheckpointer of this program has it",
    );
    await first[Symbol.asyncDispose]();
    const third = new KvCheckpointer({ path, codec: "structured" });
    await assertRejects(() => third.save([record("b")]), CheckpointError, 'it was written with codec: "json"');
    // The sanitizer finds what was left open: second and third are not disposed.
  });
});

Deno.test("KvCheckpointer says what is wrong with a path", async () => {
  await inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/text`, "no database\n".repeat(1_000));
    const cases: [path: string, message: string][] = [
      [`${folder}/none/a.db`, "the file cannot be opened; its folder must exist and be writable"],
      [`${folder}/text`, "the file is not a database of Deno KV"],
      [folder, "the file cannot be opened"],
      [":other:", "Filename cannot start with ':'"],
    ];
    for (const [path, message] of cases) {
      await using checkpointer = new KvCheckpointer({ path });
      const error = await assertRejects(() => Array.fromAsync(checkpointer.load()), CheckpointError, message);
      assertStringIncludes(error.message, `Cannot read the checkpoint ["workflowy"] in "${path}": `);
      assertInstanceOf(error.cause, Error);
      await assertRejects(() => checkpointer.save([record("a")]), CheckpointError, message);
      await assertRejects(() => checkpointer.delete(["a"]), CheckpointError, message);
    }
    assertEquals(await Deno.readTextFile(`${folder}/text`), "no database\n".repeat(1_000));
  });
});

Deno.test("KvCheckpointer.save() and delete() of nothing do not open the database", async () => {
  const checkpointer = new KvCheckpointer({ path: "/none/at/all" });
  await checkpointer.save([]);
  await checkpointer.delete([]);
});

const PROGRAM = `
  import { KvCheckpointer } from ${JSON.stringify(MODULE)};
  const record = { id: "a", name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] } as const;
`;

Deno.test("new KvCheckpointer() says that --unstable-kv is missing", async () => {
  const program = `${PROGRAM}
    for (const options of [{}, { path: "a.db" }]) {
      try { new KvCheckpointer(options); } catch (error) { console.log(\`\${error}\`); }
    }
    // One that was given may be of npm:@deno/kv, and needs no flag.
    const nothing = () => { throw new Error("not reached"); };
    new KvCheckpointer({ kv: { get: nothing, list: nothing, atomic: nothing, close: nothing } });
  `;
  const { code, out } = await runProgram(program, ["run", "--no-check"]);
  assertEquals(code, 0);
  const message = "CheckpointError: Cannot use Deno KV, as this program has no Deno.openKv(): " +
    'run it with --unstable-kv, or put "unstable": ["kv"] into its deno.json';
  assertEquals(out, `${message}\n${message}`);
});

Deno.test("KvCheckpointer says which permissions are missing, and asks for none", async () => {
  const program = `${PROGRAM}
    try { await new KvCheckpointer({ path: "a.db" }).save([record]); } catch (error) { console.log(\`\${error}\`); }
    await using checkpointer = new KvCheckpointer({ path: ":memory:" });
    await checkpointer.save([record]);
  `;
  const { code, out, err } = await runProgram(program, ["run", "--no-check", "--no-prompt", "--unstable-kv"]);
  assertEquals(code, 0, err);
  assertStringIncludes(out, "the program has no permission; run it with --allow-read=a.db --allow-write=a.db");
});

Deno.test("KvCheckpointer without kv and path uses the script's own database, and does not keep the program alive", async () => {
  await inTempFolder(async (folder) => {
    const program = `${PROGRAM}
      const checkpointer = new KvCheckpointer({ lease: "100ms" });
      console.log((await Array.fromAsync(checkpointer.load())).length);
      await checkpointer.save([record]);
      if (Deno.args.length === 0) await checkpointer[Symbol.asyncDispose]();
    `;
    const location = "--location=https://example.com/kv-test";
    const flags = ["run", "-A", "--no-check", "--unstable-kv", location];
    assertEquals((await runProgram(program, flags, { DENO_DIR: folder })).out, "0");
    assertEquals((await runProgram(program, flags, { DENO_DIR: folder })).out, "1");
  });
});

Deno.test("KvCheckpointer does not keep a program alive that does not dispose it", async () => {
  const program = `${PROGRAM}
    const checkpointer = new KvCheckpointer({ path: ":memory:", lease: "1h" });
    await checkpointer.save([record]);
  `;
  const { code, err } = await runProgram(program, ["run", "-A", "--no-check", "--unstable-kv"]);
  assertEquals(code, 0, err);
});

Deno.test("KvCheckpointer takes a Deno.Kv by its type", () => {
  const take = (kv: Deno.Kv) => new KvCheckpointer({ kv });
  assert(typeof take === "function");
});
