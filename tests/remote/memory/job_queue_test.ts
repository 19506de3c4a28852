import { assert, assertEquals, assertFalse } from "@std/assert";
import { JobQueue } from "../../../src/remote/memory/job_queue.ts";
import { until } from "../../support.ts";

const frameOf = (x: number) => new Uint8Array(new Uint32Array([x]).buffer);
const numberOf = (frame: Uint8Array) => new Uint32Array(frame.slice().buffer)[0]!;

Deno.test("JobQueue hands each job out once, in order, to workers in turn, and no more than they want", async () => {
  const queue = new JobQueue();
  const [left, right]: [number[], number[]] = [[], []];
  for (let x = 0; x < 10; x++) queue.submit(`${x}`, frameOf(x));
  queue.want((frame) => void left.push(numberOf(frame)), 3);
  queue.want((frame) => void right.push(numberOf(frame)), 4);
  await until("they have what they want", () => left.length + right.length === 7);
  assertEquals([left, right], [[0, 2, 4], [1, 3, 5, 6]]);
  assertEquals([...queue.queued()], ["7", "8", "9"]);
  assertEquals([queue.locate("0"), queue.locate("9"), queue.locate("10")], ["taken", "queued", "unknown"]);
});

Deno.test("JobQueue hands out nothing that was withdrawn or has ended, nor to a worker that wants no more", async () => {
  const queue = new JobQueue();
  const got: number[] = [];
  const take = (frame: Uint8Array) => void got.push(numberOf(frame));
  for (let x = 0; x < 4; x++) queue.submit(`${x}`, frameOf(x));
  assert(queue.withdraw("0"));
  assertFalse(queue.withdraw("0"));
  assert(queue.ended("1"));
  queue.want(take, 1);
  await until("it has one", () => got.length === 1);
  assertFalse(queue.withdraw("2"), "it was handed out");
  queue.want(take, 1);
  queue.want(take, 0);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(got, [2]);
  // An attempt that has ended may be submitted again, and one that is there is not queued twice.
  queue.ended("2");
  queue.submit("2", frameOf(22));
  queue.submit("3", frameOf(33));
  queue.want(take, 10);
  await until("it has all", () => got.length === 3);
  assertEquals(got, [2, 3, 22]);
});
