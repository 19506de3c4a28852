import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { type ByteCodec, CheckpointError, FileCheckpointer, KvCheckpointer, MemoryCheckpointer } from "../../mod.ts";
import type { Checkpointer, TaskRecord } from "../../src/core/checkpointer.ts";
import { resolveCodec } from "../../src/stores/byte_codec.ts";
import { checkpointerCases } from "../../src/testing/mod.ts";
import { tempFolder } from "../support.ts";

const gzip: ByteCodec = { name: "gzip", encode: (bytes) => gzipSync(bytes), decode: (bytes) => gunzipSync(bytes) };

/** Encrypts with AES-256-GCM: 12 bytes of nonce, 16 of the tag, and the rest. */
function aes(key: Uint8Array): ByteCodec {
  return {
    name: "aes-256-gcm",
    base: "structured",
    encode(bytes) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const encrypted = [cipher.update(bytes), cipher.final()];
      return Buffer.concat([nonce, cipher.getAuthTag(), ...encrypted]);
    },
    decode(bytes) {
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
    },
  };
}

/** What makes each kind of store, in a folder. */
const STORES: Readonly<Record<string, (path: string, codec: ByteCodec | "json" | "structured") => Checkpointer>> = {
  FileCheckpointer: (path, codec) => new FileCheckpointer(`${path}.jsonl`, { codec, fsync: "never" }),
  KvCheckpointer: (path, codec) => new KvCheckpointer({ path: `${path}.db`, codec }),
};

function record(id: string, value: unknown): TaskRecord {
  return { id, name: "n", status: "completed", attempts: 1, args: ["secret"], dependsOn: [], value };
}

Deno.test("a checkpointer with a codec for bytes keeps the rules of checkpointers", async () => {
  const codec = aes(randomBytes(32));
  const stores = new Map<string, MemoryCheckpointer>();
  const open = (store: string) => stores.getOrInsertComputed(store, () => new MemoryCheckpointer({ codec }));
  const options = { largestBatch: 300, largestValue: 200_000, seed: 1 };
  for (const { run } of checkpointerCases(open, options)) await run();
});

for (const [kind, open] of Object.entries(STORES)) {
  Deno.test(`${kind} encrypts all of a record but its id`, async () => {
    await using folder = await tempFolder();
    const codec = aes(randomBytes(32));
    const records = [record("a#1", new Map([["x", "hidden"]])), record("large", "hidden".repeat(30_000))];
    {
      await using store = open(folder.file("state"), codec);
      assertEquals(store.codec, "structured");
      await store.save(records);
    }
    for (const { name } of Deno.readDirSync(folder.path)) {
      const content = Deno.readTextFileSync(folder.file(name));
      assert(!/secret|hidden/.test(content), name);
    }
    await using store = open(folder.file("state"), codec);
    const found = await Array.fromAsync(store.load());
    assertEquals(found.sort((a, b) => a.id < b.id ? -1 : 1), records);
  });

  Deno.test(`${kind} refuses what was written with another codec, and says with which`, async () => {
    const written: readonly (readonly [ByteCodec | "json", string])[] = [
      ["json", 'codec: "json"'],
      [gzip, 'codec: "json" in "gzip"'],
      [{ ...gzip, name: "zip" }, 'codec: "json" in "zip"'],
      [{ ...gzip, base: "structured" }, 'codec: "structured" in "gzip"'],
    ];
    for (const [first, writtenWith] of written) {
      await using folder = await tempFolder();
      {
        await using store = open(folder.file("state"), first);
        await store.save([record("a", 1)]);
      }
      for (const [second, readWith] of written) {
        if (second === first) continue;
        await using store = open(folder.file("state"), second);
        const message = `was written with ${writtenWith} and cannot be read with ${readWith}; open it with `;
        await assertRejects(() => Array.fromAsync(store.load()), CheckpointError, message);
        await assertRejects(() => store.save([record("b", 1)]), CheckpointError, message);
      }
    }
  });

  Deno.test(`${kind} says so if the key is another one`, async () => {
    await using folder = await tempFolder();
    {
      await using store = open(folder.file("state"), aes(randomBytes(32)));
      await store.save([record("a", 1)]);
    }
    await using store = open(folder.file("state"), aes(randomBytes(32)));
    const error = await assertRejects(() => Array.fromAsync(store.load()), CheckpointError);
    assert(/decode\(\) of the codec "aes-256-gcm" fails with .*, as it does with another key, say/.test(error.message));
  });

  Deno.test(`${kind} names the records that a codec cannot encode`, async () => {
    await using folder = await tempFolder();
    const encode = (bytes: Uint8Array) => {
      if (bytes.length > 1_000) throw new RangeError("too long");
      return bytes;
    };
    await using store = open(folder.file("state"), { encode, decode: (bytes) => bytes });
    const error = await assertRejects(
      () => store.save([record("a", 1), record("b", "x".repeat(1_000))]),
      CheckpointError,
      'Cannot save the record "b" with codec: "json" in "custom": RangeError: too long',
    );
    assertEquals(error.unsavable, ["b"]);
  });
}

