import { assert, assertEquals } from "@std/assert";
import { Reaper } from "../../../src/pools/process/reaper.ts";
import { HAS_PROC, isAlive } from "../support.ts";
import { until } from "../../support.ts";

/** A shell that starts another program, in a group of its own. */
function startGroup(): { readonly child: Deno.ChildProcess; readonly pids: Promise<number[]> } {
  const child = new Deno.Command("sh", {
    args: ["-c", "sleep 600 & echo $!; wait"],
    stdin: "null",
    stdout: "piped",
    detached: true,
  }).spawn();
  const pids = (async () => {
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return [child.pid, Number(new TextDecoder().decode(value).trim())];
  })();
  return { child, pids };
}

Deno.test({
  name: "Reaper kills what is left of the group of a process that has ended",
  ignore: !HAS_PROC,
  async fn() {
    const reaper = new Reaper(Deno.execPath());
    const { child, pids } = startGroup();
    const [pid, left] = await pids;
    reaper.add(pid!, undefined);
    child.kill("SIGKILL");
    await child.status;
    assert(isAlive(left!));
    reaper.remove(pid!);
    await until("all are gone", () => !isAlive(left!));
    await reaper[Symbol.asyncDispose]();
  },
});

Deno.test({
  name: "Reaper kills a process that takes more memory than it may, and says so",
  ignore: !HAS_PROC,
  async fn() {
    const reaper = new Reaper(Deno.execPath());
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "globalThis.all = []; for (;;) all.push(new Uint8Array(1e6).fill(1)); "],
      stdout: "null",
      stderr: "null",
    }).spawn();
    reaper.add(child.pid, 64);
    const { signal } = await child.status;
    assertEquals(signal, "SIGKILL");
    await until("it says so", () => reaper.hasReaped(child.pid));
    reaper.remove(child.pid);
    await reaper[Symbol.asyncDispose]();
  },
});

Deno.test("Reaper that was never needed is not started, and can be disposed of", async () => {
  const reaper = new Reaper("/no/such/program");
  reaper.remove(999_999_999);
  await reaper[Symbol.asyncDispose]();
  await reaper[Symbol.asyncDispose]();
});
