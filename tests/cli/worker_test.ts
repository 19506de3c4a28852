import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TaskRunner } from "../../mod.ts";
import { acceptCommands } from "../../src/observe/mod.ts";
import { webSocketPool } from "../../src/remote/ws/mod.ts";
import { nap } from "../remote/faults/tasks.ts";
import { load, NATS } from "../remote/faults/engines.ts";
import { oneLineOf, workflowy } from "./support.ts";

const TASKS = fromFileUrl(import.meta.resolve("../remote/faults/tasks.ts"));

Deno.test({
  name: NATS.missing === undefined
    ? "worker serves the tasks of a module, and ends with SIGTERM"
    : `worker serves tasks (skipped: ${NATS.missing})`,
  ignore: NATS.missing !== undefined,
  fn: async () => {
    await using server = await NATS.start();
    const args = ["--engine", "nats", "--name", "cli", "--server", server.address, "--worker", "w1"];
    args.push("--concurrency", "3", "--tag", "gpu", "--tag", "room 7", TASKS);
    const child = workflowy.spawn(["worker", ...args], { stdout: "null", stderr: "piped" });
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    assertStringIncludes((await reader.read()).value ?? "", "w1 serves fault-nap to pools of the name cli");
    const { pool } = await load("nats", server.address);
    await using runner = new TaskRunner({ pools: { cluster: pool("cli", 10_000) } });
    assertEquals(await runner.submit(nap, 1, "it"), "it took 1");
    await using _ = acceptCommands(runner, { program: "worker-test" });
    const list = (...flags: string[]) => workflowy(["workers", "--program", "worker-test", ...flags]);
    assertMatch((await list()).stdout, /^WORKER +POOL +BUSY +SLOTS +TAGS\nw1 +cluster +0 +3 +gpu room 7\n$/);
    assertEquals(
      JSON.parse((await list("--json")).stdout),
      { pool: "cluster", name: "w1", slots: 3, busy: 0, tags: ["gpu", "room 7"] },
    );
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
    await reader.cancel();
  },
});

Deno.test("worker serves the tasks of a module to a runner without a server, whose token is in its environment", async () => {
  const listening = Promise.withResolvers<number>();
  const token = "tell-no-one-2846";
  const onListen = ({ port }: { readonly port: number }) => listening.resolve(port);
  const cluster = webSocketPool({ name: "cli", port: 0, token, onListen });
  await using runner = new TaskRunner({ pools: { cluster } });
  const handle = runner.submit(nap, 1, "it");
  const server = `ws://127.0.0.1:${await listening.promise}`;
  const args = ["worker", "--engine", "ws", "--name", "cli", "--server", server, TASKS];
  const refused = await oneLineOf(args, { env: { WORKFLOWY_TOKEN: "another-one-2846" } });
  assertStringIncludes(refused, `The runner at ${server} wants another token`);
  assertEquals(refused.includes("2846"), false);
  const child = workflowy.spawn(args, { stdout: "null", stderr: "piped", env: { WORKFLOWY_TOKEN: token } });
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  assertStringIncludes((await reader.read()).value ?? "", "serves fault-nap to pools of the name cli");
  await runner.run();
  assertEquals(await handle, "it took 1");
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
  await reader.cancel();
});

Deno.test("worker says what is wrong in a line", async () => {
  const wrong = ["worker", "--engine", "nats", "--name", "no good", TASKS];
  assertStringIncludes(await oneLineOf(wrong), "name of serveTasks() must be");
  const other = ["worker", "--engine", "nats", "--name", "good", "--schema", "mine", TASKS];
  assertStringIncludes(await oneLineOf(other), "--schema is an option of Postgres");
  const nowhere = ["worker", "--engine", "ws", "--name", "good", TASKS];
  assertStringIncludes(await oneLineOf(nowhere), "such as --server ws://runner.example.com:8790");
  assertStringIncludes(await oneLineOf([...nowhere, "--replicas", "3"]), "--replicas is an option of NATS");
  assertStringIncludes(
    await oneLineOf([...nowhere, "--server", "10.0.0.1:8790"]),
    "url of serveTasks() must be an address",
  );
});
