/**
 * Shows a service with the dashboard mounted in its own server, below `/jobs`. Here it asks itself, as a person and a program
 * would:
 *
 *     deno run --allow-net=127.0.0.1 examples/dashboard.ts
 *
 * With `--serve` it waits for you instead, and prints the address to open in a browser.
 *
 * @module
 */

import { currentTask, task, TaskRunner } from "@workflowy/workflowy";
import { dashboard } from "@workflowy/workflowy/dashboard";

/** Makes a picture smaller: it takes a while, and fails for some. */
const resize = task({
  name: "resize",
  retries: 1,
  backoffBase: "100ms",
  label: (picture) => picture,
  tags: ["pictures"],
}, async (picture: string) => {
  for (let step = 1; step <= 4; step++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    currentTask()!.progress(step / 4);
  }
  if (picture.endsWith(".txt")) throw new TypeError(`${picture} is not a picture`);
  return `small-${picture}`;
});

const isServing = Deno.args.includes("--serve");
await using runner = new TaskRunner({ name: "pictures", onTaskError: "continue" });
const served = runner.serve();

// It has no server of its own: the one below passes on what is for it.
await using ui = dashboard(runner, { listen: false, basePath: "/jobs", readOnly: false });

const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/jobs" || pathname.startsWith("/jobs/")) return await ui.handler(request);
  if (request.method !== "POST") return new Response("POST the name of a picture\n");
  const handle = runner.submit(resize, await request.text());
  handle.exception(); // starts it, and takes note of a failure, which the dashboard shows
  return Response.json({ id: handle.id }, { status: 202 });
});
const address = `http://127.0.0.1:${server.addr.port}`;
if (isServing) console.log(`Open ${address}${ui.url}`);

for (const picture of ["cat.png", "dog.png", "notes.txt"]) {
  const response = await fetch(address, { method: "POST", body: picture });
  console.log(picture, response.status, await response.json());
}

if (!isServing) {
  const ask = async (path: string) => {
    const response = await fetch(`${address}/jobs${path}`, { headers: { authorization: `Bearer ${ui.token}` } });
    return { status: response.status, body: await response.text() };
  };
  while (runner.statistics().completed + runner.statistics().failed < 3) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { tasks } = JSON.parse((await ask("/api/tasks?status=failed")).body);
  for (const { label, error, attempts } of tasks) console.log(`failed: ${label}, after ${attempts} attempts: ${error}`);
  const lines = (await ask("/metrics")).body.split("\n").filter((line) => /status="(completed|failed)"/.test(line));
  console.log(lines.join("\n"));
  console.log("without the token:", (await fetch(`${address}/jobs/api/state`)).status);

  await runner.stop();
  await served;
  await server.shutdown();
}
