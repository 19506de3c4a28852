import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { TaskRunner } from "../../../mod.ts";
import { serveTasks, webSocketPool, type WebSocketPoolOptions } from "../../../src/remote/ws/mod.ts";
import { recordingLogger } from "../../support.ts";
import { nap } from "../faults/tasks.ts";

const modules = [import.meta.resolve("../faults/tasks.ts")];

Deno.test("webSocketPool() and serveTasks() refuse options that cannot be right, and say what to do", async () => {
  const pool = (options: object) => () => webSocketPool({ name: "a", port: 0, ...options } as WebSocketPoolOptions);
  const wrong: readonly (readonly [object, string])[] = [
    [{ port: "8790" }, 'port of webSocketPool() must be a number, not "8790"'],
    [{ port: 70_000 }, "port of webSocketPool() must be a whole number from 0 to 65535, not 70000"],
    [
      { hostname: "0.0.0.0" },
      "A pool on 0.0.0.0 can be reached from other machines: give webSocketPool() and its workers a",
    ],
    [{ hostname: "" }, "hostname of webSocketPool() must not be empty"],
    [{ token: "" }, "token of webSocketPool() must be a string of 1 to 1,000 characters"],
    [{ cert: "-----BEGIN CERTIFICATE-----" }, "webSocketPool() needs cert and key, or none of them"],
    [{ cert: "cert.pem", key: "key.pem" }, "cert of webSocketPool() must be in the form PEM"],
    [{ onListen: 1 }, "onListen of webSocketPool() must be a function, not 1"],
    [{ url: "ws://x" }, 'Unknown option "url" of webSocketPool()'],
    [{ name: "a b" }, "name of webSocketPool() must be 1 to 40 letters"],
  ];
  for (const [options, message] of wrong) assertThrows(pool(options), Error, message);
  pool({ hostname: "0.0.0.0", token: "secret" })();
  const serving = (options: object) => () => serveTasks({ name: "a", url: "ws://127.0.0.1:1", modules, ...options });
  const example = 'url of serveTasks() must be an address such as "ws://runner.example.com:8790", not';
  await assertRejects(serving({ url: "http://127.0.0.1:1" }), TypeError, `${example} http:`);
  await assertRejects(serving({ url: "127.0.0.1:1" }), TypeError, `${example} another string`);
  await assertRejects(serving({ url: undefined }), TypeError, `${example} undefined`);
  await assertRejects(
    serving({ url: "ws://u:p@127.0.0.1" }),
    TypeError,
    "must have no user and no password: give the token",
  );
  await assertRejects(serving({ token: 7 }), TypeError, "token of serveTasks() must be a string of 1 to 1,000");
  await assertRejects(serving({ port: 1 }), TypeError, 'Unknown option "port" of serveTasks()');
});

Deno.test("a runner and a worker that know a token run tasks together, and no one says what it is", async () => {
  const token = "tell-no-one-7319";
  const logger = recordingLogger();
  const listening = Promise.withResolvers<{ hostname: string; port: number }>();
  const cluster = webSocketPool({ name: "pages", port: 0, token, onListen: listening.resolve });
  const controller = new AbortController();
  const ready = Promise.withResolvers<void>();
  {
    await using runner = new TaskRunner({ pools: { cluster }, logger });
    const handle = runner.submit(nap, 1, "it");
    const { hostname, port } = await listening.promise;
    assertEquals(hostname, "127.0.0.1");
    const common = { name: "pages", modules, backend: "async", handleSignals: false, logger } as const;
    const url = `ws://127.0.0.1:${port}`;
    const error = await assertRejects(() => serveTasks({ ...common, url, token: `${token}!` }), Error, "another token");
    const served = serveTasks({ ...common, url, token, signal: controller.signal, onReady: () => ready.resolve() });
    await runner.run();
    assertEquals(await handle, "it took 1");
    await ready.promise;
    assert(!Deno.inspect([error, runner, logger.lines, handle], { depth: 9 }).includes(token));
    controller.abort();
    await served;
  }
});

Deno.test("a runner whose port cannot be had fails its tasks with the reason", async () => {
  const logger = recordingLogger();
  const cluster = webSocketPool({ name: "pages", port: 0, hostname: "192.0.2.1", token: "secret" }); // of no machine
  await using runner = new TaskRunner({ pools: { cluster }, logger, onTaskError: "continue" });
  const handle = runner.submit(nap, 1, "it");
  await runner.run();
  const error = await handle.exception();
  assert(error instanceof Error);
  assertStringIncludes(Deno.inspect(logger.lines), 'Pool "cluster" cannot use port 0');
});

Deno.test("a runner whose onListen() throws fails its tasks with that, and listens no more", async () => {
  let port = 0;
  const cluster = webSocketPool({
    name: "pages",
    port: 0,
    onListen(address) {
      ({ port } = address);
      throw new Error("cannot say where it listens");
    },
  });
  await using runner = new TaskRunner({ pools: { cluster }, logger: recordingLogger(), onTaskError: "continue" });
  const handle = runner.submit(nap, 1, "it");
  await runner.run();
  assertStringIncludes(String(await handle.exception()), "cannot say where it listens");
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
});
