/**
 * Tasks that try to get out of their subprocess, or to harm the program from within it.
 *
 * @module
 */

import { currentTask, task } from "../../mod.ts";
import { ByteWriter, FRAME_HEAD, FRAME_MASK, JSON_TEXT } from "../../src/pools/protocol/bytes.ts";
import { FROM, IDLE } from "../../src/pools/protocol/messages.ts";

/** What a task with few rights finds where Deno asks for no permission; and leaves its own value there. */
export const looksAround = task({ name: "looksAround" }, async (mine: string) => {
  const cache = await caches.open("program");
  const kv = await Deno.openKv();
  const found = {
    storage: localStorage.getItem("token"),
    session: sessionStorage.getItem("token"),
    cache: await (await cache.match("http://program/secret"))?.text(),
    kv: (await kv.get(["token"])).value,
  };
  localStorage.setItem("token", mine);
  await cache.put("http://program/secret", new Response(mine));
  await kv.set(["token"], mine);
  kv.close();
  return found;
});

/** Whether it may read the environment and open a port. */
export const tries = task({ name: "tries" }, () => {
  const attempt = (action: () => unknown) => {
    try {
      action();
      return "done";
    } catch (error) {
      return (error as Error).name;
    }
  };
  return {
    env: attempt(() => Deno.env.get("HOME")),
    net: attempt(() => Deno.listen({ port: 0, hostname: "127.0.0.1" }).close()),
  };
});

/** Returns a list of this many empty lists, as JSON that is smaller than what it stands for. */
export const returnsLists = task({ name: "returnsLists" }, (count: number) => Array.from({ length: count }, () => []));

/**
 * Sends a record as the worker does, past its outbox: the outcome of the job `seq`, as JSON.
 *
 * @param size How many bytes it announces.
 * @param text Of which as many are sent as it has.
 */
export const forges = task({ name: "forges" }, async (seq: number, size: number, text: string) => {
  const writer = new ByteWriter();
  writer.begin(FROM.done);
  writer.whole(seq);
  writer.byte(IDLE);
  writer.byte(JSON_TEXT);
  writer.whole(size);
  const head = writer.take();
  const announced = head.length - FRAME_HEAD + size;
  const view = new DataView(head.buffer);
  view.setUint32(0, announced, true);
  view.setUint32(4, announced ^ FRAME_MASK, true);
  const { writeSync } = Object.getPrototypeOf(Deno.stdout) as typeof Deno.stdout;
  for (const bytes of [head, new TextEncoder().encode(text)]) {
    for (let at = 0; at < bytes.length;) at += writeSync.call(Deno.stdout, bytes.subarray(at));
  }
  await new Promise(() => {});
});

/** Starts a subprocess that stays, says its id, and waits; or ends, with `how` "ends", or loops, with "loops". */
export const leavesChild = task({ name: "leavesChild" }, async (how: "waits" | "ends" | "loops") => {
  const child = new Deno.Command("sleep", { args: ["600"], stdin: "null" }).spawn();
  child.unref();
  currentTask()!.progress(0.5, String(child.pid));
  if (how === "loops") { for (;;); }
  if (how === "waits") await new Promise((resolve) => setTimeout(resolve, 1e9));
  return [Deno.pid, child.pid] as const;
});

/** Cleans up for so long when it is cancelled. */
export const cleansUpFor = task({ name: "cleansUpFor" }, async (milliseconds: number) => {
  const { signal } = currentTask()!;
  currentTask()!.progress(0.5);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
});
