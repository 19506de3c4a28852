/**
 * Runs tasks that write where the frames of a process go, past Deno's own streams: `corrupting.ts WAY`.
 *
 * @module
 */

import fs from "node:fs";
import { task, TaskRunner } from "../../../mod.ts";
import { sleep } from "../../support.ts";

/** No UTF-8, and no head of a record. */
const GARBAGE = new Uint8Array(100).fill(255);

/** Like the length of a short record, in any order of bytes. */
const SMALL = new Uint8Array(64).fill(1);

const WAYS: Readonly<Record<string, () => unknown>> = {
  "node:fs": () => fs.writeSync(1, GARBAGE),
  "small": () => fs.writeSync(1, SMALL),
  "text": () => fs.writeSync(1, `{"kind":"result","value":1}\n`),
  "a short line": () => fs.writeSync(1, "ok\n"),
  "file": () => Deno.writeFileSync("/proc/self/fd/1", GARBAGE),
  "child": () => new Deno.Command("echo", { args: ["from a child of a child"], stdout: "inherit" }).spawn().status,
  "thread": () => inThread(`console.log("from a child of a child");`),
};

/** Runs code on a thread that the task starts, to its end. */
async function inThread(code: string): Promise<void> {
  const worker = new Worker(`data:text/javascript,${code}postMessage(1);`, { type: "module" });
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.onmessage = () => resolve();
  await promise;
  if (!code.includes("setInterval")) worker.terminate();
}

/** Returns a long string while a thread prints. */
export const returnsAmidNoise = task({ name: "returnsAmidNoise" }, async () => {
  await inThread(`setInterval(() => { for (let i = 0; i < 20; i++) console.log("noise from a thread"); });`);
  await sleep(20);
  return "x".repeat(300_000);
});

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
  if (Deno.args[0] === "noise") {
    const results = await Promise.all([1, 2, 3].map(() => runner.submit(returnsAmidNoise)));
    console.log(`LENGTHS ${JSON.stringify(results.map((text) => text.replaceAll("x", "").length + text.length))}`);
    Deno.exit(0);
  }
  const before = square.with({ runner }).map([1, 2, 3]);
  const corrupting = runner.submit(corrupts.with({ timeout: "5s" }), Deno.args[0]!);
  const after = square.with({ runner }).map([4, 5, 6]);
  const { status, value, error } = await corrupting.getResult();
  console.log(`RESULT ${JSON.stringify({ status, value, name: (error as Error | undefined)?.name })}`);
  const neighbours = await Promise.all([...before, ...after].map((handle) => handle.getResult()));
  console.log(`NEIGHBOURS ${JSON.stringify(neighbours.map(({ value, attempts }) => [value, attempts]))}`);
  console.log(`NEXT ${JSON.stringify(await runner.submit(square, 7))}`);
}
