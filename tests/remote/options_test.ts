import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { natsPool, type NatsPoolOptions, serveTasks as serveNats } from "../../src/remote/nats/mod.ts";
import { postgresPool, serveTasks as servePostgres } from "../../src/remote/postgres/mod.ts";
import { Redactor } from "../../src/remote/redact.ts";
import { serveHealth } from "../../src/remote/worker/health.ts";
import { MemoryEngines, serveOn } from "./memory_pool.ts";

const modules = [import.meta.resolve("./faults/tasks.ts")];

Deno.test("wrong options of a pool say what is wrong", () => {
  const wrong = (options: object) => () => natsPool(options as NatsPoolOptions);
  assertThrows(wrong({ name: "a b" }), TypeError, "name of natsPool() must be 1 to 40 letters");
  assertThrows(wrong({}), TypeError, "name of natsPool()");
  assertThrows(wrong({ name: "a", leese: 1 }), TypeError, "leese");
  assertThrows(wrong({ name: "a", lease: 10 }), RangeError, "at least 300 ms");
  assertThrows(wrong({ name: "a", maxWorkers: 0 }), RangeError, "maxWorkers of natsPool()");
  assertThrows(wrong({ name: "a", replicas: 0 }), RangeError, "replicas of natsPool()");
  for (
    const [servers, found] of [[3, "3"], [null, "null"], ["", '""'], [[], "an array of 0"], [["a", 3], "3"]] as const
  ) {
    assertThrows(wrong({ name: "a", servers }), TypeError, `or several, not ${found}`);
  }
  assertThrows(wrong({ name: "a", connection: 3 }), TypeError, "connection of natsPool() must be an object");
  assertThrows(() => postgresPool({ name: "a", connection: "http://x" }), RangeError, "connection of postgresPool()");
  assertThrows(() => postgresPool({ name: "a", schema: "" }), RangeError, "schema of postgresPool()");
});

Deno.test("wrong options of a worker say what is wrong", async () => {
  const reject = (options: object, message: string) =>
    assertRejects(() => serveNats({ name: "a", modules, ...options }), Error, message);
  await reject({ modules: [] }, "modules of serveTasks()");
  await reject({ modules: ["./tasks.ts"] }, 'give import.meta.resolve("./tasks.ts")');
  await reject({ concurrency: 0 }, "concurrency of serveTasks()");
  await reject({ backend: "gpu" }, "backend of serveTasks()");
  await reject({ tags: [1] }, "tags of serveTasks()");
  await reject({ health: 8080 }, "The options of health of serveTasks() must be an object, not 8080");
  await reject({ health: { prot: 0 } }, 'Unknown option "prot" of health of serveTasks()');
  await reject({ health: { port: "1" } }, 'port of health of serveTasks() must be a number, not "1"');
  await reject({ health: { port: 0, hostname: "" } }, "hostname of health of serveTasks() must not be empty");
  await reject({ onReady: 3 }, "onReady of serveTasks() must be a function, not 3");
  await reject({ modules: [import.meta.resolve("../support.ts")] }, "defines no tasks");
});

Deno.test("secrets are in no message", async () => {
  const redactor = new Redactor({
    connection: { user: "ann", pass: "hush hush", token: "t0ken" },
    servers: "nats://x:y9z@h",
  });
  assertEquals(redactor.clean("ann said hush hush, t0ken and y9z at //q:w@h"), "ann said ***, *** and *** at //***@h");
  const url = "postgres://ann:s3cret%21@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=/nowhere";
  const error = await assertRejects(() => servePostgres({ name: "a", modules, connection: url }), Error);
  const shown = Deno.inspect(error, { depth: 10 });
  assert(!/s3cret/.test(shown), shown);
});

Deno.test("a worker says whether it is well, and a second module may not have a task of the same name", async () => {
  const controller = new AbortController();
  const ready = Promise.withResolvers<number | undefined>();
  const served = serveOn(new MemoryEngines().of("health"), {
    name: "health",
    modules,
    backend: "async",
    health: { port: 0, hostname: "127.0.0.1" },
    signal: controller.signal,
    worker: "well",
    onReady: ({ healthPort, tasks }) => {
      assertEquals(tasks, ["fault-nap"]);
      ready.resolve(healthPort);
    },
  });
  const response = await fetch(`http://127.0.0.1:${await ready.promise}/healthz`);
  assertEquals([response.status, await response.json()], [200, { status: "serving", worker: "well", jobs: 0 }]);
  const other = await fetch(`http://127.0.0.1:${await ready.promise}/metrics`);
  assertEquals(other.status, 404);
  assertStringIncludes(await other.text(), "Not found");
  controller.abort();
  await served;
});

Deno.test("a worker that leaves, or has no connection, is not well", async () => {
  const state = { isConnected: false, isLeaving: false, jobs: 2 };
  await using server = serveHealth({ port: 0, hostname: "127.0.0.1" }, "ill", { state });
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/healthz`);
    return [response.status, await response.json()];
  };
  assertEquals(await ask(), [503, { status: "disconnected", worker: "ill", jobs: 2 }]);
  Object.assign(state, { isConnected: true, isLeaving: true });
  assertEquals(await ask(), [503, { status: "leaving", worker: "ill", jobs: 2 }]);
});
