/**
 * Saves what a task was given and what it returned, and prints how many times each was walked over: a `Map`, of which every
 * walk asks for its entries. What V8 does by itself, to clone or to serialize, does not.
 */
const walks = new Map<number, number>();
const entriesOf = Map.prototype.entries;
const forEach = Map.prototype.forEach;

function count(map: Map<unknown, unknown>): void {
  // The sizes tell the maps apart, in copies too.
  if (map.size >= 1_000) walks.set(map.size, (walks.get(map.size) ?? 0) + 1);
}

Map.prototype.entries = Map.prototype[Symbol.iterator] = function (this: Map<unknown, unknown>) {
  count(this);
  return entriesOf.call(this);
};
Map.prototype.forEach = function (this: Map<unknown, unknown>, ...args: Parameters<typeof forEach>) {
  count(this);
  return forEach.apply(this, args);
};

const { FileCheckpointer, KvCheckpointer, MemoryCheckpointer, task, TaskRunner } = await import("../../../mod.ts");

function mapOf(size: number): Map<number, unknown> {
  return new Map(Array.from({ length: size }, (_, key) => [key, { key }] as const));
}

const plain = task({ name: "plain" }, () => mapOf(1_000));
const withError = task({ name: "with-error" }, () => [mapOf(1_001), new TypeError("held")]);
const failing = task({ name: "failing" }, () => {
  throw Object.assign(new Error("failed"), { map: mapOf(1_002) });
});
const takes = task({ name: "takes" }, (map: Map<number, unknown>) => map.size);

const folder = await Deno.makeTempDir();
const checkpointers = {
  memory: new MemoryCheckpointer({ codec: "structured" }),
  file: new FileCheckpointer(`${folder}/state.jsonl`, { codec: "structured" }),
  kv: new KvCheckpointer({ path: ":memory:", codec: "structured" }),
};
const NAMES: readonly string[] = [
  "returned",
  "returned with an error",
  "held by an error that was thrown",
  "given as an argument",
];
const found: Record<string, Record<string, number>> = {};
for (const [name, checkpointer] of Object.entries(checkpointers)) {
  await using runner = new TaskRunner({ checkpointer, onTaskError: "continue" });
  walks.clear();
  const handles = [
    runner.submit(plain),
    runner.submit(withError),
    runner.submit(failing),
    runner.submit(takes, mapOf(1_003)),
  ];
  await runner.run();
  found[name] = Object.fromEntries([...walks].map(([size, count]) => [NAMES[size - 1_000]!, count]));
  if (handles.map(({ status }) => status).join() !== "completed,completed,failed,completed") {
    throw new Error("not as planned");
  }
}
await Deno.remove(folder, { recursive: true });
console.log(JSON.stringify(found));
