import { assert, assertEquals } from "@std/assert";
import { countsOf, criticalPath, graphOf } from "../../src/dashboard/ui/graph_model.js";
import { layOutParts } from "../../src/dashboard/ui/graph_parts.js";
import type { StatusCounts } from "../../src/dashboard/live/messages.ts";
import { select } from "../../src/dashboard/ui/selection.js";
import { byName, failures } from "../../src/dashboard/ui/statistics.js";
import { finish } from "../../src/dashboard/ui/steps.js";
import { Store } from "../../src/dashboard/ui/store.js";

/** A store of completed tasks: name, what it depends on, start and end. */
function storeOf(
  tasks: readonly (readonly [name: string, dependsOn: readonly number[], start: number, end: number])[],
): Store {
  const store = new Store();
  store.clear(0);
  const names = [...new Set(tasks.map(([name]) => name))];
  store.apply({
    now: 0,
    strings: [...names, "async"],
    add: {
      seq: tasks.map((_, index) => index + 1),
      status: tasks.map(() => "4").join(""),
      attempts: tasks.map(() => 1),
      ready: tasks.map(() => 0),
      started: tasks.map(([, , start]) => start),
      finished: tasks.map(([, , , end]) => end),
      worker: tasks.map(() => null),
      name: tasks.map(([name]) => names.indexOf(name)),
      pool: tasks.map(() => names.length),
      submitted: tasks.map(() => 0),
      dependsOn: Object.fromEntries(tasks.map(([, dependsOn], index) => [index, dependsOn])),
    },
    set: undefined,
    drop: undefined,
    summary: undefined,
    last: true,
  });
  return store;
}

const SAMPLE = storeOf([
  ["load", [], 0, 10],
  ["load", [], 0, 40],
  ["parse", [1], 10, 15],
  ["parse", [2], 40, 45],
  ["merge", [3, 4], 45, 60],
  ["ping", [], 90, 91], // ends last, and does not belong to it
]);

function pathOf(store: Store): string[] {
  return finish(criticalPath(store)).map((index) => store.id(index));
}

Deno.test("criticalPath() is the chain that took the longest", () => {
  assertEquals(pathOf(SAMPLE), ["load#2", "parse#4", "merge#5"]);
  assertEquals(pathOf(storeOf([])), []);
});

Deno.test("graphOf() groups tasks by name, and opens groups", () => {
  const groups = finish(graphOf(SAMPLE, { mode: "groups", opened: new Set(), task: undefined, depth: 2 }));
  assertEquals(groups.nodes.map(({ name, tasks }) => [name, tasks.length]), [
    ["load", 2],
    ["parse", 2],
    ["merge#5", 1],
    ["ping#6", 1],
  ]);
  assertEquals(groups.edges.map(({ from, to, count }) => [from, to, count]), [[0, 1, 2], [1, 2, 2]]);
  const opened = finish(graphOf(SAMPLE, { mode: "groups", opened: new Set(["parse"]), task: undefined, depth: 2 }));
  assertEquals(opened.nodes.map(({ name }) => name), ["load", "parse#3", "parse#4", "merge#5", "ping#6"]);
  const around = finish(graphOf(SAMPLE, { mode: "around", opened: new Set(), task: 2, depth: 1 }));
  assertEquals(around.nodes.map(({ name }) => name), ["load#1", "parse#3", "merge#5"]);
});

/** Adds a task under the id of another one, as a retry does. */
function retried(store: Store, { seq, id, name, status, dependsOn }: {
  seq: number;
  id: string;
  name: string;
  status: string;
  dependsOn: readonly number[];
}): void {
  const add = {
    seq: [seq],
    status,
    attempts: [1],
    ready: [0],
    started: [0],
    finished: [1],
    worker: [null],
    name: [store.strings.indexOf(name)],
    pool: [0],
    submitted: [0],
    dependsOn: { 0: dependsOn },
    id: { 0: id },
  };
  store.apply({ now: 0, strings: undefined, add, set: undefined, drop: undefined, summary: undefined, last: true });
}

