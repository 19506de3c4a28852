import { assertEquals, assertMatch } from "@std/assert";
import { PostgresServer } from "../postgres/server.ts";
import { ownServerTest } from "../postgres/own_server.ts";

const PROGRAM = new URL("../../examples/deploy_cron.ts", import.meta.url);
const PRELOAD = `--preload=${new URL("./programs/as_deployed.ts", import.meta.url)}`;

/** The address that the program says it listens on. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (
    const part of output.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
  ) {
    text += part;
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
    if (found !== null) return found[0];
  }
  throw new Error(`The program ended and said only ${text}`);
}

/** Ends the program, if it has not ended by itself. */
async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await child.status;
}

/** Runs the program with a state, until its page shows what the cron has collected. */
async function collects(env: Record<string, string>): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      PRELOAD,
      "--unstable-kv",
      "--unstable-cron",
      "--allow-env",
      "--allow-net",
      PROGRAM.href,
    ],
    cwd: new URL("../..", import.meta.url),
    env: { PORT: "0", DENO_CRON_TEST_SCHEDULE_OFFSET: "200", ...env },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const address = await addressIn(child.stderr);
    const end = Date.now() + 20_000;
    let page = "";
    while (!page.includes("h: 5") && Date.now() < end) {
      const response = await fetch(address);
      assertEquals(response.status, 200);
      page = await response.text();
    }
    assertMatch(page, /^Totals of the last day: [12]\n\d{4}-\d\d-\d\dT\d\dh: 5\n/);
  } finally {
    await stop(child);
  }
}

Deno.test("examples/deploy_cron.ts runs its cron and shows on its page what it did, without workers or subprocesses", async () => {
  await collects({ KV_PATH: ":memory:" });
});

ownServerTest("examples/deploy_cron.ts keeps its state in Postgres where there is one", async () => {
  await using server = await PostgresServer.start();
  await collects({ DATABASE_URL: server.url });
});
