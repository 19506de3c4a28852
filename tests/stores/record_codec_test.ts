import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { checkCodecName, codecNamed } from "../../src/stores/record_codec.ts";
import { serialize } from "../../src/serialization/clone_bytes.ts";
import { pack } from "../../src/serialization/packer.ts";
import { canonicalString } from "../../src/serialization/canonical.ts";
import type { CodecName, TaskRecord } from "../../src/core/checkpointer.ts";
import { toEnvelope } from "../../src/serialization/envelope.ts";
import { refusalOf } from "../serialization/refusal_of.ts";
import { anyValue } from "../serialization/arbitrary.ts";
import { same } from "../serialization/same.ts";

const CODECS: readonly CodecName[] = ["json", "structured"];

function record(more: Partial<TaskRecord> = {}): TaskRecord {
  return { id: "a#1", name: "a", status: "completed", attempts: 1, args: [], dependsOn: [], ...more };
}

function through(codec: CodecName, given: TaskRecord): TaskRecord {
  const text = codecNamed(codec).encode(given);
  assert(!/[\r\n]/.test(text), "more than one line");
  return codecNamed(codec).decode(text);
}

for (const codec of CODECS) {
  Deno.test(`the ${codec} codec brings back what refusalOf() lets pass`, () => {
    const kept = anyValue.filter((value) => refusalOf(value, codec, "it") === undefined);
    fc.assert(
      fc.property(kept, kept, fc.boolean(), (first, second, hasValue) => {
        const given = record({ args: [first, [second]], ...(hasValue && first !== undefined && { value: first }) });
        const back = through(codec, given);
        assertEquals(canonicalString(back), canonicalString(given));
        assert(same(back, given, codec === "json" ? "strict" : "plain"));
      }),
      { numRuns: 1_000 },
    );
  });

  Deno.test(`the ${codec} codec writes JSON that other programs read`, () => {
    const given = record({ args: [1, { a: "é\n" }], value: [true], startedAt: 5, refs: [] });
    assertEquals(JSON.parse(codecNamed(codec).encode(given)), given);
    assertEquals(codecNamed(codec).name, codec);
  });

  Deno.test(`the ${codec} codec leaves away what a record does not have`, () => {
    const back = through(codec, record());
    assertEquals(Object.keys(back).sort(), Object.keys(record()).sort());
    const none = { ...record(), value: undefined, error: undefined, module: undefined } as unknown as TaskRecord;
    assertEquals(Object.keys(through(codec, none)).sort(), Object.keys(record()).sort());
  });

  Deno.test(`the ${codec} codec refuses strings that are not records`, () => {
    const { decode } = codecNamed(codec);
    for (const text of ["", "{", "x", '{"id":"a"', "undefined"]) assertThrows(() => decode(text), SyntaxError);
    for (const text of ["null", "1", '"x"', "[]", "{}", '{"id":1}', '{"id":"a","data":"AAAA"}']) {
      assertThrows(() => decode(text), Error);
    }
    assertThrows(() => decode("null"), TypeError, "null is not a record");
    assertThrows(() => decode("[]"), TypeError, "an array of 0 is not a record");
    assertThrows(() => decode('{"id":"a","name":5}'), TypeError, "name of a record must not be 5");
  });

  Deno.test(`the ${codec} codec reaches a depth of 1,000`, () => {
    let value: unknown = 1;
    for (let level = 0; level < 1_000; level++) value = [value];
    assertEquals(refusalOf(value, codec, "value"), undefined);
    assertEquals(canonicalString(through(codec, record({ value }))), canonicalString(record({ value })));
  });
}

Deno.test("the structured codec writes JSON alone where that is enough, and data where it is not", () => {
  const { encode } = codecNamed("structured");
  assertEquals(encode(record({ args: [1], value: "x" })), codecNamed("json").encode(record({ args: [1], value: "x" })));
  const text = encode(record({ args: [1], value: new Map() }));
  const parsed = JSON.parse(text);
  assertEquals(Object.keys(parsed).sort(), ["attempts", "clone", "dependsOn", "id", "name", "status"]);
  assertMatch(parsed.clone, /^[A-Za-z0-9+/]+=*$/);
});

Deno.test("the structured codec reads what the json codec wrote", () => {
  const given = record({ args: [1, { data: "AAAA" }], value: { error: 1 }, error: { value: "x" } });
  assertEquals(codecNamed("structured").decode(codecNamed("json").encode(given)), given);
});

Deno.test("the structured codec keeps what arguments and value share", () => {
  const shared = new Date(0);
  const back = through("structured", record({ args: [shared, [shared]], value: { shared } }));
  const [first, [second]] = back.args as [Date, [Date]];
  assertStrictEquals(first, second);
  assertStrictEquals((back.value as { shared: Date }).shared, first);
});

Deno.test("the structured codec keeps undefined as what was thrown", () => {
  assertEquals(through("structured", record({ error: { value: undefined } })).error, { value: undefined });
});

