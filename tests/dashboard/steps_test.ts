import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { countsOf, criticalPath, eachEdge, graphOf } from "../../src/dashboard/ui/graph_model.js";
import { comparison, trends } from "../../src/dashboard/ui/history_model.js";
import { RecentFinishes } from "../../src/dashboard/ui/recent.js";
import { select } from "../../src/dashboard/ui/selection.js";
import { SeqIndex } from "../../src/dashboard/ui/seq_index.js";
import { byName, Durations, failures, longestRunning, throughput } from "../../src/dashboard/ui/statistics.js";
import { finish, firstOf, sortInSteps, STEP } from "../../src/dashboard/ui/steps.js";
import { Store } from "../../src/dashboard/ui/store.js";
import { barsOf } from "../../src/dashboard/ui/timeline_model.js";

const TASKS = 20_000;

/** A store of tasks of five names: every tenth failed, every seventh had two attempts, and each depends on the one before. */
function storeOf(size: number): Store {
  const store = new Store();
  store.clear(0);
  const every = <T>(n: number, value: (row: number) => T) =>
    Object.fromEntries(
      Array.from({ length: size }, (_, row) => row).filter((row) => row % n === 0)
        .map((row) => [row, value(row)]),
    );
  const rows = (value: (row: number) => number) => Array.from({ length: size }, (_, row) => value(row));
  const start = (row: number) => (row * 7_919) % size;
  store.apply({
    now: 0,
    strings: ["a", "b", "c", "d", "e", "async", "tag"],
    add: {
      seq: rows((row) => row + 1),
      status: rows((row) => row % 10 === 0 ? 5 : row % 10 === 9 ? 2 : 4).join(""),
      attempts: rows((row) => row % 7 === 0 ? 2 : 1),
      ready: rows(() => 0),
      started: rows(start),
      finished: rows((row) => start(row) + row % 13),
      worker: Array.from({ length: size }, () => null),
      name: rows((row) => row % 5),
      pool: rows(() => 5),
      submitted: rows(() => 0),
      error: every(10, (row) => `Error: item ${row} is closed`),
      label: every(3, (row) => `shop ${row}`),
      tags: every(4, () => [6]),
      spans: every(7, (row) => [start(row) - 9, start(row) - 5, 5, null, start(row), start(row) + row % 13, 4, null]),
      dependsOn: every(2, (row) => row === 0 ? [] : [row]),
      parent: every(11, (row) => Math.max(1, row - 5)),
    },
    set: undefined,
    drop: undefined,
    summary: undefined,
    last: true,
  });
  return store;
}

/** Makes the columns of a store count what is read of them. */
function counting(store: Store): { reads: number } {
  const counter = { reads: 0 };
  const wrap = (target: object): unknown =>
    new Proxy(target, {
      get(target, key) {
        if (typeof key === "string" && key.charCodeAt(0) < 58) counter.reads++;
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          counter.reads++;
          return Reflect.apply(value, target, args);
        };
      },
    });
  for (const [name, value] of Object.entries(store)) {
    if (ArrayBuffer.isView(value)) Object.assign(store, { [name]: wrap(value) });
  }
  return counter;
}

/** What pages compute from all tasks. */
const WORK: Readonly<Record<string, (store: Store) => Generator<unknown, unknown>>> = {
  "the chart": (store) => throughput(store, 80),
  "numbers by name": (store) => byName(store, 30),
  "failures": (store) => failures(store, 6),
  "what runs the longest": (store) => longestRunning(store, 6),
  "the list": (store) => select(store, new URLSearchParams()),
  "the list, by status, tag and string": (store) =>
    select(store, new URLSearchParams({ status: "completed", tag: "tag", q: "shop 1" })),
  "the list by duration": (store) => select(store, new URLSearchParams({ sort: "-duration" })),
  "the graph by name": (store) => graphOf(store, { mode: "groups", opened: new Set(["a"]), task: undefined, depth: 2 }),
  "the graph around a task": (store) => graphOf(store, { mode: "around", opened: new Set(), task: 9, depth: 5 }),
  "statuses in the graph": (store) =>
    countsOf(store, finish(graphOf(store, { mode: "groups", opened: new Set(), task: undefined, depth: 2 }))),
  "edges": (store) => eachEdge(store, () => {}),
  "the critical path": (store) => criticalPath(store),
  "the timeline": (store) => barsOf(store),
  "durations of before": (store) => trends(store),
  "the last two runs": (store) =>
    comparison(store, [{ mode: "run", startedAt: 9_000 }, { mode: "run", startedAt: 0, finishedAt: 8_999 }]),
};

