/**
 * A service that waits for approvals, and is told by its standard input what to do. It says on its standard output what
 * came of it.
 *
 * @module
 */

import { CheckpointError, KvCheckpointer, sleep, task, TaskRunner, TaskTimeoutError, waitFor } from "../../../mod.ts";
import { sleep as pause } from "../../support.ts";

const order = task({ name: "order" }, async (id: string, timeoutMs: number) => {
  await sleep(100);
  console.log(`asked ${id}`);
  try {
    return `approved by ${await waitFor<string>(`approval of ${id}`, { timeout: timeoutMs })}`;
  } catch (error) {
    if (error instanceof TaskTimeoutError) return "too late";
    throw error;
  }
});

/** How long the lease of a killed program may last, in milliseconds. */
const LEASE_MS = 300;

/** Continues from a file, or from Deno KV once the lease of the last program has lapsed. */
async function resume(kind: string, path: string): Promise<TaskRunner> {
  for (;;) {
    const store = kind === "kv" ? new KvCheckpointer({ path, prefix: ["approvals"], lease: LEASE_MS }) : path;
    try {
      return await TaskRunner.resume(store, { handleSignals: true });
    } catch (error) {
      if (!(error instanceof CheckpointError && / its lease ends in /.test(error.message))) throw error;
    }
    await pause(20);
  }
}

if (import.meta.main) {
  const [path = "", kind = "file"] = Deno.args;
  await using runner = await resume(kind, path);
  runner.addEventListener("completed", ({ handle }) => {
    if (handle.name === "order") console.log(`${handle.id}: ${handle.peek()?.value}`);
  });
  const served = runner.serve();
  console.log("ready");
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const chunk of lines) {
    for (const line of chunk.trim().split("\n")) {
      const [what, id = "", rest = ""] = line.split(" ");
      if (what === "order") await order.with({ runner, key: id }).submit(id, Number(rest)).saved();
      if (what === "deliver") console.log(`delivered ${id}: ${await runner.deliver(`approval of ${id}`, rest)}`);
      if (what === "resubmit") runner.resubmitOrphans();
      if (what === "stop") {
        await runner.stop();
        await served;
      }
      console.log(`done ${line}`);
    }
  }
}
