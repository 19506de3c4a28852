import { assertEquals } from "@std/assert";
import type { Loss } from "../../../src/pools/channel.ts";
import { ProcessChannel } from "../../../src/pools/process/process_channel.ts";
import { Reaper } from "../../../src/pools/process/reaper.ts";
import { RecordingListener } from "../recording_listener.ts";

class LostListener extends RecordingListener {
  readonly lost = Promise.withResolvers<Loss>();

  override gone(loss: Loss): void {
    this.lost.resolve(loss);
  }
}

Deno.test("ProcessChannel tells what its subprocess has written before it was connected, and how it ended", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "console.error('last words'); Deno.exit(3);"],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.status;
  await using reaper = new Reaper(Deno.execPath());
  const listener = new LostListener();
  new ProcessChannel({ child, end: () => Promise.resolve() }, listener, {
    memoryLimitMb: undefined,
    limits: undefined,
    verbose: false,
    reaper,
  });
  assertEquals(listener.heard, []);
  const { options } = await listener.lost.promise;
  assertEquals([options.exitCode, options.stderr], [3, "last words"]);
  assertEquals(listener.heard, [["output", "last words\n"]]);
});
