import { assert, assertEquals, assertRejects } from "@std/assert";
import { serveTasks } from "../../../src/remote/ws/mod.ts";
import { CLOSE } from "../../../src/remote/ws/messages.ts";
import { recordingLogger, until } from "../../support.ts";
import { LEASE } from "./programs/runner.ts";
import { openHub, play } from "./support.ts";

Deno.test("WsHub says in the end that its port is in use", async () => {
  await using at = await openHub();
  const { port } = at;
  await assertRejects(
    () => openHub({ port }),
    Error,
    `Port ${port} of 127.0.0.1 is in use: end the program that has it`,
  );
});

Deno.test("WsHub closes connections that do not say who they are, and has few of them at a time", async () => {
  await using at = await openHub();
  const sockets = Array.from({ length: 100 }, () => new WebSocket(`ws://127.0.0.1:${at.port}`));
  const closed = sockets.map((socket) => new Promise<CloseEvent>((resolve) => socket.onclose = resolve));
  await until("they are connected", () => sockets.every(({ readyState }) => readyState === WebSocket.OPEN));
  const response = await fetch(`http://127.0.0.1:${at.port}/`);
  await response.text();
  const one = new WebSocket(`ws://127.0.0.1:${at.port}`);
  await new Promise((resolve) => one.onerror = resolve);
  const codes = (await Promise.all(closed)).map(({ code }) => code);
  assert(codes.every((code) => code === CLOSE.late), `${codes}`);
  const worker = await play(at.port);
  await until("it is welcome", () => worker.of("welcome").length === 1);
  await worker.close();
});

Deno.test("A program ends at once after its runner, also with workers that had tasks", async () => {
  const ending = new AbortController();
  const program = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", import.meta.resolve("./programs/runner.ts")],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = program.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = Number((await lines.read()).value);
  const worker = serveTasks({
    name: "ends",
    url: `ws://127.0.0.1:${port}`,
    modules: [import.meta.resolve("./programs/runner.ts")],
    lease: LEASE,
    handleSignals: false,
    signal: ending.signal,
    logger: recordingLogger(),
  });
  assertEquals((await lines.read()).value, "disposed\n");
  const timer = setTimeout(() => program.kill("SIGKILL"), 60_000); // a timer of the connection would take 5 minutes
  assertEquals((await program.status).code, 0);
  clearTimeout(timer);
  await lines.cancel();
  ending.abort();
  await worker;
});
