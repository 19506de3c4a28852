/**
 * The subprocess that kills the others: when this program is killed, or when they take too much memory. It also kills what
 * they leave behind, their own subprocesses, for which this program may not have the permission.
 *
 * @module
 */

import { HAS_GROUPS, killGroup, mayKill, signalChild } from "./signals.ts";

const ENTRY = new URL("../worker/reaper_entry.ts", import.meta.url).href;

/** Never called: for `deno cache` and `deno vendor` to see that the module is needed. */
export const loadEntry = (): Promise<unknown> => import("../worker/reaper_entry.ts");

/** One that runs. */
interface RunningReaper {
  readonly child: Deno.ChildProcess;
  readonly input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** Resolves when its output has ended. */
  readonly reading: Promise<void>;
}

/** Starts the reaper when there is something to reap, and keeps it informed. */
export class Reaper {
  readonly #program: string;
  /** The processes that it killed for their memory. */
  readonly #reaped = new Set<number>();
  /** The processes that it watches, with their limits in MiB, or 0. */
  readonly #watched = new Map<number, number>();
  #running: RunningReaper | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  /** Says that a subprocess is there, and how much memory it may have beyond what it has. */
  add(pid: number, memoryLimitMb: number | undefined): void {
    const limit = memoryLimitMb === undefined || memoryLimitMb === Infinity ? 0 : memoryLimitMb;
    this.#reaped.delete(pid); // of an earlier one
    this.#watched.set(pid, limit);
    if (this.#running === undefined) this.#start();
    else this.#tell(`+${pid} ${limit}\n`);
  }

  /** Says that one has ended. Kills what is left of its group: what it has started, and what that has. */
  remove(pid: number): void {
    const isWatched = this.#watched.delete(pid);
    if (!HAS_GROUPS || killGroup(pid)) {
      if (isWatched) this.#tell(`-${pid}\n`);
    } else {
      this.#tell(`!${pid}\n`);
    }
  }

  /** Whether it killed that one for its memory. */
  hasReaped(pid: number): boolean {
    return this.#reaped.has(pid);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.child.ref();
    // If it has nothing left to kill, it can as well be killed itself, and need not have started.
    if (!HAS_GROUPS || mayKill()) signalChild(running.child, "SIGKILL");
    else await running.input.close().catch(ignore);
    await running.child.status;
    await running.reading;
    await this.#lose(running);
  }

  #start(): void {
    const flags = ["--no-prompt", "--quiet", "--no-config", "--allow-all"];
    const child = new Deno.Command(this.#program, {
      // With its charges as arguments: it has those even if this program is killed right now.
      args: ["run", ...flags, ENTRY, ...[...this.#watched].map(([pid, limit]) => `${pid} ${limit}`)],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      detached: HAS_GROUPS, // what is sent to the group of this program, as by a terminal, leaves it alive
    }).spawn();
    child.unref();
    const input = child.stdin.getWriter();
    input.closed.catch(ignore);
    const running = this.#running = { child, input, reading: this.#read(child.stdout) };
    void child.status.then(() => this.#lose(running));
  }

  /** Another one takes its place with the next subprocess, if it was killed. */
  async #lose(running: RunningReaper): Promise<void> {
    if (this.#running === running) this.#running = undefined;
    await running.input.abort().catch(ignore);
  }

  async #read(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of output.pipeThrough(new TextDecoderStream())) {
      for (const pid of text.split("\n")) if (pid !== "") this.#reaped.add(Number(pid));
    }
  }

  #tell(line: string): void {
    this.#running?.input.write(new TextEncoder().encode(line)).catch(ignore);
  }
}

/** A reaper that was killed cannot be told anything; tasks run without. */
function ignore(): void {}