Deno.test("a task that was retried counts once, as it ended last: among the counts, in the list, and by name", () => {
  const store = storeOf([["load", [], 0, 1], ["parse", [1], 0, 1]]);
  const columns = { attempts: [1], ready: [0], started: [0], finished: [1], worker: [null] };
  const set = { seq: [2], status: "5", ...columns, error: { 0: "Error: no" } };
  store.apply({ now: 0, strings: undefined, add: undefined, set, drop: undefined, summary: undefined, last: true });
  const inAll = () => [
    store.counts[4],
    store.counts[5],
    finish(select(store, new URLSearchParams("status=failed"))).found.length,
    finish(failures(store, 5)).kinds,
    finish(byName(store, 5)).map(({ name, all }) => `${name} ${all}`).sort().join(),
  ];
  assertEquals(inAll(), [1, 1, 1, 1, "load 1,parse 1"]);
  retried(store, { seq: 3, id: "parse#2", name: "parse", status: "4", dependsOn: [1] });
  assertEquals(inAll(), [2, 0, 0, 0, "load 1,parse 1"]);
  store.apply({ now: 0, strings: undefined, add: undefined, set, drop: [2], summary: undefined, last: true });
  assertEquals(inAll(), [2, 0, 0, 0, "load 1,parse 1"]);
  const statistics = Object.fromEntries(
    ["pending", "ready", "running", "retrying", "completed", "failed", "cancelled", "skipped"].map((each) => [each, 0]),
  ) as unknown as StatusCounts;
  const totals = { ...statistics, completed: 2, failed: 1, retried: { ...statistics, failed: 1 }, pools: {} };
  const summary = { statistics: totals };
  store.apply({ now: 0, strings: undefined, add: undefined, set: undefined, drop: undefined, summary, last: true });
  assertEquals(store.overall, { all: 2, finished: 2, failed: 0 });
});

Deno.test("graphOf() has one node for a task that was retried, with its last status and the edges of all", () => {
  const store = storeOf([["load", [], 0, 1], ["parse", [1], 0, 1], ["tell", [2], 0, 1], ["ping", [], 0, 1]]);
  store.status.fill(5, 1, 2);
  retried(store, { seq: 5, id: "parse#2", name: "parse", status: "5", dependsOn: [1] });
  retried(store, { seq: 6, id: "parse#2", name: "parse", status: "4", dependsOn: [1] });
  for (const mode of ["tasks", "groups"]) {
    const graph = finish(graphOf(store, { mode, opened: new Set(), task: undefined, depth: 2 }));
    assertEquals(graph.nodes.map(({ name, tasks }) => [name, tasks]), [
      ["load#1", [0]],
      ["tell#3", [2]],
      ["ping#4", [3]],
      ["parse#2", [5]],
    ]);
    assertEquals(graph.edges.map(({ from, to }) => [from, to]), [[0, 3], [3, 1]]);
    assertEquals(finish(countsOf(store, graph))[3], [0, 0, 0, 0, 1, 0, 0, 0]);
  }
  const around = finish(graphOf(store, { mode: "around", opened: new Set(), task: store.find("parse#2"), depth: 1 }));
  assertEquals(around.nodes.map(({ name }) => name), ["load#1", "tell#3", "parse#2"]);
});

Deno.test("a store finds the last task with an id once those before it are dropped", () => {
  const store = storeOf([["load", [], 0, 1]]);
  retried(store, { seq: 2, id: "price", name: "load", status: "5", dependsOn: [] });
  retried(store, { seq: 3, id: "price", name: "load", status: "4", dependsOn: [] });
  store.drop([2]);
  assertEquals(store.find("price"), 2);
  store.drop([3]);
  assertEquals(store.find("price"), undefined);
});

Deno.test("layOutParts() lays out what is not connected by itself, and fills the room with it", () => {
  const chains = 30;
  const edges = Array.from({ length: chains }, (_, chain): [number, number][] => [
    [3 * chain, 3 * chain + 1],
    [3 * chain + 1, 3 * chain + 2],
  ]).flat();
  const sizes = Array.from({ length: 3 * chains + 10 }, () => ({ width: 100, height: 30 }));
  const gaps = { layerGap: 50, nodeGap: 10 };
  const { x, y, width, height, paths } = layOutParts(sizes, edges, gaps, { width: 800, height: 600 });
  for (let a = 0; a < sizes.length; a++) {
    assert(x[a]! >= 0 && x[a]! + 100 <= width && y[a]! >= 15 && y[a]! + 15 <= height);
    for (let b = 0; b < a; b++) assert(Math.abs(x[a]! - x[b]!) >= 100 || Math.abs(y[a]! - y[b]!) >= 30);
  }
  edges.forEach(([from, to], edge) => {
    assertEquals(paths[edge]!.slice(0, 2), [x[from]! + 100, y[from]!]);
    assertEquals(paths[edge]!.slice(-2), [x[to]!, y[to]!]);
  });
  assert(width / height > 0.8 && width / height < 2.2); // the room is 4 : 3; one below the other would be 1 : 4
  assertEquals(layOutParts([], [], gaps, { width: 800, height: 600 }).x, []);
});
