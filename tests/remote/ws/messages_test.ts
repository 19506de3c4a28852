import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteWriter } from "../../../src/pools/protocol/bytes.ts";
import {
  type Handlers,
  OtherVersionError,
  readMessages,
  VERSION,
  writeMessage,
} from "../../../src/remote/ws/messages.ts";

/** Handlers that note what they are called with. */
function noting(): { readonly seen: unknown[]; readonly handlers: Handlers } {
  const seen: unknown[] = [];
  const note = (kind: string) => (...fields: readonly unknown[]) => void seen.push([kind, ...fields]);
  const kinds = ["join", "want", "report", "tell", "hello", "ping", "put", "get", "welcome", "part", "more"];
  return { seen, handlers: Object.fromEntries(kinds.map((kind) => [kind, note(kind)])) };
}

const bytes = new Uint8Array([1, 2, 3]);

Deno.test("messages arrive as they were written, several in a list", () => {
  const writer = new ByteWriter();
  writeMessage(writer, "join", [VERSION, "reports", "id", "tökén"]);
  writeMessage(writer, "report", [7, "run", ["a:1", "b:2"], bytes]);
  writeMessage(writer, "more", []);
  writeMessage(writer, "welcome", [[1, 2 ** 32 - 1]]);
  writeMessage(writer, "part", [[], new Uint8Array(0)]);
  const { seen, handlers } = noting();
  readMessages(writer.take(), () => handlers);
  assertEquals(seen, [
    ["join", VERSION, "reports", "id", "tökén"],
    ["report", 7, "run", ["a:1", "b:2"], bytes],
    ["more"],
    ["welcome", [1, 2 ** 32 - 1]],
    ["part", [], new Uint8Array(0)],
  ]);
});

Deno.test("messages that are not expected, and those of another version, are errors", () => {
  const writer = new ByteWriter();
  writeMessage(writer, "ping", [1]);
  assertThrows(() => readMessages(writer.take(), () => ({})), TypeError, 'the kind "ping" is not expected');
  writeMessage(writer, "join", [VERSION + 1, "", "", ""]);
  assertThrows(() => readMessages(writer.take(), () => noting().handlers), OtherVersionError);
  assertThrows(() => readMessages(new Uint8Array([0xff]), () => noting().handlers), TypeError);
});

Deno.test("strange bytes are errors, whatever they are", () => {
  const writer = new ByteWriter();
  writeMessage(writer, "report", [7, "run", ["a:1"], bytes]);
  const good = writer.take();
  fc.assert(fc.property(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255), end: fc.nat(good.length) }).map(
        ({ at, value, end }) => good.with(at, value).subarray(0, end),
      ),
    ),
    (strange) => {
      try {
        readMessages(strange, () => noting().handlers);
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof RangeError || error instanceof OtherVersionError)) {
          throw error;
        }
      }
    },
  ));
});
