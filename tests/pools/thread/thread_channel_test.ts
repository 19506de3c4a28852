import { assert, assertEquals } from "@std/assert";
import type { JobTask } from "../../../src/core/pool.ts";
import { type StartedThread, ThreadChannel } from "../../../src/pools/thread/thread_channel.ts";
import { ThreadKind } from "../../../src/pools/thread/thread_kind.ts";
import { until } from "../../support.ts";
import { AwaitedListener } from "../recording_listener.ts";

/** A thread for a module with that code. */
function started(code: string, taps = false): StartedThread {
  const module = `data:text/javascript,${encodeURIComponent(code)}`;
  return new ThreadKind().start({ name: "early", options: { module } } as unknown as JobTask, taps);
}

Deno.test("ThreadChannel tells what its thread has sent before it was connected, in order", async () => {
  // The second line is too long for the ring.
  const thread = started("for (const length of [1, 100_000, 2]) console.log('x'.repeat(length));", true);
  await until("the thread has sent something", () => thread.events.length > 0);
  const listener = new AwaitedListener();
  const channel = new ThreadChannel(thread, listener);
  assertEquals(listener.heard, []);
  await listener.told;
  const heard = listener.heard.map(([what, , , , text]) => what === "print" ? `${text}`.length : what);
  assertEquals(heard.filter((each) => each !== "caughtUp"), [2, 100_001, 3, "ready"]);
  await channel.end();
});

Deno.test("ThreadChannel passes over what code of its thread posts by itself", async () => {
  const posts = "for (const data of [undefined, null, 'x', {}, [], [1], [1, 'x'], [1, []]]) self.postMessage(data);";
  const listener = new AwaitedListener();
  const channel = new ThreadChannel(started(`${posts} console.log('x'.repeat(100_000));`, true), listener); // by a parcel
  await until("the thread is ready", () => listener.heard.some(([what]) => what === "ready"));
  assertEquals(listener.heard.map(([what]) => what).filter((each) => each !== "caughtUp"), ["print", "ready"]);
  await channel.end();
});

Deno.test("ThreadChannel tells that its thread was lost before it was connected", async () => {
  const thread = started("Deno.exit(1);");
  await until("the thread has sent something", () => thread.events.length > 0);
  const listener = new AwaitedListener();
  const channel = new ThreadChannel(thread, listener);
  assertEquals(listener.heard, []);
  const loss = await listener.told;
  assert(loss?.message.includes("The task called Deno.exit(1)"), loss?.message);
  await channel.end();
});

Deno.test("ThreadChannel tells why its thread could not be started, though that was before it was connected", async () => {
  const { memory, end } = started("");
  await end();
  const worker = new Worker("data:text/javascript,throw new Error('broken')", { type: "module" });
  const events: ErrorEvent[] = [];
  worker.onerror = (event) => {
    event.preventDefault();
    events.push(event);
  };
  await until("the worker has failed", () => events.length > 0);
  const listener = new AwaitedListener();
  const channel = new ThreadChannel({ worker, memory, events, end }, listener);
  assertEquals(listener.heard, []);
  const loss = await listener.told;
  assert(/^A thread could not be started: .*broken$/.test(`${loss?.message}`), loss?.message);
  await channel.end();
});
