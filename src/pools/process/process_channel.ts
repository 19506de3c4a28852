/**
 * The way to a subprocess: frames over its standard input and output.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { LogLevel } from "../../core/logger.ts";
import { fromEnvelope } from "../../serialization/envelope.ts";
import type { Channel, ChannelListener, Loss, StartedWorker } from "../channel.ts";
import { ByteWriter } from "../protocol/bytes.ts";
import type { ByteReader } from "../protocol/bytes.ts";
import { bundled } from "../protocol/bundle.ts";
import { FrameReader } from "../protocol/frames.ts";
import { FROM, type ToWorker } from "../protocol/messages.ts";
import { writeMessage } from "../protocol/message_codec.ts";
import { dispatchRecord } from "../protocol/dispatch_record.ts";
import { BUNDLE_HINT } from "../bundle_hint.ts";
import type { ReadLimits } from "../protocol/read_limits.ts";
import type { Reaper } from "./reaper.ts";
import { signalChild } from "./signals.ts";
import { OutputReader } from "./output_reader.ts";

/** How many milliseconds a subprocess that was asked to end has for it: one that has nothing to do takes 5. */
const LAST_WORD_MS = 100;
/**
 * How many milliseconds are waited, once it has ended, for the end of its output: what it wrote is in the pipe by then, but
 * children of its own may hold the pipe open.
 */
const DRAIN_MS = 100;

/** How many bytes are read at once: as many as a pipe holds. */
const MAX_READ = 1 << 16;

/** A subprocess that was started. */
export interface StartedProcess extends StartedWorker {
  readonly child: Deno.ChildProcess;
}

/** How to talk to a subprocess. */
export interface ProcessOptions {
  /** For messages, and for the reaper. */
  readonly memoryLimitMb: number | undefined;
  /** Whether to say which task printed a line. */
  readonly verbose: boolean;
  /** What it may send. Default: whatever this program can take. */
  readonly limits: ReadLimits | undefined;
  readonly reaper: Reaper;
}

/** A subprocess. */
export class ProcessChannel implements Channel {
  readonly #listener: ChannelListener;
  readonly #options: ProcessOptions;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamBYOBReader;
  readonly #prints: OutputReader;
  readonly #writer = new ByteWriter();
  readonly #over: Promise<void>;
  /** Whether it was told to end, as it has nothing to do. */
  #isEnding = false;
  /** Why it is lost, where that is known before it has ended. */
  #fault: { readonly why: string; readonly cause: unknown } | undefined;

  constructor({ child }: StartedProcess, listener: ChannelListener, options: ProcessOptions) {
    const { reaper, verbose } = options;
    this.#listener = listener;
    this.#options = options;
    this.#child = child;
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(ignore);
    this.#output = this.#child.stdout.getReader({ mode: "byob" });
    this.#prints = new OutputReader(this.#child.stderr, verbose, (line) => listener.output(line));
    // One that may be killed for its memory is watched from the first; others, before they get anything to do.
    if (options.memoryLimitMb !== undefined) reaper.add(this.#child.pid, options.memoryLimitMb);
    this.#over = this.#live();
  }

  send(messages: readonly ToWorker[]): void {
    const writer = this.#writer;
    try {
      for (const message of bundled(messages)) writeMessage(writer, message);
    } catch (error) {
      writer.clear();
      throw error;
    }
    // If it cannot be written the subprocess is gone, which is told by its end.
    this.#input.write(writer.take()).catch(ignore);
  }

  write(_level: LogLevel, text: string): void {
    this.#prints.write(text);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#input.close().catch(ignore);
    await this.#killAfter(LAST_WORD_MS);
  }

  stop(): void {
    signalChild(this.#child, "SIGTERM");
    void this.#killAfter(LAST_WORD_MS);
  }

  readonly kill = (): void => signalChild(this.#child, "SIGKILL");

  async #killAfter(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => signalChild(this.#child, "SIGKILL"), milliseconds);
    await this.#over;
    clearTimeout(timer);
  }

  /** Follows the subprocess to its end. */
  async #live(): Promise<void> {
    const reading = this.#read();
    const status = await this.#child.status;
    this.#options.reaper.remove(this.#child.pid);
    const drain = setTimeout(() => {
      this.#output.cancel().catch(ignore);
      this.#prints.cancel();
    }, DRAIN_MS);
    await reading;
    await this.#prints.done;
    clearTimeout(drain);
    await this.#input.abort().catch(ignore);
    if (!this.#isEnding) this.#listener.gone(this.#lossBy(status));
  }

  async #read(): Promise<void> {
    const frames = new FrameReader((record) => this.#take(record), {
      other: (bytes) => this.#prints.print(bytes),
      limits: this.#options.limits,
    });
    // One buffer for all, as a new one of this size for a few bytes takes longer than to read them.
    let buffer = new ArrayBuffer(MAX_READ);
    for (;;) {
      const { value, done } = await this.#output.read(new Uint8Array(buffer));
      if (done || value === undefined) break;
      buffer = value.buffer;
      if (this.#isEnding || this.#fault !== undefined) continue;
      try {
        frames.feed(value);
      } catch (cause) {
        this.#fault ??= { why: `it sent what no worker sends (${describeError(cause)})`, cause };
        signalChild(this.#child, "SIGKILL");
      }
      this.#listener.caughtUp();
    }
    frames.end();
    this.#prints.stdoutEnded();
  }

  #take(record: ByteReader): void {
    const kind = dispatchRecord(record, this.#listener);
    if (kind === undefined) return;
    if (kind === FROM.ready) {
      if (this.#options.memoryLimitMb === undefined) this.#options.reaper.add(this.#child.pid, undefined);
      this.#listener.ready();
    } else if (kind === FROM.lost) {
      const cause = fromEnvelope(record.value());
      this.#fault = { why: describeError(cause), cause };
    } else {
      throw new TypeError(`A subprocess sends no records of kind ${kind}`);
    }
  }

  #lossBy({ code, signal }: Deno.CommandStatus): Loss {
    const stderr = this.#prints.tail;
    const ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const limit = this.#limitReached(stderr);
    const why = this.#fault === undefined ? "" : `, as ${this.#fault.why}`;
    const hint = stderr.includes("Module not found") && stderr.includes("process_entry.ts") ? BUNDLE_HINT : "";
    const words = stderr === "" ? "" : `${hint}. Its last words:\n${stderr}`;
    return {
      message: `A subprocess was lost under its task (${ending}${limit})${why}${words}`,
      options: { cause: this.#fault?.cause, exitCode: code, signal: signal ?? undefined, stderr },
    };
  }

  #limitReached(stderr: string): string {
    const { memoryLimitMb, reaper } = this.#options;
    const isOut = reaper.hasReaped(this.#child.pid) || /out of memory|heap limit|MaxAddressSpace/i.test(stderr);
    if (!isOut) return "";
    return memoryLimitMb === undefined
      ? "; it ran out of memory"
      : `; it reached its memoryLimitMb of ${memoryLimitMb}`;
  }
}

function ignore(): void {}
