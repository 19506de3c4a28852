import { assertEquals, assertRejects } from "@std/assert";
import { WsHub } from "../../../src/remote/ws/hub.ts";
import { CLOSE, VERSION } from "../../../src/remote/ws/messages.ts";
import { until } from "../../support.ts";
import { freePort, hubSetup, notingRunner, openHub, play } from "./support.ts";

const frame = new Uint8Array([1]);

Deno.test("WsHub answers requests that are none of a worker, and pages of browsers, with an error", async () => {
  await using at = await openHub();
  const url = `http://127.0.0.1:${at.port}/`;
  const statusOf = async (init: RequestInit) => {
    const response = await fetch(url, init);
    await response.text();
    return response.status;
  };
  assertEquals(await statusOf({}), 426);
  assertEquals(await statusOf({ method: "POST", body: "x" }), 426);
  const raw = async (headers: string[]) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: at.port });
    await connection.write(new TextEncoder().encode(["GET / HTTP/1.1", "Host: x", ...headers, "", ""].join("\r\n")));
    const bytes = new Uint8Array(1_000);
    return new TextDecoder().decode(bytes.subarray(0, await connection.read(bytes) ?? 0)).split("\r\n")[0];
  };
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket"];
  assertEquals(await raw(upgrade), "HTTP/1.1 400 Bad Request");
  const key = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"];
  assertEquals(await raw([...upgrade, ...key, "Origin: https://example.com"]), "HTTP/1.1 403 Forbidden");
  assertEquals(await raw([...upgrade, ...key]), "HTTP/1.1 101 Switching Protocols");
});

Deno.test("WsHub refuses workers with another token, of another pool, and of another version", async () => {
  await using at = await openHub({ token: "right" });
  for (const token of ["", "wrong", "righ", "right "]) {
    const { channel, heard } = await play(at.port, { token });
    const { code, reason } = await channel.ended;
    assertEquals([code, reason, heard.length], [CLOSE.token, "Another token", 0]);
  }
  const other = await play(at.port, { token: "right", name: "other" });
  assertEquals((await other.channel.ended).code, CLOSE.pool);
  const socket = new WebSocket(`ws://127.0.0.1:${at.port}`);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.onopen = () => {
    const join = new Uint8Array(5);
    new DataView(join.buffer).setUint32(1, VERSION + 1, true);
    socket.send(join);
  };
  assertEquals((await closed).code, CLOSE.version);
  const good = await play(at.port, { token: "right" });
  await until("it is welcome", () => good.of("welcome").length === 1);
  await good.close();
});

Deno.test("WsHub survives workers that send what they should not, and others are served meanwhile", async () => {
  await using at = await openHub();
  const good = await play(at.port);
  const nothing = new Uint8Array(0);
  const badly: ((each: Awaited<ReturnType<typeof play>>) => void)[] = [
    ({ channel }) => channel.send("job", frame),
    ({ channel }) => channel.send("join", VERSION, "tested", "again", ""),
    ({ channel }) => channel.send("put", "run", "r:a:1", 2 ** 32 - 1, 0, nothing),
    ({ channel }) => channel.send("put", "run", "r:a:1", 10, 5, nothing),
    ({ channel }) => channel.send("put", "run", "r:a:1", 1, 0, new Uint8Array(2)),
    ({ channel }) => channel.send("put", "run", "r".repeat(1_000), 1, 0, frame),
  ];
  for (const bad of badly) {
    const worker = await play(at.port);
    bad(worker);
    assertEquals((await worker.channel.ended).code, CLOSE.unreadable);
  }
  const nameless = await play(at.port, { id: "../x" });
  assertEquals((await nameless.channel.ended).code, CLOSE.unreadable);
  // What is only useless does no harm.
  good.channel.send("get", "run", "none", 2 ** 32 - 1);
  good.channel.send("tell", "another run", frame);
  good.channel.send("want", 2 ** 32 - 1, 2 ** 32 - 1);
  good.channel.send("ping", 2 ** 32 - 1);
  await good.answered();
  assertEquals(good.of("part"), [[[], nothing], [[], nothing]]);
  at.hub.submit("a:1", frame);
  await until("it gets the job", () => good.of("job").length === 1);
  await good.close();
});

Deno.test("WsHub bounds the memory that workers can fill, and serves the others", async () => {
  await using at = await openHub();
  const good = await play(at.port);
  // Announced and never sent: the largest values, as many as there is room for.
  const size = 100 * 2 ** 20;
  const announcing: Awaited<ReturnType<typeof play>>[] = [];
  for (let room = 2 * 2 ** 30; room >= size; room -= size) {
    const worker = await play(at.port);
    worker.channel.send("put", "run", `a:${room}`, size, 0, new Uint8Array(0));
    await until("there is room", () => worker.of("more").length === 1);
    announcing.push(worker);
  }
  const late = await play(at.port);
  late.channel.send("put", "run", "a:late", size, 0, new Uint8Array(0));
  assertEquals((await late.channel.ended).code, CLOSE.late);
  good.channel.send("put", "run", "a:good", 2 ** 20, 0, new Uint8Array(2 ** 20));
  await until("a smaller one is kept", () => good.of("more").length === 1);
  await Promise.all(announcing.map((each) => each.close()));
  // Once those are gone, there is room again.
  await until("the connections are closed there", async () => {
    const again = await play(at.port);
    again.channel.send("put", "run", "a:again", size, 0, new Uint8Array(0));
    let isRefused = false;
    void again.channel.ended.then(() => isRefused = true);
    await until("it is answered", () => isRefused || again.of("more").length === 1);
    await again.close();
    return again.of("more").length === 1;
  });
  // Asked for, and not read.
  const asking = await play(at.port);
  for (let times = 0; times < 100; times++) asking.channel.send("get", "run", "a:good", 0);
  let isEnded = false;
  void asking.channel.ended.then(() => isEnded = true);
  await until("it is closed, or has all", () => isEnded || asking.of("part").length === 100);
  assertEquals(isEnded, true);
  // Never told apart.
  const busy = await play(at.port, { id: "busy" });
  await busy.answered();
  at.hub.forget(Array.from({ length: 100_000 }, (_, number) => `busy:${number}`));
  busy.channel.send("report", 100_000, "run", [], frame);
  assertEquals((await busy.channel.ended).code, CLOSE.unreadable);
  await good.answered();
  await good.close();
});

