import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { codecNamed } from "../../../src/stores/record_codec.ts";
import { OpenStore } from "../../../src/stores/kv/open_store.ts";
import { checkId, Reading } from "../../../src/stores/kv/reading.ts";
import { CorruptEntry } from "../../../src/stores/kv/errors.ts";
import { saveRecords } from "../../../src/stores/kv/writing.ts";
import { SerialQueue } from "../../../src/stores/serial_queue.ts";
import { record } from "./wrapped_kv.ts";

const JSON_CODEC = codecNamed("json");
const LARGE = "x".repeat(100_000);

async function withStore(job: (store: OpenStore, kv: Deno.Kv) => Promise<void>): Promise<void> {
  using kv = await Deno.openKv(":memory:");
  const settings = { kv, place: { prefix: ["p"] }, codec: JSON_CODEC, owner: "me", leaseMs: 60_000 };
  const store = await OpenStore.open({ ...settings, queue: new SerialQueue() });
  try {
    await job(store, kv);
  } finally {
    await store.close();
  }
}

function save({ space }: OpenStore, ...records: ReturnType<typeof record>[]): Promise<void> {
  return saveRecords(space, records.map(({ id }) => id), records.map((each) => JSON_CODEC.encode(each)));
}

Deno.test("Reading reads small records in pages, and large ones by themselves", () =>
  withStore(async (store) => {
    const small = Array.from({ length: 1_200 }, (_, index) => record(`${index}`));
    await save(store, ...small, record("large", LARGE));
    const reading = await Reading.begin(store.space, JSON_CODEC);
    const sizes: number[] = [];
    let cursor = "";
    do {
      const page = await reading.page(cursor);
      sizes.push(page.records.length);
      cursor = page.cursor;
    } while (cursor !== "");
    assertEquals(sizes, [500, 500, 200]);
    const large = await Promise.all(reading.large().map((each) => reading.current(each)));
    assertEquals(large, [record("large", LARGE)]);
    await reading.end();
  }));

Deno.test("Reading reads what was large as it is by then: small, large or removed", () =>
  withStore(async (store) => {
    await save(store, record("a", LARGE), record("b", LARGE), record("c", LARGE));
    const reading = await Reading.begin(store.space, JSON_CODEC);
    const [a, b, c] = [...reading.large()];
    await save(store, record("a", "small"), record("b", `${LARGE}!`));
    await store.space.change(() => Promise.resolve());
    assertEquals((await reading.page("")).records, []);
    assertEquals(await reading.current(a!), record("a", "small"));
    assertEquals(await reading.current(b!), record("b", `${LARGE}!`));
    assertEquals(await reading.current(c!), record("c", LARGE));
  }));

Deno.test("Reading refuses a record under the key of another one", () =>
  withStore(async (store, kv) => {
    await save(store, record("a"));
    const { value } = await kv.get(["p", "row", "a"]);
    await kv.set(["p", "row", "b"], value);
    const reading = await Reading.begin(store.space, JSON_CODEC);
    await assertRejects(() => reading.page(""), CheckpointError, 'the record there is that of "a"');
    await assertRejects(() => checkId(["k"], record("a"), '"b'), CorruptEntry, 'the record there is that of "a"');
    await checkId(["k"], record("a"), '"a');
  }));
