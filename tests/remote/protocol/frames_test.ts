import { assert, assertEquals, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import { NonRetryableError, TaskTimeoutError } from "../../../mod.ts";
import { type AttemptEvent, decodeEvents, EventBatch } from "../../../src/remote/protocol/event_frame.ts";
import { decodeHello, encodeHello } from "../../../src/remote/protocol/hello_frame.ts";
import { decodeJob, encodeJob } from "../../../src/remote/protocol/job_frame.ts";
import { checkSize, MAX_VALUE } from "../../../src/remote/protocol/limits.ts";
import { decodeOrder, encodeOrder, type Order } from "../../../src/remote/protocol/order_frame.ts";
import { decodeOutcomes, type Outcome, OutcomeBatch } from "../../../src/remote/protocol/outcome_frame.ts";
import { isToken, tokenOf } from "../../../src/remote/protocol/token.ts";
import { decodeValue } from "../../../src/remote/protocol/value_frame.ts";
import { randomOf } from "../../support.ts";

const HEAD = {
  run: "r",
  token: "a:1",
  submission: 0xffff_ffff,
  id: "a",
  number: 1,
  name: "n",
  definedAs: "d",
  version: "",
  timeout: 5.5,
  headers: { traceparent: "00-1" },
  prints: true,
  permissions: { read: ["./photos"], net: false },
  memoryLimitMb: 64,
};
const LARGE = 1 << 20;

function batchOf(...outcomes: [string, Outcome][]): Uint8Array {
  const batch = new OutcomeBatch("w", LARGE);
  for (const [token, outcome] of outcomes) assertEquals(batch.add(token, "a", outcome), "added");
  return batch.take(3);
}

function eventsOf(): Uint8Array {
  const batch = new EventBatch("w", LARGE);
  assert(batch.add("a:1", { kind: "begun" }));
  assert(batch.add("a:2", { kind: "progress", fraction: 0.5, message: "half" }));
  assert(batch.add("a:3", { kind: "log", level: "warn", data: ["x", new Map([[1, 2]])] }));
  assert(batch.add("a:4", { kind: "print", source: "output", level: "error", text: "said\n" }));
  return batch.frame;
}

const HELLO = { worker: "w", slots: 4, busy: 1, ahead: 2, leaving: false, tags: ["gpu"], tasks: ["a", "b@2"] };

Deno.test("a job is read as it was written, and large arguments are apart", () => {
  const { frame, apart } = encodeJob(HEAD, [1, new Date(0)], LARGE);
  assertEquals([decodeJob(frame), apart], [{ ...HEAD, args: [1, new Date(0)] }, undefined]);
  const large = encodeJob(HEAD, ["x".repeat(1_000)], 500);
  assertEquals(decodeJob(large.frame), { ...HEAD, args: undefined });
  assertEquals(decodeValue(large.apart!), ["x".repeat(1_000)]);
});

Deno.test("outcomes are read as they were written", () => {
  const frame = batchOf(
    ["a:1", { kind: "completed", value: new Set([1]) }],
    ["a:2", { kind: "failed", error: new RangeError("no") }],
    ["a:3", { kind: "timedOut" }],
    ["a:4", { kind: "returned", submission: 7 }],
  );
  const [first, second, ...rest] = [...decodeOutcomes(frame)];
  assertEquals(first, { token: "a:1", worker: "w", ahead: 3, outcome: { kind: "completed", value: new Set([1]) } });
  assert(second?.outcome.kind === "failed");
  assertInstanceOf(second.outcome.error, RangeError);
  assertEquals(rest.map(({ outcome }) => outcome), [{ kind: "timedOut" }, { kind: "returned", submission: 7 }]);
});

Deno.test("a result that cannot travel is a failure, and one that is large is apart", () => {
  const batch = new OutcomeBatch("w", 9_000);
  assertEquals(batch.add("a:1", "a", { kind: "completed", value: () => {} }), "added");
  assertEquals(batch.add("a:2", "a", { kind: "completed", value: "x".repeat(9_000) }), "full");
  const [record] = [...decodeOutcomes(batch.take(3))];
  assert(record?.outcome.kind === "failed");
  assertInstanceOf(record.outcome.error, TypeError);
  const bytes = new OutcomeBatch("w", 500).add("a:2", "a", { kind: "completed", value: "x".repeat(600) });
  assertEquals(decodeValue(bytes as Uint8Array), "x".repeat(600));
});

Deno.test("an error that is too large is replaced by one that says so", () => {
  const batch = new OutcomeBatch("w", 2_000);
  assertEquals(batch.add("a:1", "a", { kind: "failed", error: new Error("x".repeat(5_000)) }), "added");
  const [record] = [...decodeOutcomes(batch.take(3))];
  assert(record?.outcome.kind === "failed");
  assertInstanceOf(record.outcome.error, RangeError);
});

Deno.test("events, greetings and orders are read as they were written", () => {
  assertEquals([...decodeEvents(eventsOf())].map(({ token, event }) => [token, event]), [
    ["a:1", { kind: "begun" }],
    ["a:2", { kind: "progress", fraction: 0.5, message: "half" }],
    ["a:3", { kind: "log", level: "warn", data: ["x", new Map([[1, 2]])] }],
    ["a:4", { kind: "print", source: "output", level: "error", text: "said\n" }],
  ]);
  assertEquals(decodeHello(encodeHello(HELLO, LARGE)), HELLO);
  const many = { ...HELLO, tasks: Array.from({ length: 1_000 }, (_, x) => `task-${x}`) };
  assert(decodeHello(encodeHello(many, 500)).tasks.length < 100);
  const orders: Order[] = [
    { kind: "rollCall" },
    { kind: "unwanted", run: "r", token: "a:1" },
    { kind: "prints", run: "r" },
  ];
  for (const order of orders) assertEquals(decodeOrder(encodeOrder(order, LARGE)), order);
  const abort: Order = { kind: "abort", run: "r", token: "a:1", reason: new TaskTimeoutError("x".repeat(1_000)) };
  const short = decodeOrder(encodeOrder(abort, 500));
  assert(short.kind === "abort");
  assertInstanceOf(short.reason, TaskTimeoutError);
});

Deno.test("lines that are too long for a frame are cut, and what cannot travel goes as a string", () => {
  const read = (event: AttemptEvent) => {
    const batch = new EventBatch("w", 3_700);
    assert(batch.add("a:1", event));
    const { frame } = batch;
    assert(frame.length <= 3_700);
    return [...decodeEvents(frame)][0]!.event;
  };
  const long = "\u{1f600}".repeat(5_000);
  const printed = read({ kind: "print", source: "console", level: "info", text: long });
  assert(printed.kind === "print");
  assertEquals(printed.text, `${"\u{1f600}".repeat(500)} … (9000 more characters did not fit into a message)\n`);
  const logged = read({ kind: "log", level: "info", data: [long, { a: long }] });
  assert(logged.kind === "log");
  assertMatch(String(logged.data[0]), /more characters did not fit/);
  assertEquals(read({ kind: "log", level: "info", data: ["f:", () => {}] }), {
    kind: "log",
    level: "info",
    data: ["f: [Function (anonymous)]"],
  });
  const progress = read({ kind: "progress", fraction: 1, message: long });
  assert(progress.kind === "progress");
  assertEquals(progress.message, long.slice(0, 1_000));
  const full = new EventBatch("w", 3_700);
  assert(full.add("a:1", { kind: "begun" }));
  assertEquals(full.add("a:1", { kind: "print", source: "console", level: "info", text: long }), false);
});

Deno.test("a token is one whatever the id is, and another one for each id", () => {
  assertEquals(tokenOf({ id: "load#1", number: 2 }), "load#1:2");
  assertEquals(tokenOf({ id: "load#1", number: 2, round: 1 }), "load#1:2+1");
  const ids = ["a.b", "a b", "*", ">", "ü", "x".repeat(1_000), "x".repeat(1_001), "\ud800", ""];
  const tokens = ids.map((id) => tokenOf({ id, number: 1 }));
  for (const each of tokens) assert(isToken(each), each);
  assertEquals(new Set(tokens).size, ids.length);
  for (const each of ["a.b:1", "a b", "*", "", "x".repeat(300)]) assertEquals(isToken(each), false, each);
});

Deno.test("what is larger than the limit says so", () => {
  checkSize(MAX_VALUE, "It would");
  assertThrows(() => checkSize(MAX_VALUE + 1, "It would"), NonRetryableError, "can travel");
});

Deno.test("whatever bytes arrive, reading them ends with a value or an error", () => {
  const random = randomOf(7);
  const frames = [
    encodeJob(HEAD, [{ a: [1, 2, 3] }, new Map([[1, 2]])], LARGE).frame,
    batchOf(["a:1", { kind: "completed", value: [1n] }], ["a:2", { kind: "failed", error: new Error("e") }]),
    eventsOf(),
    encodeHello(HELLO, LARGE),
    encodeOrder({ kind: "abort", run: "r", token: "a:1", reason: new Error("e") }, LARGE),
  ];
  const readers = [
    decodeJob,
    (frame: Uint8Array) => [...decodeOutcomes(frame)],
    (frame: Uint8Array) => [...decodeEvents(frame)],
    decodeHello,
    decodeOrder,
    decodeValue,
  ];
  let refused = 0;
  for (let round = 0; round < 3_000; round++) {
    const frame = frames[random(frames.length)]!.slice(0, random(3) === 0 ? random(60) : undefined);
    for (let changes = random(4); changes > 0; changes--) frame[random(frame.length || 1)] = random(256);
    for (const read of readers) {
      try {
        read(frame);
      } catch (error) {
        assertInstanceOf(error, Error);
        refused++;
      }
    }
  }
  assert(refused > 3_000);
});
