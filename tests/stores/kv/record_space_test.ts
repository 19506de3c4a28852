import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { OpenStore } from "../../../src/stores/kv/open_store.ts";
import { CorruptEntry } from "../../../src/stores/kv/errors.ts";
import { saveRecords } from "../../../src/stores/kv/writing.ts";
import { SerialQueue } from "../../../src/stores/serial_queue.ts";
import { keysUnder } from "./wrapped_kv.ts";

/** Opens the checkpoint under the prefix "p". */
function open(kv: Deno.Kv): Promise<OpenStore> {
  const settings = { kv, place: { prefix: ["p"] }, codec: { name: "json" }, owner: "me", leaseMs: 60_000 } as const;
  return OpenStore.open({ ...settings, queue: new SerialQueue() });
}

const LARGE = "x".repeat(100_000);

Deno.test("RecordSpace knows which records are large, from the database if that is not certain", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = await open(kv);
  const { space } = store;
  await saveRecords(space, ["a", "large"], ["small", LARGE]);
  const known = await space.large();
  assertEquals([...known.values()].map(({ id }) => id), ["large"]);
  await assertRejects(() => space.change(() => Promise.reject(new Error("no answer"))), Error, "no answer");
  const read = await space.large();
  assertEquals([read === known, [...read]], [false, [...known]]);
  await store.close();
});

Deno.test("RecordSpace removes parts that no record has when it is opened", async () => {
  using kv = await Deno.openKv(":memory:");
  {
    const store = await open(kv);
    await saveRecords(store.space, ["large"], [LARGE]);
    await store.close();
  }
  const before = (await keysUnder(kv, ["p"])).length;
  await kv.set(["p", "stale", "generation"], { id: "gone" });
  for (const index of [0, 1]) await kv.set(["p", "part", "gone", "generation", index], new Uint8Array(5));
  await (await open(kv)).close();
  assertEquals((await keysUnder(kv, ["p"])).length, before);
});

Deno.test("RecordSpace.inspect() says what is damaged, unless another owner has changed it", async () => {
  using kv = await Deno.openKv(":memory:");
  const { space } = await open(kv);
  const damaged = () => Promise.reject(new CorruptEntry(["p", "row", "a"], "odd"));
  await assertRejects(() => space.inspect(damaged), CheckpointError, 'is damaged at the key ["p", "row", "a"]: odd');
  await assertRejects(() => space.inspect(() => Promise.reject(new RangeError("other"))), RangeError, "other");
  await kv.set(["p", "lease"], { owner: "other", until: Date.now() + 60_000 });
  await assertRejects(() => space.inspect(damaged), CheckpointError, "its lease was lost");
});
