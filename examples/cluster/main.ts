/**
 * Shows workers on other machines: starts a NATS server, two workers and a runner, kills a worker while it works, and shows
 * that nothing is lost. Here all of them are on this machine. Needs `nats-server` (Debian: `apt-get install nats-server`).
 *
 *     deno run -A examples/cluster/main.ts [--dashboard] [folder]
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { TaskRunner } from "@workflowy/workflowy";
import { natsPool } from "@workflowy/workflowy/nats";
import { measure } from "./tasks.ts";

const wantsDashboard = Deno.args.includes("--dashboard");
const folder = Deno.args.find((arg) => !arg.startsWith("--")) ?? fromFileUrl(new URL("../", import.meta.url));
const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => join(folder, name)).sort();

const data = await Deno.makeTempDir();
const port = freePort();
const servers = `127.0.0.1:${port}`;
const server = start("nats-server", ["-js", "-sd", data, "-a", "127.0.0.1", "-p", `${port}`]);
const workers = await Promise.all(["left", "right"].map(startWorker));

try {
  await using runner = new TaskRunner({ pools: { cluster: natsPool({ name: "files", servers, lease: "2s" }) } });
  await using ui = wantsDashboard ? (await import("@workflowy/workflowy/dashboard")).dashboard(runner) : undefined;
  if (ui !== undefined) console.log(`Watch it: ${ui.url}`);
  const handles = measure.with({ runner }).map(files);
  const run = runner.run();
  while (runner.statistics().running < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(`${files.length} files, 2 workers; one of them is killed now`);
  workers[0]!.kill("SIGKILL");
  await run;
  const facts = await Promise.all(handles);
  const again = handles.filter(({ attempts }) => attempts > 1).length;
  console.log(
    `All ${facts.length} files were read; ${again > 0 ? "some" : "none"} of them ran again on the other worker`,
  );
  console.log(`They have ${facts.reduce((sum, each) => sum + each.words, 0)} words`);
} finally {
  for (const each of workers) end(each);
  end(server);
  await Promise.all([server, ...workers].map((each) => each.status));
  await Deno.remove(data, { recursive: true });
}

/** Starts a worker; resolves once it takes jobs. */
async function startWorker(name: string): Promise<Deno.ChildProcess> {
  const program = fromFileUrl(import.meta.resolve("./worker.ts"));
  const worker = new Deno.Command(Deno.execPath(), { args: ["run", "-A", program, servers, name], stdout: "piped" })
    .spawn();
  const reader = worker.stdout.getReader();
  await reader.read(); // it is ready
  reader.cancel();
  return worker;
}

function start(program: string, args: string[]): Deno.ChildProcess {
  return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
}

function end(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
