import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { entriesOf, filled, P, RECORDS, testRandomDamage } from "./random_damage.ts";
import { record } from "./wrapped_kv.ts";

testRandomDamage(40);

/** Makes sure that what is there cannot be read, and stays as it is. */
async function expectDamage(kv: Deno.Kv, key: string, how: string): Promise<void> {
  const before = await entriesOf(kv);
  await using checkpointer = new KvCheckpointer({ kv });
  const error = await assertRejects(() => Array.fromAsync(checkpointer.load()), CheckpointError);
  assertStringIncludes(error.message, `is damaged at the key ["workflowy", ${key}`);
  assertStringIncludes(error.message, how);
  assertStringIncludes(error.message, "It was left as it is.");
  await checkpointer[Symbol.asyncDispose]();
  const withoutStamps = (entries: Deno.KvEntry<unknown>[]) => entries.map(({ key, value }) => ({ key, value }));
  assertEquals(withoutStamps(await entriesOf(kv)), withoutStamps(before));
}

const [bytesOfA, bytesOfB] = await (async () => {
  using kv = await filled();
  return [(await kv.get<Uint8Array>([P, "row", "a"])).value!, (await kv.get<Uint8Array>([P, "row", "b"])).value!];
})();

/** A row with a right checksum. */
async function rowOf(text: string): Promise<Uint8Array> {
  const { crc32 } = await import("node:zlib");
  const bytes = new TextEncoder().encode(text);
  const row = new Uint8Array(4 + bytes.length);
  new DataView(row.buffer).setUint32(0, crc32(bytes));
  row.set(bytes, 4);
  return row;
}

const NO_RECORD = "its value is not a record";
const ROWS: readonly (readonly [value: unknown, how: string])[] = [
  ["text", NO_RECORD],
  [1n, NO_RECORD],
  [null, NO_RECORD],
  [new Map(), NO_RECORD],
  [new Deno.KvU64(7n), NO_RECORD],
  [new Uint8Array(3), NO_RECORD],
  [new Uint8Array(4), "Unexpected end of JSON input"],
  [bytesOfA.slice(0, -1), "the checksum of the record is another one"],
  [bytesOfA.with(20, 1), "the checksum of the record is another one"],
  [bytesOfB, 'the record there is that of "b"'],
  [await rowOf("[1"), "JSON"],
  [await rowOf("{}"), "id of a record must not be undefined"],
  [await rowOf(JSON.stringify({ ...record("a"), status: "done" })), 'status of a record must not be "done"'],
];

for (const [index, [value, how]] of ROWS.entries()) {
  Deno.test(`KvCheckpointer.load() finds a row that is not a record: ${how} (${index})`, async () => {
    using kv = await filled();
    await kv.set([P, "row", "a"], value);
    await expectDamage(kv, '"row", "a"]', how);
  });
}

const STRANGE_KEYS: readonly (readonly [key: Deno.KvKey, how: string])[] = [
  [[P, "row", 1], "it is not a key of a record"],
  [[P, "row", "a", "b"], "it is not a key of a record"],
  [[P, "row", new Uint8Array(5)], "it is not a key of a record"],
  [[P, "row", new Uint8Array(32)], 'the record there is that of "a"'],
  [[P, "row", "c"], 'the record there is that of "a"'],
];

for (const [key, how] of STRANGE_KEYS) {
  Deno.test(`KvCheckpointer.load() finds a row at a strange key: ${Deno.inspect(key.slice(1))}`, async () => {
    using kv = await filled();
    await kv.set(key, bytesOfA);
    await expectDamage(kv, '"row", ', how);
  });
}

type LargeDamage = (kv: Deno.Kv, manifest: Record<string, unknown>, parts: Deno.KvEntry<unknown>[]) => Promise<unknown>;

const MANIFEST = [P, "large", "large"];
const NO_MANIFEST = "its value does not say where the parts of a record are";
const LARGE: Readonly<Record<string, readonly [how: string, damage: LargeDamage]>> = {
  "a manifest of another type": [NO_MANIFEST, (kv) => kv.set(MANIFEST, 1)],
  "a manifest without count": [NO_MANIFEST, (kv, { count: _, ...rest }) => kv.set(MANIFEST, rest)],
  "a manifest of fewer parts": [NO_MANIFEST, (kv, manifest) => kv.set(MANIFEST, { ...manifest, count: 2 })],
  "a manifest of endless parts": [NO_MANIFEST, (kv, rest) => kv.set(MANIFEST, { ...rest, count: 2 ** 52 })],
  "a manifest of a huge length": [
    "part 2 of 18325193797 is not what was written",
    (kv, rest) => kv.set(MANIFEST, { ...rest, count: Math.ceil(2 ** 50 / 61_440), length: 2 ** 50 }),
  ],
  "another length": [
    "part 2 of 3 is not what was written",
    (kv, rest) => kv.set(MANIFEST, { ...rest, length: 150_000 }),
  ],
  "another checksum": ["the checksum of its parts is another one", (kv, rest) => kv.set(MANIFEST, { ...rest, crc: 1 })],
  "another generation": ["part 0 of 3 is missing", (kv, rest) => kv.set(MANIFEST, { ...rest, generation: "other" })],
  "a first part less": ["part 0 of 3 is missing", (kv, _, parts) => kv.delete(parts[0]!.key)],
  "a middle part less": ["part 1 of 3 is missing", (kv, _, parts) => kv.delete(parts[1]!.key)],
  "a last part less": ["part 2 of 3 is missing", (kv, _, parts) => kv.delete(parts[2]!.key)],
  "a part more": [
    "there are more than 3 parts",
    (kv, _, parts) => kv.set([...parts[0]!.key.slice(0, -1), 3], parts[0]!.value),
  ],
  "a part of another type": ["part 0 of 3 is not what was written", (kv, _, parts) => kv.set(parts[0]!.key, "x")],
  "a shorter part": ["part 1 of 3 is not", (kv, _, parts) => kv.set(parts[1]!.key, new Uint8Array(61_439))],
  "a part that was changed": [
    "the checksum of its parts is another one",
    (kv, _, parts) => kv.set(parts[1]!.key, (parts[1]!.value as Uint8Array).with(7, 7)),
  ],
  "two parts in each other's place": ["the checksum of its parts is another one", async (kv, _, parts) => {
    await kv.set(parts[0]!.key, parts[1]!.value);
    await kv.set(parts[1]!.key, parts[0]!.value);
  }],
  "a row as well": ["", async (kv) => kv.set([P, "row", "large"], await rowOf(JSON.stringify(record("large"))))],
};