for (const [name, make] of Object.entries(WORK)) {
  Deno.test(`with very many tasks, no piece of the work takes long: ${name}`, () => {
    const store = storeOf(TASKS);
    const counter = counting(store);
    let [longest, pieces] = [0, 0];
    for (const steps = make(store);;) {
      const before = counter.reads;
      const { done } = steps.next();
      longest = Math.max(longest, counter.reads - before);
      pieces++;
      if (done) break;
    }
    assertLessOrEqual(longest, 20 * STEP); // some reads of each of the tasks of a step
    assert(pieces > 2);
  });
}

Deno.test("sortInSteps() sorts as sort() does, in pieces", () => {
  for (const size of [0, 1, STEP - 1, STEP, STEP + 1, 5 * STEP + 7, 16 * STEP]) {
    const values = Float64Array.from({ length: size }, (_, index) => (index * 7_919) % 101);
    if (size > 3) values[2] = values[3] = Infinity;
    const expected = [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b);
    const sorted = finish(sortInSteps(Int32Array.from(values.keys()), values));
    assertEquals([...sorted], expected);
  }
});

Deno.test("firstOf() is the beginning of what sort() gives", () => {
  const items = Array.from({ length: 3_000 }, (_, index) => (index * 7_919) % 1_009);
  assertEquals(finish(firstOf(items, 12, (a, b) => b - a)), items.toSorted((a, b) => b - a).slice(0, 12));
  assertEquals(finish(firstOf([3, 1], 12, (a, b) => a - b)), [1, 3]);
});

Deno.test("Durations have exact quantiles", () => {
  const durations = new Durations();
  const all = Array.from({ length: 501 }, (_, index) => (index * 37) % 211);
  for (const ms of all) durations.add(ms);
  durations.add(10_000);
  durations.remove(10_000);
  const sorted = all.toSorted((a, b) => a - b);
  assertEquals(durations.quantiles([0.5, 0.95, 1]), [sorted[250]!, sorted[475]!, sorted[500]!]);
  assertEquals(new Durations().quantiles([0.5]), [NaN]);
});

Deno.test("the chart of a run begins with its first task, before any has finished", () => {
  const store = new Store();
  store.clear(Date.now() - 5_000);
  const add = {
    seq: [1],
    status: "2",
    attempts: [1],
    ready: [0],
    started: [0],
    finished: [null],
    worker: [null],
    name: [0],
  };
  store.apply({ now: Date.now(), strings: ["load", "async"], add: { ...add, pool: [1], submitted: [0] }, last: true });
  const chart = finish(throughput(store, 10));
  assertEquals(chart?.first, 0);
  assert(chart!.last >= 4_900);
  assertEquals(finish(throughput(new Store(), 10)), undefined);
});

Deno.test("RecentFinishes counts what finished within the last ten seconds", () => {
  const recent = new RecentFinishes();
  for (let at = 0; at < 60_000; at += 100) recent.add(at);
  recent.add(1_000); // long ago
  assertEquals(Math.round(recent.perSecond(60_000, 0)), 10);
  assertEquals(Math.round(recent.perSecond(65_000, 0)), 5);
  assertEquals(recent.perSecond(90_000, 0), 0);
  const fresh = new RecentFinishes();
  for (let at = 0; at < 1_000; at += 100) fresh.add(at);
  assertEquals(fresh.perSecond(1_000, 0), 10); // it has worked for a second only
});

Deno.test("SeqIndex finds what was set, and keeps nothing of what is gone", () => {
  const index = new SeqIndex();
  for (let seq = 1; seq <= 5_000; seq++) index.set(seq, seq * 2);
  assertEquals([index.get(1), index.get(1_024), index.get(5_000), index.get(5_001), index.get(99_999)], [
    2,
    2_048,
    10_000,
    undefined,
    undefined,
  ]);
  for (let seq = 1; seq <= 5_000; seq++) index.delete(seq);
  index.delete(7);
  assertEquals([index.get(7), index.parts.size], [undefined, 0]);
});

Deno.test("a store keeps its tasks when those between are dropped", () => {
  const store = storeOf(30_000);
  const kept = Array.from({ length: 30_000 }, (_, row) => row + 1).filter((seq) => seq % 3 === 0);
  const expected = kept.map((seq) => {
    const index = store.bySeq.get(seq)!;
    return [store.id(index), store.started[index], store.label.get(index), store.dependsOn.get(index)];
  });
  const drop = Array.from({ length: 30_000 }, (_, row) => row + 1).filter((seq) => seq % 3 !== 0);
  store.apply({ now: 0, drop });
  assertEquals(store.size, 10_000);
  assertEquals([store.uses.name.size, store.uses.name.get(0), store.uses.pool.get(5)], [5, 2_000, 10_000]);
  assertEquals(
    kept.map((seq) => {
      const index = store.bySeq.get(seq)!;
      return [store.id(index), store.started[index], store.label.get(index), store.dependsOn.get(index)];
    }),
    expected,
  );
});
