/**
 * What a subprocess prints: passed on to this program's standard error output, and its last lines kept.
 *
 * @module
 */

import { STDERR_MARK } from "../protocol/stderr_mark.ts";

/** How many characters are kept: some 20 lines, enough for an error with its stack. */
const KEPT = 2_000;
/** A line of more characters is passed on in parts, so that one without end takes no memory without end. */
const MAX_LINE = 10_000;

/** Reads the standard error output of a subprocess. */
export class StderrReader {
  /** Resolves when there is nothing more to read. */
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #verbose: boolean;
  /** The task that prints, where that is wanted. */
  #task = "";
  #line = "";
  #tail = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, verbose: boolean) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    this.#verbose = verbose;
    this.done = this.#read();
  }

  /** The last lines. */
  get tail(): string {
    return this.#tail.trim();
  }

  /** Stops reading. */
  cancel(): void {
    this.#reader.cancel().catch(() => {}); // it has ended
  }

  async #read(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      const lines = (this.#line + value).split("\n");
      this.#line = lines.pop()!;
      for (const line of lines) this.#pass(`${line}\n`);
      if (this.#line.length > MAX_LINE) this.#passRest();
    }
    this.#passRest();
  }

  #passRest(): void {
    const rest = this.#line;
    this.#line = "";
    if (rest !== "") this.#pass(rest);
  }

  #pass(line: string): void {
    if (this.#verbose && line.startsWith(STDERR_MARK)) {
      this.#task = line.slice(STDERR_MARK.length, -1);
      return;
    }
    this.#tail = (this.#tail + line).slice(-KEPT);
    const prefix = this.#task === "" ? "" : `[${this.#task}] `;
    writeToStderr(prefix + line);
  }
}

/** A reader that has gone, such as `head`, must not end the program: what it would have read is lost, as with `console`. */
function writeToStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    return;
  }
}
