import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { toFileUrl } from "@std/path";
import type { JobTask } from "../../../src/core/pool.ts";
import { ProcessKind } from "../../../src/pools/process/process_kind.ts";
import { tempFolder, until } from "../../support.ts";
import { connectOneOfTwo } from "../startable_kind.ts";
import { HAS_PROC, isAlive } from "../support.ts";

const MODULE = import.meta.url;
const OTHER_MODULE = new URL("config_test.ts", import.meta.url).href;

/** A module without imports. */
const SMALL_MODULE = new URL("../../../src/core/fifo.ts", import.meta.url).href;

const taskWith = (options: Record<string, unknown>) =>
  ({ name: "load", options: { module: MODULE, permissions: "inherit", ...options } }) as unknown as JobTask;

Deno.test("ProcessKind puts tasks of equal rights, memory and configuration into one group", async () => {
  const kind = new ProcessKind([], console);
  const group = (options: Record<string, unknown>) => kind.groupOf(taskWith(options));
  assertEquals(group({}), group({ module: OTHER_MODULE })); // it may read everything, and so import any module
  assertNotEquals(group({}), group({ memoryLimitMb: 64 }));
  assertNotEquals(group({}), group({ permissions: "none" }));
  assertEquals(group({ permissions: { net: true } }), group({ permissions: { net: true } }));
  assertNotEquals(group({ permissions: { net: true } }), group({ permissions: { net: true }, module: OTHER_MODULE }));
  assertNotEquals(group({}), new ProcessKind(["--cached-only"], console).groupOf(taskWith({})));
  await kind.dispose();
});

Deno.test("ProcessKind refuses a task without a module", () => {
  const kind = new ProcessKind([], console);
  assertThrows(() => kind.groupOf(taskWith({ module: undefined })), TypeError, 'Cannot run "load" in a subprocess');
});

Deno.test("ProcessKind starts subprocesses that are connected later, or ended", async () => {
  const kind = new ProcessKind([], console);
  const { child } = await connectOneOfTwo(kind, taskWith({ module: SMALL_MODULE }));
  assertEquals((await child.status).success, false);
  await kind.dispose();
});

Deno.test({
  name: "ProcessKind ends with a subprocess that is not needed what its module has started",
  ignore: !HAS_PROC,
  fn: async () => {
    await using folder = await tempFolder();
    const [path, module] = [folder.file("pid"), folder.file("starts.js")];
    const start = `new Deno.Command("sleep", { args: ["600"], stdin: "null", stdout: "null" }).spawn()`;
    await Deno.writeTextFile(module, `Deno.writeTextFileSync(${JSON.stringify(path)}, String(${start}.pid) + ".");`);
    const kind = new ProcessKind([], console);
    const unused = kind.start(taskWith({ module: toFileUrl(module).href }), false);
    let written = "";
    const read = async () => (written = await Deno.readTextFile(path).catch(() => "")).endsWith(".");
    await until("it has started the other one", read);
    await unused.end();
    await until("the other one has ended", () => !isAlive(parseInt(written)));
    await kind.dispose();
  },
});
