/**
 * A server with workers that are programs of their own, and a log of what their bodies do.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Pool } from "../../../mod.ts";
import { until } from "../../support.ts";
import { load, type TestEngine, type TestPlace, type TestServer } from "./engines.ts";

/** For how long a worker may be silent in these tests, in milliseconds. The machine may be busy. */
export const LEASE_MS = 2_500;

const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** What a body has done. */
export interface Line {
  readonly event: "begin" | "end" | "abort";
  readonly id: string;
  readonly attempt: number;
  readonly pid: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** A program of a test. */
export interface Program {
  readonly process: Deno.ChildProcess;
  /** What it has printed, once it has ended. */
  readonly output: Promise<string>;
  /** Kills it at once, unless it has ended. */
  kill(): Promise<void>;
  signal(signal: Deno.Signal): void;
}

/** One test. */
export class Stage<P extends TestPlace = TestServer> implements AsyncDisposable {
  readonly name = `stage-${crypto.randomUUID().slice(0, 8)}`;
  readonly folder = Deno.makeTempDirSync({ prefix: "workflowy-faults-" });
  readonly #log = `${this.folder}/log`;
  readonly #programs = new Set<Program>();
  readonly #engine: TestEngine<P>;
  readonly server: P;

  readonly #leaseMs: number;

  private constructor(engine: TestEngine<P>, server: P, leaseMs: number) {
    this.#engine = engine;
    this.server = server;
    this.#leaseMs = leaseMs;
    Deno.writeTextFileSync(this.#log, "");
  }

  static async start<P extends TestPlace>(engine: TestEngine<P>): Promise<Stage<P>> {
    return Stage.on(engine, await engine.start());
  }

  /** With a server that is there already, and ends with the test. */
  static on<P extends TestPlace>(engine: TestEngine<P>, server: P, leaseMs = LEASE_MS): Stage<P> {
    return new Stage(engine, server, leaseMs);
  }

  /** What to give to a runner of this program. */
  async pool(): Promise<() => Pool> {
    return (await load(this.#engine.name, this.server.address)).pool(this.name, this.#leaseMs);
  }

  /**
   * Starts a worker; resolves once it takes jobs.
   *
   * @param port Where it connects to. Default: to the server.
   */
  worker(worker: string, concurrency = 2, port = this.server.port): Promise<Program> {
    return this.#start("worker.ts", [worker, `${this.#leaseMs}`, `${concurrency}`], port);
  }

  /** Starts a runner that continues from a file; resolves once it runs. */
  runner(count: number, milliseconds: number): Promise<Program> {
    return this.#start("runner.ts", [`${this.folder}/state.jsonl`, `${this.#leaseMs}`, `${count}`, `${milliseconds}`]);
  }

  lines(event?: Line["event"]): Line[] {
    return Deno.readTextFileSync(this.#log).split("\n").filter((line) => line !== "").map((line) => {
      const [what, id, attempt, pid, at] = line.split(" ");
      return { event: what as Line["event"], id: id!, attempt: Number(attempt), pid: Number(pid), at: Number(at) };
    }).filter((line) => event === undefined || line.event === event);
  }

  /** Makes sure that no attempt has begun twice. */
  assertNoneTwice(): void {
    const counts = new Map<string, number>();
    for (const { id, attempt } of this.lines("begin")) {
      const key = `${id} attempt ${attempt}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assertEquals([...counts].filter(([, count]) => count > 1), []);
  }

  /**
   * The same where runners were killed as well: what a runner and a worker that are killed together knew of an attempt is gone,
   * and the next runner begins that attempt again, as it does with bodies that ran in the killed program itself.
   */
  assertNoneEndedTwice(): void {
    const counts = new Map<string, number>();
    for (const { id, attempt } of this.lines("end")) {
      const key = `${id} attempt ${attempt}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assertEquals([...counts].filter(([, count]) => count > 1), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#programs) await each.kill();
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #start(file: string, args: readonly string[], port = this.server.port): Promise<Program> {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--no-lock", "--config", CONFIG],
        fileURLToPath(new URL(file, import.meta.url)),
        ...[this.#engine.name, this.server.address.replace(`:${this.server.port}`, `:${port}`), this.name, ...args],
      ],
      env: { WORKFLOWY_FAULT_LOG: this.#log },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let text = "";
    let hasEnded = false;
    const output = (async () => {
      for await (const part of process.stdout.pipeThrough(new TextDecoderStream())) text += part;
      return text;
    })();
    const ended = process.status.then(() => void (hasEnded = true));
    const program: Program = {
      process,
      output,
      signal: (signal) => {
        if (!hasEnded) process.kill(signal);
      },
      kill: async () => {
        if (!hasEnded) process.kill("SIGKILL");
        await ended;
        await output;
        this.#programs.delete(program);
      },
    };
    this.#programs.add(program);
    await until(`${file} is ready`, () => text.includes("ready") || hasEnded);
    return program;
  }
}
