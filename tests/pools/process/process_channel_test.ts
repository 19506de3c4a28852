import { assertEquals } from "@std/assert";
import { ProcessChannel } from "../../../src/pools/process/process_channel.ts";
import { Reaper } from "../../../src/pools/process/reaper.ts";
import { AwaitedListener } from "../recording_listener.ts";

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
  const listener = new AwaitedListener();
  new ProcessChannel({ child, end: () => Promise.resolve() }, listener, {
    memoryLimitMb: undefined,
    limits: undefined,
    verbose: false,
    reaper,
  });
  assertEquals(listener.heard, []);
  const loss = await listener.told;
  assertEquals([loss?.options.exitCode, loss?.options.stderr], [3, "last words"]);
  assertEquals(listener.heard, [["output", "last words\n"], ["gone", loss]]);
});
