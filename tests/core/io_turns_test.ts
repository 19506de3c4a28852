import { assert } from "@std/assert";
import { inputRead } from "../../src/core/io_turns.ts";
import { block } from "../support.ts";

/** A subprocess that writes one byte after it has read one; and what was read of it. */
async function writer() {
  const code = "for await (const _ of Deno.stdin.readable) await Deno.stdout.write(new Uint8Array(1))";
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.getReader();
  await input.write(new Uint8Array(1));
  await output.read(); // it has started
  return {
    ask: () => input.write(new Uint8Array(1)),
    read: () => output.read(),
    async [Symbol.asyncDispose]() {
      await input.close();
      await output.cancel();
      await child.status;
    },
  };
}

Deno.test("inputRead() lets the event loop read what a subprocess wrote, although it always has something else to do", async () => {
  await using other = await writer();
  let isOver = false;
  const turn = () => void (isOver || setImmediate(turn));
  turn();
  for (let round = 0; round < 10; round++) {
    await other.ask();
    let isRead = false;
    const reading = other.read().then(() => isRead = true);
    block(200); // it has written long before this ends
    await inputRead();
    assert(isRead, `round ${round}`);
    await reading;
  }
  isOver = true;
});
