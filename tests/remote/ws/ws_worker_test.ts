import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { WorkerLink, WorkerListener } from "../../../src/remote/engine.ts";
import { within } from "../../../src/core/pause.ts";
import { Channel } from "../../../src/remote/ws/channel.ts";
import { CLOSE, type Handlers, PART } from "../../../src/remote/ws/messages.ts";
import { WsWorker } from "../../../src/remote/ws/ws_worker.ts";
import { recordingLogger, until } from "../../support.ts";
import { freePort, openHub } from "./support.ts";

const never = new AbortController().signal;
const frame = new Uint8Array([1]);

/** A worker, and what it hears. */
class Heard implements WorkerListener {
  readonly news: string[] = [];
  readonly logger = recordingLogger();
  link!: WorkerLink;

  static async at(port: number, { leaseMs = 2_000, token = "", signal = never, name = "tested" } = {}): Promise<Heard> {
    const heard = new Heard();
    const setup = { url: new URL(`ws://127.0.0.1:${port}`), name, token, leaseMs, logger: heard.logger };
    heard.link = await WsWorker.open(setup, heard, signal);
    return heard;
  }

  job(): void {
    this.news.push("job");
  }
  orders(): void {
    this.news.push("orders");
  }
  disconnected(): void {
    this.news.push("disconnected");
  }
  reconnected(): void {
    this.news.push("reconnected");
  }
  failed(error: Error): void {
    this.news.push(error.message);
  }
}

/** A hub that a test plays: it gives each worker that connects to a function. */
function playHub(port: number, meet: (channel: Channel, socket: WebSocket) => Handlers) {
  const channels: Channel[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const channel: Channel = new Channel(socket, {});
    channel.handlers = meet(channel, socket);
    channels.push(channel);
    return response;
  });
  return {
    channels,
    async [Symbol.asyncDispose]() {
      for (const each of channels) each.close(CLOSE.ending, "");
      await within(10_000, Promise.all(channels.map(({ closed }) => closed)));
      await server.shutdown();
    },
  };
}

Deno.test("WsWorker keeps outcomes, and sends them to the next program of its run, until they are on record", async () => {
  const port = freePort();
  const kept: number[] = [];
  const keys: string[][] = [];
  const first = await openHub({ port });
  const worker = await Heard.at(port);
  for (const number of [1, 2, 3]) worker.link.report("run", [`a:${number}`], frame, () => void kept.push(number));
  await until("all have come", () => first.listener.keys.length === 3);
  keys.push([...first.listener.keys]);
  first.hub.forget([keys[0]![1]!]);
  await until("the second is kept", () => kept.length === 1);
  await first.hub.close();
  await until("it knows", () => worker.news.includes("disconnected"));
  worker.link.report("run", ["a:4"], frame, () => void kept.push(4));
  worker.link.report("another run", ["a:4"], frame, () => void kept.push(5));
  {
    await using second = await openHub({ port });
    await until("the rest has come", () => second.listener.keys.length === 3);
    assertEquals(second.listener.keys.slice(0, 2), [keys[0]![0], keys[0]![2]]);
    await until("that of another run is not wanted", () => kept.includes(5));
    second.hub.forget(second.listener.keys);
    await until("all are kept", () => kept.length === 5);
    await until("it is told", () => worker.news.includes("reconnected"));
  }
  assertEquals(worker.news.slice(0, 2), ["disconnected", "reconnected"]);
  assertEquals(kept.sort(), [1, 2, 3, 4, 5]);
  await worker.link.close();
});

Deno.test("WsWorker says after a lease that an outcome is kept which is not on record, and sends it again all the same", async () => {
  const port = freePort();
  const first = await openHub({ port });
  const worker = await Heard.at(port, { leaseMs: 300 });
  let kept = 0;
  worker.link.report("run", ["a:1"], frame, () => kept++);
  await until("it is kept", () => kept === 1);
  await first.hub.close();
  await using second = await openHub({ port });
  await until("it has come again", () => second.listener.keys.length === 1);
  worker.link.report("run", ["a:2"], frame, () => kept++);
  await worker.link.close();
});

Deno.test("WsWorker carries large values both ways, one after the other, and again after its runner was another one", async () => {
  const port = freePort();
  const [small, large] = [new Uint8Array(0), crypto.getRandomValues(new Uint8Array(1 << 16))];
  const huge = new Uint8Array(3 * PART + 7);
  for (let at = 0; at < huge.length; at += large.length) huge.set(large.subarray(0, huge.length - at), at);
  const first = await openHub({ port });
  await first.hub.blobs.put("run", "a:x:1", huge);
  await first.hub.blobs.put("run", "a:y:1", small);
  const worker = await Heard.at(port);
  const { blobs } = worker.link;
  const got = await Promise.all(["a:x:1", "a:y:1", "a:z:1"].map((key) => blobs.get("run", key)));
  assertEquals(got, [huge, small, undefined]);
  assertEquals(await blobs.get("another run", "a:x:1"), undefined);
  await blobs.put("run", "r:x:1", huge);
  await blobs.put("run", "r:y:1", small);
  let kept = 0;
  worker.link.report("run", ["x:1", "y:1", "z:1"], frame, () => kept++);
  const results = async ({ hub, listener }: typeof first) => {
    await until("the outcomes have come", () => listener.keys.length === 1);
    return await Promise.all(["r:x:1", "r:y:1", "r:z:1"].map((key) => hub.blobs.get("run", key)));
  };
  assertEquals(await results(first), [huge, small, undefined]);
  await first.hub.close();
  await using second = await openHub({ port });
  assertEquals(await results(second), [huge, small, undefined]);
  second.hub.forget(second.listener.keys);
  await until("they are on record", () => kept === 1);
  await worker.link.close();
});

