/**
 * The subprocess that kills the others: when this program is killed, or when they take too much memory.
 *
 * @module
 */

const ENTRY = new URL("../worker/reaper_entry.ts", import.meta.url).href;

/** Never called: for `deno cache` and `deno vendor` to see that the module is needed. */
export const loadEntry = (): Promise<unknown> => import("../worker/reaper_entry.ts");

/** Starts the reaper when there is something to reap, and keeps it informed. */
export class Reaper {
  readonly #program: string;
  /** The processes that it killed for their memory. */
  readonly #reaped = new Set<number>();
  #child: Deno.ChildProcess | undefined;
  #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;
  #reading: Promise<void> | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  /** Says that a subprocess is there, and how much memory it may have beyond what it has. */
  add(pid: number, memoryLimitMb: number | undefined): void {
    const limit = memoryLimitMb === undefined || memoryLimitMb === Infinity ? 0 : memoryLimitMb;
    if (this.#child === undefined) this.#start(`${pid} ${limit}`);
    else this.#tell(`+${pid} ${limit}\n`);
  }

  /** Says that one has ended. */
  remove(pid: number): void {
    this.#reaped.delete(pid);
    this.#tell(`-${pid}\n`);
  }

  /** Whether it killed that one for its memory. */
  hasReaped(pid: number): boolean {
    return this.#reaped.has(pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.ref();
    // Not asked to end: with nothing left to kill it can as well be killed itself, and need not have started.
    child.kill("SIGKILL");
    await child.status;
    await this.#reading;
    await this.#input?.abort().catch(ignore);
  }

  #start(first: string): void {
    const flags = ["--no-prompt", "--quiet", "--no-config", "--allow-all"];
    this.#child = new Deno.Command(this.#program, {
      // With its first charge as an argument: it has that even if this program is killed right now.
      args: ["run", ...flags, ENTRY, first],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#child.unref();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read(this.#child.stdout);
  }

  async #read(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of output.pipeThrough(new TextDecoderStream())) {
      for (const pid of text.split("\n")) if (pid !== "") this.#reaped.add(Number(pid));
    }
  }

  #tell(line: string): void {
    this.#input?.write(new TextEncoder().encode(line)).catch(ignore);
  }
}

/** A reaper that was killed cannot be told anything; tasks run without. */
function ignore(): void {}
