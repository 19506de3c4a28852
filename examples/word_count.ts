/**
 * Shows threads: checksums and words of all files in a folder. Reading is waiting, which the event loop does best.
 * Counting is computing, which threads do side by side.
 *
 *     deno run --allow-read=. examples/word_count.ts
 *
 * It takes a folder as its argument, and must be allowed to read it, and this module: threads import it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { task, TaskRunner, transfer } from "@workflowy/workflowy";

/** What was counted in a file. */
interface Count {
  readonly bytes: number;
  readonly words: number;
  readonly sha256: string;
  readonly frequency: ReadonlyMap<string, number>;
}

const read = task({ name: "read" }, async (path: string) => {
  const bytes = await Deno.readFile(path);
  return transfer(bytes, [bytes.buffer]); // The memory itself moves to the thread: no copy, however large the file is.
});

const count = task({ name: "count", backend: "thread" }, (bytes: Uint8Array): Count => {
  const frequency = new Map<string, number>();
  let words = 0;
  for (const [word] of new TextDecoder().decode(bytes).toLowerCase().matchAll(/\p{L}[\p{L}\p{M}'’-]*/gu)) {
    frequency.set(word, (frequency.get(word) ?? 0) + 1);
    words++;
  }
  return { bytes: bytes.length, words, sha256: createHash("sha256").update(bytes).digest("hex"), frequency };
});

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else if (isFile) yield `${folder}/${name}`;
  }
}

/** Rewrites one line on the terminal. */
function showProgress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[2K${text}`));
}

// Threads import this module to find `count` in it. What only the program itself should do is behind this guard.
if (import.meta.main) {
  const folder = Deno.args[0] ?? "examples/data";
  const files = (await Array.fromAsync(filesIn(folder))).sort();

  await using runner = new TaskRunner();
  runner.enter();
  const counts = count.map(read.map(files));
  let done = 0;
  runner.addEventListener("completed", ({ handle }) => {
    if (handle.name === "count") showProgress(`${++done} of ${files.length} files`);
  });
  await runner.run();
  showProgress("");

  const total = { bytes: 0, words: 0, frequency: new Map<string, number>() };
  for (const [index, handle] of counts.entries()) {
    const { bytes, words, sha256, frequency } = await handle;
    console.log(`${sha256.slice(0, 16)} ${columns(bytes, words)}  ${files[index]}`);
    total.bytes += bytes;
    total.words += words;
    for (const [word, times] of frequency) total.frequency.set(word, (total.frequency.get(word) ?? 0) + times);
  }
  const frequent = [...total.frequency].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 5);
  console.log(`${"all".padEnd(16)} ${columns(total.bytes, total.words)}  ${folder}`);
  console.log(`most often: ${frequent.map(([word, times]) => `${word} (${times})`).join(", ")}`);
}

function columns(bytes: number, words: number): string {
  return `${bytes.toLocaleString("en").padStart(12)} bytes ${words.toLocaleString("en").padStart(11)} words`;
}