Deno.test("WsWorker waits for a runner, and says so once; it waits no more when it is told to end", async () => {
  const port = freePort();
  const controller = new AbortController();
  const waiting = Heard.at(port, { signal: controller.signal });
  const opened = Heard.at(port);
  await new Promise((resolve) => setTimeout(resolve, 700)); // it has tried more than once
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => Heard.at(port, { signal: controller.signal }), Error, "enough");
  await using _ = await openHub({ port });
  const { logger, link, news } = await opened;
  assertEquals(logger.lines.map(({ level }) => level), ["warn"]);
  assertStringIncludes(`${logger.lines[0]!.data[0]}`, `No runner is at ws://127.0.0.1:${port}`);
  assertEquals(news, []);
  await link.close();
});

Deno.test("WsWorker ends with an error that says what to do if a runner refuses it, also later", async () => {
  const port = freePort();
  {
    await using _ = await openHub({ port, token: "the right one" });
    const refused = (own: Parameters<typeof Heard.at>[1], message: string) =>
      assertRejects(() => Heard.at(port, own), Error, `The runner at ws://127.0.0.1:${port} ${message}`);
    await refused({}, "wants a token: give the one of its webSocketPool()");
    const error = await refused({ token: "a wrong one" }, "wants another token: give the one");
    assert(!error.message.includes("wrong one") && !error.message.includes("right one"));
    await refused(
      { token: "the right one", name: "other" },
      'has a pool of the name "tested", and this worker serves "other"',
    );
  }
  const first = await openHub({ port });
  const worker = await Heard.at(port);
  await first.hub.close();
  await using _ = await openHub({ port, token: "new" });
  await until("it is refused", () => worker.news.some((each) => each.includes("wants a token")));
  await worker.link.close();
});

Deno.test("WsWorker survives hubs that send what they should not, and connects again", async () => {
  const port = freePort();
  const part: [number[], Uint8Array] = [[10], new Uint8Array(11)];
  const badly: ((channel: Channel) => Handlers)[] = [
    (channel) => ({ join: () => channel.send("ping", 1) }),
    (channel) => ({ join: () => channel.close(1000, "\x1b[31mred") }),
    (channel) => ({ join: () => (channel.send("welcome", [1, 2, 3]), channel.send("more")) }),
    (channel) => ({ join: () => channel.send("welcome", []), get: () => channel.send("part", ...part) }),
    (channel) => ({ join: () => channel.send("welcome", []), get: () => channel.send("part", [2 ** 32 - 1], frame) }),
    (channel) => ({
      join: () => channel.send("welcome", []),
      get: () => channel.send("part", [10], new Uint8Array(0)),
    }),
    (channel) => ({ join: () => channel.send("welcome", []), get: () => channel.send("more") }),
  ];
  let met = 0;
  await using hub = playHub(port, (channel) => {
    const bad = badly[met++];
    if (bad !== undefined) return bad(channel);
    const nothing = { want() {}, hello() {}, ping() {} };
    return { ...nothing, join: () => channel.send("welcome", []), get: () => channel.send("part", [1], frame) };
  });
  const worker = await Heard.at(port);
  assertEquals(await worker.link.blobs.get("run", "a:x:1"), frame);
  assertEquals(met, badly.length + 1);
  assert(worker.news.every((each) => each === "disconnected" || each === "reconnected"), `${worker.news}`);
  assert(!Deno.inspect(worker.logger.lines).includes("\x1b"), "what a hub says is quoted");
  await worker.link.close();
  await hub.channels.at(-1)!.ended;
});

Deno.test("WsWorker gives up a connection over which nothing comes, and makes another one", async () => {
  const port = freePort();
  let met = 0;
  const nothing = { want() {}, hello() {}, ping() {} };
  await using _ = playHub(port, (channel, socket) => {
    const isDeaf = met++ === 0;
    return {
      ...nothing,
      join: () => {
        channel.send("welcome", []);
        if (isDeaf) socket.onmessage = null; // then it answers nothing
      },
    };
  });
  const worker = await Heard.at(port, { leaseMs: 300 });
  await until("it is connected again", () => worker.news.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 300)); // a lease, in which heartbeats are answered
  assertEquals([worker.news, met], [["disconnected", "reconnected"], 2]);
  await worker.link.close();
});

Deno.test("WsWorker says which outcomes no runner has come for as it ends", async () => {
  const port = freePort();
  const at = await openHub({ port });
  const worker = await Heard.at(port, { leaseMs: 300 });
  await at.hub.close();
  await until("it knows", () => worker.news.length === 1);
  let kept = 0;
  worker.link.report("run", ["a:1", "b:1"], frame, () => kept++);
  await until("it waits no more", () => kept === 1);
  await worker.link.close();
  assertStringIncludes(`${worker.logger.lines.at(-1)!.data[0]}`, "No runner has come for the outcomes of 2 tasks");
});
