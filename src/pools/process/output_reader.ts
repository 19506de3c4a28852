/**
 * What a subprocess prints: passed on to this program's standard error output, and its last lines kept.
 *
 * @module
 */

import { STDERR_MARK } from "../protocol/stderr_mark.ts";
import { writeWhole } from "../write_whole.ts";

/** How many characters are kept: some 20 lines, enough for an error with its stack. */
const KEPT = 2_000;
/** A line of more characters is passed on in parts, so that one without end takes no memory without end. */
const MAX_LINE = 10_000;

/** Reads the standard error output of a subprocess. */
export class OutputReader {
  /** Resolves when there is nothing more to read. */
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #verbose: boolean;
  readonly #isShown: (line: string) => boolean;
  /** The task that prints, where that is wanted. */
  #task = "";
  #tail = "";
  /** What came on its standard output, though it is not a record. */
  readonly #stdout = new Lines((line) => this.#pass(line));
  readonly #decoder = new TextDecoder();

  /** @param isShown Offers a line to observers; returns whether one shows it, so that it is not passed on. */
  constructor(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    verbose: boolean,
    isShown: (line: string) => boolean = () => false,
  ) {
    this.#isShown = isShown;
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    this.#verbose = verbose;
    this.done = this.#read();
  }

  /** The last lines. */
  get tail(): string {
    return this.#tail.trim();
  }

  /** Its standard output has ended. */
  stdoutEnded(): void {
    this.#stdout.flush();
  }

  /** Passes on what its console has printed, which observers know. */
  write(text: string): void {
    this.#tail = (this.#tail + text).slice(-KEPT);
    const prefix = this.#task === "" ? "" : `[${this.#task}] `;
    writeWhole(Deno.stderr, prefix + text);
  }

  /** Stops reading. */
  cancel(): void {
    this.#reader.cancel().catch(() => {}); // it has ended
  }

  /** Takes what a task wrote where the records of its subprocess go. */
  print(bytes: Uint8Array): void {
    this.#stdout.feed(this.#decoder.decode(bytes, { stream: true }));
  }

  async #read(): Promise<void> {
    const lines = new Lines((line) => this.#pass(line));
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      lines.feed(value);
    }
    lines.flush();
  }

  #pass(line: string): void {
    if (this.#verbose && line.startsWith(STDERR_MARK)) {
      this.#task = line.slice(STDERR_MARK.length, -1);
      return;
    }
    this.#tail = (this.#tail + line).slice(-KEPT);
    if (this.#isShown(line)) return;
    const prefix = this.#task === "" ? "" : `[${this.#task}] `;
    writeWhole(Deno.stderr, prefix + line);
  }
}

/** Splits a stream of characters into lines. */
class Lines {
  readonly #pass: (line: string) => void;
  #rest = "";

  constructor(pass: (line: string) => void) {
    this.#pass = pass;
  }

  feed(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#pass(`${line}\n`);
    if (this.#rest.length > MAX_LINE) this.flush();
  }

  flush(): void {
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") this.#pass(rest);
  }
}
