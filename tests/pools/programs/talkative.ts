/**
 * Runs tasks that print, by all means, and prints their results: `talkative.ts BACKEND verbose|plain`.
 *
 * @module
 */

import process from "node:process";
import { task, TaskRunner } from "../../../mod.ts";

/** Ways to print. */
const WAYS: Readonly<Record<string, (text: string) => unknown>> = {
  "console.log": (text) => console.log(text),
  "console.error": (text) => console.error(text),
  "console.table": (text) => console.table([{ text }]),
  "console.group": (text) => {
    console.group(text);
    console.groupEnd();
  },
  "console.count": (text) => console.count(text),
  "console.dir": (text) => console.dir([text]),
  "console.timeEnd": (text) => {
    console.time(text);
    console.timeEnd(text);
  },
  "Deno.stdout.write": (text) => Deno.stdout.write(encode(`${text}\n`)),
  "Deno.stdout.writeSync": (text) => Deno.stdout.writeSync(encode(`${text}\n`)),
  "Deno.stderr.writeSync": (text) => Deno.stderr.writeSync(encode(`${text}\n`)),
  "Deno.stdout.writable": async (text) => {
    const writer = Deno.stdout.writable.getWriter();
    await writer.write(encode(`${text}\n`));
    writer.releaseLock();
  },
  "process.stdout.write": (text) => new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => resolve())),
  "process.stderr.write": (text) => new Promise<void>((resolve) => process.stderr.write(`${text}\n`, () => resolve())),
};

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export const prints = task({ name: "prints" }, async (way: string) => {
  await WAYS[way]!(`by ${way}!`);
  return way;
});

/** Prints more than a pipe holds, also of what looks like anything but text. */
export const printsMuch = task({ name: "printsMuch" }, async () => {
  const bytes = new Uint8Array(2 ** 16).map((_, index) => index * 7 % 256);
  for (let count = 0; count < 32; count++) {
    await Deno.stdout.write(bytes);
    console.error("x".repeat(2 ** 14));
  }
  return "much";
});

/** Prints a part of a line. */
export const printsPart = task({ name: "printsPart" }, (text: string) => {
  Deno.stdout.writeSync(encode(text));
  return "part";
});

/** Reads what it finds at its standard input. */
export const reads = task({ name: "reads" }, async () => {
  const buffer = new Uint8Array(1_000);
  const count = await Deno.stdin.read(buffer);
  return count === null ? "nothing to read" : `read ${count} bytes`;
});

if (import.meta.main) {
  const [backend, how] = Deno.args as ["thread" | "process", string];
  const results: unknown[] = [];
  {
    const { debug, info, warn, error } = console;
    const logger = { debug, info, warn, error, verbose: how === "verbose" };
    await using runner = new TaskRunner({ maxWorkers: 2, backend, logger, onTaskError: "continue" });
    for (let round = 0; round < 2; round++) {
      const handles = Object.keys(WAYS).map((way) => runner.submit(prints, way));
      for (const handle of handles) results.push((await handle.getResult()).value);
    }
    const others = [
      runner.submit(printsMuch),
      runner.submit(printsPart, "unfinished"),
      runner.submit(reads.with({ timeout: "2s" })),
      runner.submit(prints, "console.log"),
    ];
    for (const handle of others) results.push((await handle.getResult()).value);
  }
  console.log(`\nRESULTS ${JSON.stringify(results)}`);
  console.log(`WAYS ${JSON.stringify(Object.keys(WAYS))}`);
}