for (const [name, [how, damage]] of Object.entries(LARGE)) {
  Deno.test(`KvCheckpointer.load() finds a large record with ${name}`, async () => {
    using kv = await filled();
    const manifest = (await kv.get<Record<string, unknown>>(MANIFEST)).value!;
    const parts = await Array.fromAsync(kv.list({ prefix: [P, "part"] }));
    await damage(kv, manifest, parts);
    await expectDamage(kv, name === "a row as well" ? '"row", "large"]' : '"large", "large"]', how);
  });
}

Deno.test("KvCheckpointer.load() finds manifests at strange keys", async () => {
  for (const key of [[P, "large", 1], [P, "large", "large", "x"], [P, "large", new Uint8Array(31)]]) {
    using kv = await filled();
    await kv.set(key, (await kv.get(MANIFEST)).value);
    await expectDamage(kv, '"large", ', "it is not a key of a record");
  }
});

Deno.test("KvCheckpointer does not take the parts of a record for left over ones", async () => {
  using kv = await filled();
  const { generation } = (await kv.get<{ generation: string }>(MANIFEST)).value!;
  await kv.set([P, "stale", generation], { id: "large" });
  await expectDamage(kv, `"stale", "${generation}"]`, "it says that the parts of a record are left over");
});

Deno.test("KvCheckpointer finds marks of left over parts that are none", async () => {
  const cases: [key: Deno.KvKey, value: unknown][] = [
    [[P, "stale", "x"], null],
    [[P, "stale", "x"], { id: 1 }],
    [[P, "stale", "x"], { id: new Uint8Array(1) }],
    [[P, "stale", 1], { id: "a" }],
    [[P, "stale", "x", "y"], { id: "a" }],
  ];
  for (const [key, value] of cases) {
    using kv = await filled();
    await kv.set(key, value);
    await expectDamage(kv, '"stale", ', "");
  }
});

Deno.test("KvCheckpointer removes parts that a mark says are left over, and no others", async () => {
  using kv = await filled();
  const before = await entriesOf(kv);
  for (const generation of ["x", "y"]) {
    await kv.set([P, "stale", generation], { id: "large" });
    for (let index = 0; index < 40; index++) {
      await kv.set([P, "part", "large", generation, index], new Uint8Array(61_440));
    }
  }
  await kv.set([P, "stale", "z"], { id: "none" });
  await using checkpointer = new KvCheckpointer({ kv });
  assertEquals((await Array.fromAsync(checkpointer.load())).length, RECORDS.length);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(await entriesOf(kv), before);
});

Deno.test("KvCheckpointer refuses headers that it does not know", async () => {
  const damage = 'is damaged at the key ["workflowy", "header"]: its value is not a header of a checkpoint';
  const header = { format: "workflowy-checkpoint", version: 1, codec: "json" };
  const cases: [value: unknown, message: string][] = [
    [
      { ...header, version: 2 },
      "as it has format version 2, and this version of the package reads up to 1; update the",
    ],
    [{ ...header, version: 99, codec: "cbor" }, "as it has format version 99"],
    [
      { ...header, codec: "structured" },
      'as it was written with codec: "structured" and cannot be read with codec: "json"; open it',
    ],
    [{ ...header, codec: "cbor" }, damage],
    [{ ...header, version: 0 }, damage],
    [{ ...header, version: "1" }, damage],
    [{ ...header, format: "other" }, damage],
    ["text", damage],
    [null, damage],
  ];
  for (const [value, message] of cases) {
    using kv = await filled();
    await kv.set([P, "header"], value);
    const before = await entriesOf(kv);
    await using checkpointer = new KvCheckpointer({ kv });
    await assertRejects(() => Array.fromAsync(checkpointer.load()), CheckpointError, message);
    await assertRejects(() => checkpointer.save([record("new")]), CheckpointError, message);
    await assertRejects(() => checkpointer.delete(["a"]), CheckpointError, message);
    assertEquals(await entriesOf(kv), before);
  }
});

Deno.test("KvCheckpointer refuses records without a header", async () => {
  using kv = await filled();
  await kv.delete([P, "header"]);
  await expectDamage(kv, '"header"]', "there are records, but no header");
});

Deno.test("KvCheckpointer keeps saving beside a damaged row, which it can replace or delete", async () => {
  using kv = await filled();
  await kv.set([P, "row", "a"], "x");
  await kv.set([P, "row", "b"], "x");
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save([record("a", "new"), record("c")]);
  await checkpointer.delete(["b"]);
  const found = await Array.fromAsync(checkpointer.load(), ({ id, value }) => [id, value]);
  assertEquals(found.slice(0, 3), [["y".repeat(600), 4], ["a", "new"], ["c", null]]);
});
