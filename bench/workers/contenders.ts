/**
 * Contenders: pools and baselines in processes of their own, which do the same things in turns.
 *
 * @module
 */

import { dirname, fromFileUrl, join } from "@std/path";
import type { Timing } from "../harness.ts";
import { FOLDER, LOADER, VERSIONS } from "./packages.mjs";
import type { Params } from "./contender.mjs";

/** Who takes part. */
export interface Entrant {
  readonly name: string;
  readonly runtime?: "deno" | "node";
  /** A program in this folder, and its arguments. */
  readonly program: readonly [file: string, ...args: string[]];
}

/** What is measured, and how. */
export interface Discipline {
  readonly measurement: string;
  readonly rounds: number;
  readonly warmups: number;
  readonly params: Partial<Params>;
  /** Other parameters for some. */
  readonly paramsFor?: Readonly<Record<string, Partial<Params>>>;
  /** Who takes part; default: all. */
  readonly names?: readonly string[];
}

/** The longest that one measurement may take, in milliseconds. */
const PATIENCE = 20_000;
const MARK = "@@";
const HERE = fromFileUrl(new URL("./", import.meta.url));
const REPOSITORY = join(HERE, "../..");

/** One contender's process. */
class Contender implements AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #rest = "";

  constructor(name: string, child: Deno.ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#requests = child.stdin.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderr = new Response(child.stderr).text();
  }

  /** @throws {Error} If it cannot. */
  async measure(measurement: string, params: Partial<Params>): Promise<number> {
    await this.#requests.write(new TextEncoder().encode(`${JSON.stringify({ measurement, params })}\n`));
    const { ms } = await this.answer();
    return ms!;
  }

  async answer(): Promise<{ ms?: number; ready?: true }> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    try {
      for (;;) {
        const line = await this.#line();
        if (line === undefined) throw new Error(await this.#end());
        if (!line.startsWith(MARK)) continue;
        const answer = JSON.parse(line.slice(MARK.length)) as { ms?: number; ready?: true; error?: string };
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** How its process ended, once it has. */
  async #end(): Promise<string> {
    const { code, signal } = await this.#child.status;
    if (signal === "SIGKILL") return "no answer in time";
    const error = (await this.#stderr).split("\n").find((line) => /error/i.test(line));
    return `its process ended with ${signal ?? code}${error === undefined ? "" : `: ${error.trim()}`}`;
  }

  async #line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#answers.read();
      if (done) return undefined;
      this.#rest += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close().catch(() => {});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3_000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#answers.cancel();
  }
}

/** All who take part. */
export class Field implements AsyncDisposable {
  /** Who does not take part in what, and why. */
  readonly skipped: string[] = [];
  readonly #contenders: Contender[] = [];

  /** Starts all; who cannot is left out. */
  static async of(entrants: readonly Entrant[]): Promise<Field> {
    const field = new Field();
    const folder = entrants.some(({ runtime }) => runtime === "node") ? await installed() : undefined;
    for (const { name, runtime = "deno", program } of entrants) {
      try {
        if (runtime === "node" && folder instanceof Error) throw folder;
        const contender = new Contender(name, spawn(runtime, program, String(folder)));
        field.#contenders.push(contender);
        await contender.answer();
      } catch (error) {
        await field.#leaves(name, error);
      }
    }
    return field;
  }

  /** Whether a contender takes part. */
  has(name: string): boolean {
    return this.#contenders.some((each) => each.name === name);
  }

  /** Times a discipline: every round has everyone, in an order of its own. Microseconds per task, or per measurement. */
  async time(discipline: Discipline): Promise<Timing[]> {
    const { measurement, rounds, warmups, params, paramsFor = {}, names } = discipline;
    const field = this.#contenders.filter(({ name }) => names === undefined || names.includes(name));
    const micros = new Map(field.map((each): [Contender, number[]] => [each, []]));
    for (let round = -warmups; round < rounds; round++) {
      for (const contender of shuffled([...micros.keys()])) {
        const own = { ...params, ...paramsFor[contender.name] };
        try {
          const ms = await contender.measure(measurement, own);
          if (round >= 0) micros.get(contender)!.push(ms * 1000 / (own.tasks ?? 1));
        } catch (error) {
          micros.delete(contender);
          this.skipped.push(`${contender.name}, ${measurement}: ${(error as Error).message}`);
        }
      }
    }
    return [...micros].map(([{ name }, values]) => ({ name, micros: values }));
  }

  async #leaves(name: string, error: unknown): Promise<void> {
    this.skipped.push(`${name}: ${(error as Error).message}`);
    const index = this.#contenders.findIndex((each) => each.name === name);
    if (index >= 0) await this.#contenders.splice(index, 1)[0]![Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#contenders.map((each) => each[Symbol.asyncDispose]()));
  }
}

function shuffled<T>(list: T[]): T[] {
  return list.map((value) => ({ value, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ value }) => value);
}

function spawn(runtime: "deno" | "node", [file, ...args]: Entrant["program"], folder: string): Deno.ChildProcess {
  const program = [join(HERE, file), ...args];
  return new Deno.Command(runtime === "deno" ? Deno.execPath() : "node", {
    args: runtime === "deno"
      ? ["run", "-A", "--quiet", "--no-check", "--v8-flags=--expose-gc", ...program]
      : ["--expose-gc", ...program],
    cwd: REPOSITORY,
    env: { [FOLDER]: folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The folder with the packages for Node: in the user's cache, filled when it is first needed. */
async function installed(): Promise<string | Error> {
  try {
    const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
    const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? dirname(HERE), ".cache");
    const folder = join(cache, "workflowy-bench", packages.join("+"));
    const loader = join(folder, LOADER.file);
    if (await Deno.stat(loader).then(() => true, () => false)) return folder;
    await Deno.mkdir(folder, { recursive: true });
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", folder, ...packages],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) return new Error(`npm install failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
    await Deno.writeTextFile(loader, LOADER.text);
    return folder;
  } catch (error) {
    return error as Error;
  }
}
