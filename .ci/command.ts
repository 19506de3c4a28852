/**
 * Runs a command to its end, or to a deadline, and keeps what it printed.
 *
 * @module
 */

/** Milliseconds between asking a command that is out of time to stop and killing it. */
const GRACE = 5_000;

/**
 * Milliseconds that output may still arrive after the command ended, from children that it left
 * behind.
 */
const DRAIN = 1_000;

/** What to run. */
export interface CommandLine {
  program: string;
  args: readonly string[];
  cwd: string;
  env?: Record<string, string>;
  /** Milliseconds. */
  timeout: number;
}

/** How it went. */
export interface CommandResult {
  /** Whether it ended in time with exit code 0. */
  ok: boolean;
  /** How it ended, for people: "exit code 1", "stopped after 60 s". */
  ending: string;
  stdout: string;
  /** Both outputs together, in the order in which they arrived. */
  output: string;
  durationMs: number;
}

/** Runs a command without input. Rejects only if it cannot be started at all. */
export async function runCommand(command: CommandLine): Promise<CommandResult> {
  const started = performance.now();
  const child = new Deno.Command(command.program, {
    args: [...command.args],
    cwd: command.cwd,
    env: { NO_COLOR: "1", ...command.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  let [stdout, output] = ["", ""];
  const closing = new AbortController();
  const reading = Promise.all([
    read(child.stdout, closing.signal, (text) => {
      stdout += text;
      output += text;
    }),
    read(child.stderr, closing.signal, (text) => output += text),
  ]);

  let late = false;
  let deadline = setTimeout(() => {
    late = true;
    end(child, "SIGTERM");
    deadline = setTimeout(() => end(child, "SIGKILL"), GRACE);
  }, command.timeout);
  const status = await child.status;
  clearTimeout(deadline);
  const drain = setTimeout(() => closing.abort(), DRAIN);
  await reading;
  clearTimeout(drain);

  return {
    ok: status.success && !late,
    ending: late ? `stopped after ${command.timeout / 1000} s` : `exit code ${status.code}`,
    stdout,
    output,
    durationMs: performance.now() - started,
  };
}

async function read(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
  take: (text: string) => void,
): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const stop = () => void reader.cancel();
  signal.addEventListener("abort", stop, { once: true });
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) take(chunk.value);
  signal.removeEventListener("abort", stop);
}

function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It may have ended by itself in the meantime; then there is nothing left to do.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