Deno.test("a codec that returns a promise is refused, also if that rejects", async () => {
  const rejecting = () => Promise.reject(new Error("no key"));
  const codec = resolveCodec({ encode: rejecting, decode: rejecting } as unknown as ByteCodec, "codec");
  assertThrows(() => codec.encode(record("a", 1)), TypeError, "must return a Uint8Array, not a Promise");
  assertThrows(() => codec.decode('{"id":"a","bytes":""}'), TypeError, "must return a Uint8Array, not a Promise");
  await new Promise((resolve) => setTimeout(resolve)); // a rejection that no one handles is told by then
});

Deno.test("a codec that returns no bytes is an error that says so", () => {
  const asynchronous = { encode: () => Promise.resolve(new Uint8Array()), decode: () => "x" } as unknown as ByteCodec;
  const codec = resolveCodec(asynchronous, "codec");
  assertThrows(
    () => codec.encode(record("a", 1)),
    TypeError,
    'encode() of the codec "custom" must return a Uint8Array, not a Promise; use synchronous functions',
  );
  assertThrows(
    () => codec.decode('{"id":"a","bytes":""}'),
    TypeError,
    'decode() of the codec "custom" must return a Uint8Array, not "x"',
  );
});

Deno.test("the bytes of one record do not pass for those of another one", () => {
  const codec = resolveCodec(gzip, "codec");
  const line = codec.encode(record("a", 1));
  assertEquals(codec.decode(line), record("a", 1));
  assertThrows(
    () => codec.decode(line.replace('"a"', '"b"')),
    TypeError,
    'the bytes of the record "b" are those of "a"',
  );
  for (const bad of ["5", "null", "{}", '{"id":"a","bytes":5}']) {
    assertThrows(() => codec.decode(bad), TypeError, "bytes of a record must be a string");
  }
});

Deno.test("a codec for bytes is checked when a checkpointer is made", () => {
  const cases: readonly (readonly [object, typeof TypeError | typeof RangeError, string])[] = [
    [{}, TypeError, "encode of the codec must be a function"],
    [{ encode: () => {} }, TypeError, "decode of the codec must be a function"],
    [{ ...gzip, name: 5 }, TypeError, "name of the codec must be a string, not 5"],
    [{ ...gzip, name: "" }, RangeError, 'name of the codec must have 1 to 100 characters, not ""'],
    [{ ...gzip, name: "x".repeat(101) }, RangeError, "name of the codec must have 1 to 100 characters"],
    [{ ...gzip, base: "cbor" }, RangeError, "base of the codec must be"],
    [{ ...gzip, level: 9 }, TypeError, 'Unknown option "level" of the codec'],
  ];
  for (const [codec, kind, message] of cases) {
    assertThrows(() => resolveCodec(codec as ByteCodec, "codec"), kind, message);
    assertThrows(() => new MemoryCheckpointer({ codec: codec as ByteCodec }), kind);
  }
  assertThrows(() => resolveCodec(null as never, "codec"), TypeError);
});
