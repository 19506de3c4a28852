/**
 * Runs tasks that write where the frames of a process go, past Deno's own streams: `corrupting.ts WAY`.
 *
 * @module
 */

import fs from "node:fs";
import { task, TaskRunner } from "../../../mod.ts";
import { sleep } from "../../support.ts";

/** Says that 4 GB are to follow, whatever the order of the bytes; then nothing that makes sense. */
const GARBAGE = new Uint8Array(100).fill(255);

/** Like a frame of a few bytes, whatever the order of the bytes in its length. */
const SMALL = new Uint8Array(64).fill(1);

const WAYS: Readonly<Record<string, () => unknown>> = {
  "node:fs": () => fs.writeSync(1, GARBAGE),
  "small": () => fs.writeSync(1, SMALL),
  "text": () => fs.writeSync(1, `{"kind":"result","value":1}\n`),
  "a short line": () => fs.writeSync(1, "ok\n"),
  "file": () => Deno.writeFileSync("/proc/self/fd/1", GARBAGE),
  "child": () => new Deno.Command("echo", { args: ["from a child of a child"], stdout: "inherit" }).spawn().status,
};

export const corrupts = task({ name: "corrupts" }, async (way: string) => {
  await WAYS[way]!();
  await sleep(50);
  return "written";
});

export const square = task(function square(x: number) {
  return x * x;
});

if (import.meta.main) {
  await using runner = new TaskRunner({ maxWorkers: 2, backend: "process", onTaskError: "continue" });
  const before = square.with({ runner }).map([1, 2, 3]);
  const corrupting = runner.submit(corrupts.with({ timeout: "5s" }), Deno.args[0]!);
  const after = square.with({ runner }).map([4, 5, 6]);
  const { status, value, error } = await corrupting.getResult();
  console.log(`RESULT ${JSON.stringify({ status, value, name: (error as Error | undefined)?.name })}`);
  const neighbours = await Promise.all([...before, ...after].map((handle) => handle.getResult()));
  console.log(`NEIGHBOURS ${JSON.stringify(neighbours.map(({ value, attempts }) => [value, attempts]))}`);
  console.log(`NEXT ${JSON.stringify(await runner.submit(square, 7))}`);
}
