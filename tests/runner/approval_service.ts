/**
 * A service that waits for approvals, as a process that tests talk to and kill.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { until } from "../support.ts";

const PROGRAM = fromFileUrl(new URL("programs/approvals.ts", import.meta.url));

/** The program `approvals.ts` under way. */
export class Service implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #said = "";

  /** @param kind What the path is that of. */
  constructor(path: string, kind: "file" | "kv" = "file") {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--allow-all", "--unstable-kv", PROGRAM, path, kind],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Says something to it, and waits until it has done that. */
  async tell(line: string): Promise<void> {
    await this.send(line);
    await this.hears(`done ${line}\n`);
  }

  /** Says something to it, and does not wait. */
  async send(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /** What it has said so far. */
  get said(): string {
    return this.#said;
  }

  /** Waits until it has said something. */
  async hears(what: string): Promise<void> {
    await until(`the service says ${what}, and not ${this.#said}`, () => this.#said.includes(what));
  }

  async end(signal: Deno.Signal): Promise<void> {
    this.#child.kill(signal);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {}); // it has ended
    await Promise.all([this.#child.status, this.#reading]);
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) this.#said += chunk;
  }
}