Deno.test("the structured codec refuses damaged data", () => {
  const { decode, encode } = codecNamed("structured");
  const error = new Error("m", { cause: new Map() });
  for (const [field, args] of [["clone", [new Date(0)]], ["data", [new Date(0), error]]] as const) {
    const good = JSON.parse(encode(record({ args, error: toEnvelope(error) })));
    const bytes: string = good[field];
    assertThrows(
      () => decode(JSON.stringify({ ...good, [field]: 1 })),
      TypeError,
      `${field} of a record must be a string`,
    );
    for (const bad of ["", "?", "A", "AAAA", bytes.slice(0, 8), bytes.slice(4), `${bytes.slice(0, -8)}AAAAAAA=`]) {
      assertThrows(() => decode(JSON.stringify({ ...good, [field]: bad })), Error);
    }
    for (let at = 0; at < bytes.length; at++) {
      const changed = `${bytes.slice(0, at)}${bytes[at] === "A" ? "B" : "A"}${bytes.slice(at + 1)}`;
      try {
        decode(JSON.stringify({ ...good, [field]: changed }));
      } catch (error) {
        assert(error instanceof Error);
      }
    }
  }
});

Deno.test("the structured codec reads what version 0.1 wrote, in which everything was packed", () => {
  const { decode } = codecNamed("structured");
  const data = serialize(pack({ args: [new Date(0), { $workflowy: 1 }], value: new Map(), error: undefined }))
    .toBase64();
  const { args, ...rest } = record({ args: [new Date(0), { $workflowy: 1 }], value: new Map() });
  assertEquals(decode(JSON.stringify({ ...rest, value: undefined, data })), { ...rest, args });
});

Deno.test("the structured codec says what it cannot write", () => {
  const { encode } = codecNamed("structured");
  const error = assertThrows(() => encode(record({ args: [{ run: () => 1 }] })), TypeError);
  assertEquals(error.message, "record.args[0].run is function run, which cannot be saved: use plain data");
  assertThrows(() => encode(record({ value: Symbol() })), TypeError, "record.value is a symbol, which cannot be saved");
});

Deno.test("the structured codec does not write the memory around a view", () => {
  const pool = new TextEncoder().encode("secret".repeat(1_000));
  const view = pool.subarray(6, 12);
  const given = record({
    args: [view, { view }, new Map([[view, new DataView(pool.buffer, 600, 6)]]), new Set([view])],
  });
  const text = codecNamed("structured").encode(given);
  assert(text.length < 600, `${text.length}`);
  const [first, { view: second }, map, set] = codecNamed("structured").decode(text).args as [
    Uint8Array,
    { view: Uint8Array },
    Map<Uint8Array, DataView>,
    Set<Uint8Array>,
  ];
  assertEquals(new TextDecoder().decode(first), "secret");
  assertEquals([first.buffer.byteLength, first.byteOffset], [6, 0]);
  assertEquals([second === first, map.has(first), set.has(first)], [true, true, true]);
  assertEquals(new TextDecoder().decode(map.get(first)), "secret");
  assertEquals([view.buffer.byteLength, given.args[0] === view], [6_000, true]);
});

Deno.test("the structured codec keeps whole buffers that are shared, and cuts views of each type", () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  const back = through("structured", record({ args: [buffer, new Uint8Array(buffer)] }));
  assertStrictEquals((back.args[1] as Uint8Array).buffer, back.args[0]);
  class Own extends Uint16Array {}
  for (const type of [Int8Array, Uint16Array, Float32Array, Float64Array, BigUint64Array, Own]) {
    const part = new type(buffer, 8, 1);
    const [copy] = through("structured", record({ args: [part] })).args as [typeof part];
    assertEquals([copy.length, copy.byteOffset, copy[0]], [1, 0, part[0]]);
    assertEquals(copy.constructor, type === Own ? Uint16Array : type);
  }
  const error = Object.assign(new Error("m"), { part: new Uint8Array(buffer, 1, 2) });
  const held = (through("structured", record({ args: [error] })).args[0] as typeof error).part;
  assertEquals([[...held], held.buffer.byteLength], [[2, 3], 2]);
});

Deno.test("checkCodecName() refuses other codecs", () => {
  for (const codec of CODECS) checkCodecName(codec, "codec");
  assertThrows(
    () => checkCodecName("xml", "codec"),
    RangeError,
    'codec must be one of "json", "structured", not "xml"',
  );
  assertThrows(() => checkCodecName(1, "codec"), TypeError, "codec must be one of");
});

Deno.test("the structured codec writes memory that an error shares as text", () => {
  const memory = new SharedArrayBuffer(4);
  const error = Object.assign(new Error("boom"), { memory, view: new Uint8Array(memory), more: [{ memory }] });
  const codec = codecNamed("structured");
  const record = { id: "a", name: "a", status: "failed", attempts: 1, args: [], dependsOn: [] } as const;
  const { value } = codec.decode(codec.encode({ ...record, value: { error } }));
  const { message, memory: text, view, more } = (value as { error: Record<string, unknown> }).error;
  assertEquals([message, text, view, more], [
    "boom",
    "a SharedArrayBuffer",
    "a Uint8Array",
    [{ memory: "a SharedArrayBuffer" }],
  ]);
});