Deno.test("WsHub reads each batch of outcomes once, and says again that it is of no more use until the worker knows", async () => {
  await using at = await openHub();
  const id = crypto.randomUUID();
  const first = await play(at.port, { id });
  for (const number of [1, 2, 3]) first.channel.send("report", number, "run", [`a:${number}`], frame);
  first.channel.send("report", 4, "another run", ["b:1"], frame);
  await until("three have come", () => at.listener.keys.length === 3);
  await until("that of another run is not wanted", () => first.of("forgotten").length === 1);
  assertEquals(first.of("forgotten"), [[[4]]]);
  assertEquals(first.of("arrived"), [[1], [2], [3]]);
  await first.close();
  at.hub.forget([`${id}:1`, `${id}:3`, "nonsense", "no one:1"]);
  const again = await play(at.port, { id });
  await until("it is welcome", () => again.of("welcome").length === 1);
  assertEquals(again.of("welcome"), [[[1, 3]]]);
  again.channel.send("report", 3, "run", ["a:3"], frame);
  again.channel.send("report", 2, "run", ["a:2"], frame);
  again.channel.send("ping", 4);
  await again.answered();
  assertEquals(again.of("forgotten"), [[[3]]]);
  assertEquals(at.listener.keys.map((key) => key.slice(id.length)), [":1", ":2", ":3", ":2"], "as engines may");
  await again.close();
  const last = await play(at.port, { id });
  await until("it is welcome again", () => last.of("welcome").length === 1);
  assertEquals(last.of("welcome"), [[[]]], "it knows");
  await last.close();
});

Deno.test("WsHub counts jobs that are on their way, and hands none to a worker that is silent", async () => {
  await using at = await openHub({ leaseMs: 1_000 });
  const worker = await play(at.port);
  worker.channel.send("want", 2, 0);
  for (const token of ["a:1", "b:1", "c:1", "d:1"]) at.hub.submit(token, frame);
  await until("it has two", () => worker.of("job").length === 2);
  worker.channel.send("want", 2, 1); // as it said this, one of the two had come
  await until("it has a third one", () => worker.of("job").length === 3);
  worker.channel.send("want", 5, 3);
  await until("it has the fourth one", () => worker.of("job").length === 4);
  await new Promise((resolve) => setTimeout(resolve, 700)); // four of its heartbeats are missing
  at.hub.submit("e:1", frame);
  at.hub.order(frame);
  await until("it is told what it is told", () => worker.of("orders").length === 1);
  const places = await at.hub.locate([{ token: "e:1", submittedAt: 0 }, { token: "a:1", submittedAt: 0 }]);
  assertEquals([...places.values()], ["queued", "taken"]);
  worker.channel.send("want", 4, 4);
  worker.channel.send("ping", 1);
  await until("it gets that as well", () => worker.of("job").length === 5);
  await worker.close();
});

Deno.test("WsHub closes the connection of a worker that is silent for long", async () => {
  await using at = await openHub({ leaseMs: 300 });
  const worker = await play(at.port);
  await until("it is welcome", () => worker.of("welcome").length === 1);
  assertEquals((await worker.channel.ended).code, CLOSE.late);
});

Deno.test("WsHub has one connection for each worker: the last one", async () => {
  await using at = await openHub();
  const id = crypto.randomUUID();
  const first = await play(at.port, { id });
  await until("it is welcome", () => first.of("welcome").length === 1);
  first.channel.send("want", 1, 0);
  const second = await play(at.port, { id });
  assertEquals((await first.channel.ended).code, CLOSE.replaced);
  second.channel.send("want", 1, 0);
  at.hub.submit("a:1", frame);
  await until("it gets the job", () => second.of("job").length === 1);
  await second.close();
});

Deno.test("WsHub waits for a port that is in use; it ends with all connections told", async () => {
  const port = freePort();
  const first = await openHub({ port });
  const worker = await play(first.port);
  const next = openHub({ port });
  await first.hub.close();
  assertEquals((await worker.channel.ended).code, CLOSE.ending);
  const second = await next;
  await using _ = second;
  const aborted = AbortSignal.abort(new Error("not wanted"));
  await assertRejects(() => WsHub.open(hubSetup({ port }), "run", notingRunner(), aborted), Error, "not wanted");
});
