/**
 * What the tests of checkpoints in files share.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { FileCheckpointer, type FileCheckpointerOptions } from "../../../src/stores/file_checkpointer.ts";
import { errorOf } from "../../support.ts";

/** What a file with JSON begins with. */
export const HEADER = '{"format":"workflowy-checkpoint","version":1,"codec":"json"}\n';

/** A record that has what every record has, and what else is given. */
export function record(id: string, more: Partial<TaskRecord> = {}): TaskRecord {
  return { id, name: "task", status: "completed", attempts: 1, args: [], dependsOn: [], ...more };
}

/** So many records, each of some 1,000 bytes. */
export function largeRecords(count: number, version: number): TaskRecord[] {
  return Array.from(
    { length: count },
    (_, index) => record(`r${index}`, { value: { version, fill: "x".repeat(900) } }),
  );
}

/** Does something with a checkpointer, and closes it. */
export async function using<T>(
  path: string,
  job: (checkpointer: FileCheckpointer) => Promise<T>,
  options: FileCheckpointerOptions = {},
): Promise<T> {
  await using checkpointer = new FileCheckpointer(path, options);
  return await job(checkpointer);
}

/** Saves records, in one go. */
export function save(path: string, records: readonly TaskRecord[], options?: FileCheckpointerOptions): Promise<void> {
  return using(path, (checkpointer) => checkpointer.save(records), options);
}

/** What a file holds, by id. */
export function load(path: string, options?: FileCheckpointerOptions): Promise<Map<string, TaskRecord>> {
  return using(path, loadFrom, options);
}

/** What a checkpointer holds, by id. */
export async function loadFrom(checkpointer: FileCheckpointer): Promise<Map<string, TaskRecord>> {
  const found = new Map<string, TaskRecord>();
  for await (const each of checkpointer.load()) {
    assert(!found.has(each.id), `${each.id} comes twice`);
    found.set(each.id, each);
  }
  return found;
}

/** Records by their ids. */
export function byId(...records: TaskRecord[]): Map<string, TaskRecord> {
  return new Map(records.map((each) => [each.id, each]));
}

/** Checks that a file cannot be loaded, nor saved to, and stays as it is. Returns what the error says. */
export async function refusalOf(path: string, options?: FileCheckpointerOptions): Promise<string> {
  const before = Deno.readFileSync(path);
  const messages = [];
  for (const job of [() => load(path, options), () => save(path, [record("new")], options)]) {
    const error = await errorOf(job);
    assertInstanceOf(error, CheckpointError);
    assertEquals([error.name, error.code], ["CheckpointError", "CHECKPOINT"]);
    messages.push(error.message);
    assertEquals(Deno.readFileSync(path), before);
  }
  assertEquals(messages[0], messages[1]);
  return messages[0]!;
}

/** The bytes of a string. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Puts bytes one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A program of this folder's `programs/`, running. */
export interface Program extends AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** What it prints, line by line. */
  readonly lines: AsyncIterator<string>;
  /** All of its error output, once it has ended. */
  readonly errors: Promise<string>;
}

/** How a program is started. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  /** Default `["-A"]`. */
  readonly permissions?: readonly string[];
  readonly cwd?: string;
  /** What starts it in place of `deno` itself; `deno` and its arguments are added. */
  readonly via?: readonly string[];
}

/** Starts a program; it is killed at the end. */
export function start(name: string, { args = [], permissions = ["-A"], cwd, via = [] }: ProgramOptions = {}): Program {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const [command, ...rest] = [
    ...via,
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-check",
    `--config=${config}`,
    ...permissions,
    new URL(`./programs/${name}.ts`, import.meta.url).pathname,
    ...args,
  ];
  const child = new Deno.Command(command!, {
    args: rest,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(cwd !== undefined && { cwd }),
  }).spawn();
  const lines = linesOf(child.stdout);
  const errors = new Response(child.stderr).text();
  return {
    child,
    lines,
    errors,
    async [Symbol.asyncDispose]() {
      kill(child);
      while (!(await lines.next()).done);
      await errors;
      await child.status;
    },
  };
}

/** Runs a program to its end, and returns what it printed. */
export async function run(name: string, options: ProgramOptions = {}): Promise<{
  readonly lines: readonly string[];
  readonly errors: string;
  readonly status: Deno.CommandStatus;
}> {
  await using program = start(name, options);
  const lines: string[] = [];
  for (let next = await program.lines.next(); !next.done; next = await program.lines.next()) lines.push(next.value);
  return { lines, errors: await program.errors, status: await program.child.status };
}

/** Kills a program the hard way, if it still runs. */
export function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
