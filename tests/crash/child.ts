/**
 * Running the program of the campaign, and killing it.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { DIARY_PATH, DIARY_ROUND, type DiaryEntry, DiaryReader } from "./diary.ts";
import { MARK } from "./leftovers.ts";
import { type Order, type Results, RESULTS_MARK } from "./order.ts";
import { strikeServer } from "./server.ts";

/** What ends a program from outside. */
export type Blow =
  /** A signal, so many milliseconds after the program was started. */
  | {
    readonly after: "ms";
    readonly ms: number;
    readonly signal: "SIGKILL" | "SIGTERM";
    /** What is hit; default: the program. */
    readonly hits?: "server" | "both";
  }
  /** A signal as soon as bodies have written so many lines. */
  | { readonly after: "lines"; readonly lines: number; readonly signal: "SIGKILL" | "SIGTERM" };

/** Where a program runs. */
export interface Place {
  readonly diary: string;
  readonly round: number;
  /** What its processes are marked with. */
  readonly mark: string;
}

/** How a program ended. */
export interface Ending {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** If it came to say them. */
  readonly results: Results | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** How long it lived, in milliseconds. */
  readonly lifeMs: number;
  /** The same until the first body began. */
  readonly startMs: number;
  /** Whether it was killed for having taken too long. */
  readonly hangs: boolean;
  /** Whether the server of its checkpoint was killed. */
  readonly hitServer: boolean;
}

const PROGRAM = fromFileUrl(new URL("programs/workflow.ts", import.meta.url));
const FLAGS = ["run", "--quiet", "--no-check", "--no-prompt", "--allow-all", "--unstable-kv"];
const MAX_LIFE_MS = 60_000;
const LOOK_AGAIN_MS = 1;

/** Programs under way, which end with this one. */
const running = new Set<Deno.ChildProcess>();

/** Kills all programs that are under way. */
export function killAll(): void {
  for (const child of running) strike(child, "SIGKILL");
}

/** Runs the program to its end, whatever that is. */
export async function runProgram(order: Order, place: Place, blow: Blow | undefined): Promise<Ending> {
  const start = Date.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...FLAGS, PROGRAM, JSON.stringify(order)],
    env: { [DIARY_PATH]: place.diary, [DIARY_ROUND]: String(place.round), [MARK]: place.mark, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  using blows = new Blows(child, place);
  if (blow !== undefined) blows.prepare(blow);
  // Its workers inherit its outputs: who outlives it is found out by other means, and must not keep us here.
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const { code, signal } = await child.status;
  running.delete(child);
  const lifeMs = Date.now() - start;
  blows.end();
  await blows.server;
  const printed = await stdout.end();
  const first = entriesOf(place)[0];
  return {
    code,
    signal,
    results: resultsIn(printed),
    stdout: printed,
    stderr: await stderr.end(),
    lifeMs,
    startMs: first === undefined ? lifeMs : first.at - start,
    hangs: blows.hangs,
    hitServer: blows.server !== undefined,
  };
}

/** What bodies have written in that run. */
function entriesOf({ diary, round }: Place): DiaryEntry[] {
  return new DiaryReader(diary).read().filter((entry) => entry.round === round && entry.what !== "delivered");
}

/** Strikes at the right time. */
class Blows implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #place: Place;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  hangs = false;
  /** Resolves once the server is back that was killed. */
  server: Promise<void> | undefined;

  constructor(child: Deno.ChildProcess, place: Place) {
    this.#child = child;
    this.#place = place;
    this.#timers.push(setTimeout(() => {
      this.hangs = true;
      strike(child, "SIGKILL");
    }, MAX_LIFE_MS));
  }

  prepare(blow: Blow): void {
    if (blow.after === "ms") {
      const hit = () => {
        if (blow.hits !== undefined) this.server = strikeServer();
        if (blow.hits !== "server") strike(this.#child, blow.signal);
      };
      this.#timers.push(setTimeout(hit, blow.ms));
      return;
    }
    const reader = new DiaryReader(this.#place.diary);
    const timer = setInterval(() => {
      const lines = reader.read().filter(({ round }) => round === this.#place.round).length;
      if (lines < blow.lines) return;
      clearInterval(timer);
      strike(this.#child, blow.signal);
    }, LOOK_AGAIN_MS);
    this.#timers.push(timer);
  }

  /** Strikes no more. */
  end(): void {
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

function strike(child: Deno.ChildProcess, signal: "SIGKILL" | "SIGTERM"): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has exited already
  }
}

/** How long output may still come after its program has exited, in milliseconds; what is in the pipe comes at once. */
const LAST_WORDS_MS = 2_000;

function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): { end(): Promise<string> } {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const reading = (async () => {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) text += chunk.value;
  })();
  return {
    async end() {
      const timer = setTimeout(() => void reader.cancel(), LAST_WORDS_MS);
      await reading;
      clearTimeout(timer);
      return text;
    },
  };
}

function resultsIn(output: string): Results | undefined {
  // Killed in the middle of the line, it has not said them.
  const line = output.split("\n").slice(0, -1).find((each) => each.startsWith(RESULTS_MARK));
  return line === undefined ? undefined : JSON.parse(line.slice(RESULTS_MARK.length)) as Results;
}
