/**
 * A service that waits for approvals, and is told by its standard input what to do. It says on its standard output what
 * came of it.
 *
 * @module
 */

import { sleep, task, TaskRunner, TaskTimeoutError, waitFor } from "../../../mod.ts";

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

if (import.meta.main) {
  await using runner = await TaskRunner.resume(Deno.args[0]!, { handleSignals: true });
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
