import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { checkHeader, headerOf } from "../../../src/stores/kv/header.ts";

const PLACE = { prefix: ["p"] };
const entry = (value: unknown) => ({ key: ["p", "header"], value, versionstamp: "1" });

Deno.test("checkHeader() accepts what headerOf() makes for the same codec", () => {
  for (const id of [{ name: "json" }, { name: "structured" }, { name: "json", wrapper: "gzip" }] as const) {
    assertEquals(checkHeader(entry(headerOf(id)), id, PLACE), id.name);
  }
  assertEquals(checkHeader(entry(headerOf({ name: "structured" })), undefined, PLACE), "structured");
});

Deno.test("checkHeader() refuses other codecs, newer versions and what is not a header", () => {
  const header = headerOf({ name: "json", wrapper: "gzip" });
  const refusal = (value: unknown, codec?: { name: "json" | "structured"; wrapper?: string }) =>
    assertThrows(() => checkHeader(entry(value), codec, PLACE), CheckpointError).message;
  assertEquals(
    refusal(header, { name: "json" }),
    'Cannot open the checkpoint ["p"] in Deno KV, as it was written with codec: "json" in "gzip" and cannot be read with ' +
      'codec: "json"; open it with the codec of that name: new KvCheckpointer({ codec: { name: "gzip", … } }), or use ' +
      "another prefix",
  );
  assertEquals(refusal(header).includes("give the codec of that name"), true);
  assertEquals(refusal({ ...header, version: 2 }, { name: "json" }).includes("has format version 2"), true);
  for (const bad of [null, 5, {}, { ...header, codec: "cbor" }, { ...header, version: 0 }, { ...header, wrapper: 5 }]) {
    assertEquals(refusal(bad, { name: "json" }).includes("its value is not a header of a checkpoint"), true);
  }
});
