import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { headerIn, headerOf } from "../../../src/stores/file/header.ts";
import { BufferFile } from "./buffer_file.ts";
import { HEADER } from "./support.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("headerOf() is a line of JSON with format, version and codec", () => {
  assertEquals(text(headerOf({ name: "json" })), HEADER);
  assertEquals(JSON.parse(text(headerOf({ name: "structured", wrapper: "gzip" }))), {
    format: "workflowy-checkpoint",
    version: 1,
    codec: "structured",
    wrapper: "gzip",
  });
});

Deno.test("headerIn() reads what headerOf() makes", () => {
  for (const id of [{ name: "json" }, { name: "structured" }, { name: "json", wrapper: "gzip" }] as const) {
    const header = headerOf(id);
    const file = new BufferFile(text(header) + "rest\n");
    assertEquals(headerIn(file, id), { wrapper: undefined, ...id, length: header.length });
  }
  assertEquals(headerIn(new BufferFile(HEADER), undefined)?.name, "json");
  assertEquals(headerIn(new BufferFile(headerOf({ name: "structured" })), undefined)?.name, "structured");
});

Deno.test("headerIn() of an incomplete header, or an empty file, is undefined", () => {
  for (let length = 0; length < HEADER.length; length++) {
    for (const codec of [undefined, { name: "json" }, { name: "structured" }] as const) {
      assertEquals(headerIn(new BufferFile(HEADER.slice(0, length)), codec), undefined);
    }
  }
});

Deno.test("headerIn() refuses other files", () => {
  for (const content of ["x", "\n", "{}\n", HEADER.slice(1), "x".repeat(10_000), `${"x".repeat(5_000)}\n`, "\0"]) {
    assertThrows(() => headerIn(new BufferFile(content), { name: "json" }), CheckpointError, "is not a checkpoint");
  }
  const odd = new BufferFile(HEADER.replace('"json"', '"jsom"'));
  const error = assertThrows(() => headerIn(odd, undefined), CheckpointError, "is damaged at byte 0");
  assert(error.message.includes(HEADER.trim()));
});
