import { assertEquals } from "@std/assert";
import type { TaskRecord } from "../../mod.ts";
import { type Entry, entryOf, SaveQueue } from "../../src/durability/save_queue.ts";
import { TaskState } from "../../src/durability/task_state.ts";
import type { Handle } from "../../src/engine/handle.ts";
import { fakeHandle } from "../engine/fake_handle.ts";

function record(id: string, value?: unknown): TaskRecord {
  return { id, name: "work", status: "completed", attempts: 1, args: [], dependsOn: [], value };
}

/** A queue with entries, and unfinished tasks of these numbers. */
function queueOf(entries: readonly Entry[], ...unfinished: readonly number[]): SaveQueue {
  const queue = new SaveQueue();
  for (const entry of entries) queue.push(entry);
  for (const seq of unfinished) queue.track(recordedHandle(seq));
  return queue;
}

/** A handle with a state. */
function recordedHandle(seq: number): Handle {
  const handle = fakeHandle(seq);
  handle.ensureDetails().durable = new TaskState({ args: [], refs: [] }, undefined, undefined, false);
  return handle;
}

const asItIs = (handle: Handle) => entryOf({ record: record(handle.id), encoding: undefined }, handle);

/** The ids of the next batch: what is saved, what is deleted, and whether unfinished tasks were considered. */
function next(queue: SaveQueue, withUnfinished = false) {
  const { entries, deleted, hasUnfinished } = queue.nextBatch(withUnfinished ? asItIs : undefined);
  return [entries.map((each) => each.record.id), [...deleted], hasUnfinished];
}

Deno.test("SaveQueue gives what is to be saved and deleted in order, and unfinished tasks only if they are asked for", () => {
  const queue = queueOf([{ record: record("a") }, { deleted: "b" }, { record: record("c") }], 1, 2);
  assertEquals([queue.size, queue.hasMore(false)], [5, true]);
  assertEquals(next(queue), [["a", "c"], ["b"], false]);
  assertEquals([queue.hasMore(false), queue.hasMore(true), queue.isEmpty], [false, true, false]);
  assertEquals(next(queue, true), [["fake#1", "fake#2"], [], true]);
  assertEquals([queue.isEmpty, next(queue, true)], [true, [[], [], true]]);
});

Deno.test("SaveQueue leaves for a later batch what is saved or deleted under an id that this one deletes", () => {
  const queue = queueOf([{ record: record("a") }, { deleted: "a" }, { record: record("a") }, { record: record("b") }]);
  assertEquals([next(queue), next(queue)], [[["a"], ["a"], false], [["a", "b"], [], false]]);
  const behind = queueOf([{ deleted: "fake#1" }], 1);
  assertEquals([next(behind, true), next(behind, true)], [[[], ["fake#1"], true], [["fake#1"], [], true]]);
});

Deno.test("SaveQueue limits a batch by number and by size, and what is unfinished waits for all entries", () => {
  const many = queueOf(Array.from({ length: 1_001 }, (_, index) => ({ record: record(`${index}`) })), 1);
  assertEquals(many.nextBatch(asItIs).entries.length, 1_000);
  assertEquals(next(many, true), [["1000", "fake#1"], [], true]);
  const large = "x".repeat(5 << 20);
  const heavy = queueOf(["a", "b", "c"].map((id) => ({ record: record(id, large) })));
  assertEquals([next(heavy)[0], next(heavy)[0]], [["a", "b"], ["c"]]);
});

Deno.test("SaveQueue forgets unfinished tasks one by one, or everything, of which it returns the entries", () => {
  const queue = queueOf([{ record: record("a") }, { deleted: "b" }]);
  const handle = recordedHandle(1);
  queue.track(handle);
  queue.untrack(handle);
  assertEquals(queue.size, 2);
  queue.track(handle);
  assertEquals(queue.drop().map((entry) => entry.deleted ?? entry.record?.id), ["a", "b"]);
  assertEquals(queue.isEmpty, true);
  queue.track(handle);
  queue.untrackAll();
  assertEquals(queue.isEmpty, true);
});

Deno.test("SaveQueue has an unfinished task once, however often it was forgotten in between", () => {
  const queue = new SaveQueue();
  const [one, two, three] = [1, 2, 3].map(recordedHandle) as [Handle, Handle, Handle];
  for (const handle of [one, two, three]) queue.track(handle);
  queue.untrack(two); // which stands behind another one
  queue.track(two);
  queue.track(two);
  assertEquals(queue.size, 3);
  queue.untrack(one);
  queue.untrack(one);
  assertEquals([queue.size, next(queue, true), queue.isEmpty], [2, [["fake#2", "fake#3"], [], true], true]);
  queue.track(one);
  assertEquals(next(queue, true), [["fake#1"], [], true]);
});

Deno.test("SaveQueue keeps the order of unfinished tasks while thousands come and go behind one that stays", () => {
  const queue = queueOf([], 1);
  const stays = recordedHandle(2);
  for (let seq = 3; seq < 5_000; seq++) {
    const goes = recordedHandle(seq);
    queue.track(goes);
    if (seq === 2_500) queue.track(stays);
    queue.untrack(goes);
  }
  queue.track(recordedHandle(5_000));
  assertEquals([queue.size, next(queue, true)], [3, [["fake#1", "fake#2", "fake#5000"], [], true]]);
});
