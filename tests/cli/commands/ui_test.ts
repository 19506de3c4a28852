import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { task, TaskRunner } from "@workflowy/workflowy";
import { tempFolder } from "../../support.ts";
import { oneLineOf, workflowy } from "../support.ts";
import { NAP, world } from "./world.ts";

const SHOP = fromFileUrl(new URL("../programs/shop.ts", import.meta.url));
const MAIN = fromFileUrl(new URL("../../../src/cli/main.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../../deno.json", import.meta.url));

Deno.test("run --ui: the address of a dashboard stands on stderr, and the program ends as it does without", async () => {
  await using folder = await tempFolder();
  const env = { XDG_RUNTIME_DIR: folder.path };
  const { code, stdout, stderr } = await workflowy(["run", "--progress=none", "--ui", SHOP], { env });
  assertEquals([code, stdout], [0, "visited north\nvisited south\n"]);
  assertMatch(stderr, /^dashboard: http:\/\/127\.0\.0\.1:\d+\/#token=\S+\n$/);
});

Deno.test({
  name: "ui: a checkpoint is served until the command is interrupted",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await tempFolder();
    const path = folder.file();
    {
      await using runner = new TaskRunner({ checkpointPath: path });
      await runner.submit(task({ name: "load" }, () => 42));
    }
    const args = ["run", "-q", "-A", "--no-check", "--config", CONFIG, MAIN, "ui", path];
    const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped" }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await reader.read();
    const [address, token] = value.trim().split("/#token=") as [string, string];
    const headers = { authorization: `Bearer ${token}` };
    const { tasks } = await (await fetch(`${address}/api/tasks`, { headers })).json();
    assertEquals(tasks.map(({ name, status }: { name: string; status: string }) => [name, status]), [[
      "load",
      "completed",
    ]]);
    child.kill("SIGINT");
    assertEquals((await child.status).code, 0);
    await reader.cancel();
  },
});

Deno.test("ui: a checkpoint that is not there is an error in one line", async () => {
  const { code, stderr } = await workflowy(["ui", "nothing.jsonl"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'There is no checkpoint "nothing.jsonl"');
});

Deno.test("ui: a port that cannot be is an error in one line", async () => {
  assertStringIncludes(await oneLineOf(["ui", "state.jsonl", "--port", "70000"]), 'from 0 to 65535, not "70000"');
});

Deno.test("ui: a program that runs opens a dashboard itself, once, with what it has done before", async () => {
  await using here = await world();
  await here.start();
  const [first, second] = [await here.call("ui"), await here.call("ui", "nap")];
  assertEquals([first.code, first.stderr, second.stdout], [0, "", first.stdout]);
  const [address, token] = first.stdout.trim().split("/#token=") as [string, string];
  const headers = { authorization: `Bearer ${token}` };
  const { tasks } = await (await fetch(`${address}/api/tasks?status=failed`, { headers })).json();
  assertEquals(tasks.map(({ id }: { id: string }) => id), ["the-flaky"]);
  assertStringIncludes(await here.mistake("ui", "nap", "--port", "8000"), "--port belongs to a checkpoint");
  // The name that ps shows, which is also that of a file.
  assertEquals((await here.call("ui", NAP)).stdout, first.stdout);
});
