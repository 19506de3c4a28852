import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteWriter, FRAME_HEAD, FRAME_MASK, MAX_RECORD } from "../../../src/pools/protocol/bytes.ts";
import { FrameReader, MAX_PIECE, PIECE_END } from "../../../src/pools/protocol/frames.ts";

/** The bytes of records with these strings. */
function framesOf(strings: readonly string[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  for (const text of strings) {
    const start = writer.begin(1);
    writer.text(text);
    writer.end(start);
  }
  return writer.take();
}

/** A reader that keeps the strings of the records that it was fed. */
function collector(): { readonly frames: FrameReader; readonly strings: string[] } {
  const strings: string[] = [];
  const frames = new FrameReader((record) => {
    assertEquals(record.byte(), 1);
    strings.push(record.text());
    assertEquals(record.left, 0);
  });
  return { frames, strings };
}

/** A head that announces a record of that size. */
function headOf(size: number, mask = FRAME_MASK): Uint8Array {
  const head = new Uint8Array(FRAME_HEAD);
  const view = new DataView(head.buffer);
  view.setUint32(0, size, true);
  view.setUint32(4, size ^ mask, true);
  return head;
}

Deno.test("FrameReader finds the same records in pieces of any size", () => {
  const strings = fc.array(fc.string({ maxLength: 60 }), { maxLength: 12 });
  fc.assert(fc.property(strings, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (sent, sizes) => {
    const bytes = framesOf(sent);
    const { frames, strings } = collector();
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      frames.feed(bytes.slice(at, at + size));
      at += size;
    }
    assertEquals([strings, frames.missing], [sent, 0]);
  }));
});

Deno.test("FrameReader reports each record as soon as its last byte is there", () => {
  const bytes = framesOf(["first", "second"]);
  const { frames, strings } = collector();
  const counts = Array.from(bytes, (byte) => {
    frames.feed(new Uint8Array([byte]));
    return strings.length;
  });
  const first = framesOf(["first"]).length;
  assertEquals([counts.indexOf(1), counts.indexOf(2)], [first - 1, bytes.length - 1]);
});

Deno.test("FrameReader takes a large record that is put where it belongs", () => {
  const text = "x".repeat(300_000);
  const bytes = framesOf([text, "next"]);
  const { frames, strings } = collector();
  frames.feed(bytes.subarray(0, 1_000));
  let at = 1_000;
  while (frames.missing > 0) {
    const { room } = frames;
    assertEquals(room.length, frames.missing);
    const count = Math.min(room.length, 65_536);
    room.set(bytes.subarray(at, at + count));
    at += count;
    frames.filled(count);
  }
  assertEquals(strings, [text]);
  frames.feed(bytes.subarray(at));
  assertEquals(strings, [text, "next"]);
});

Deno.test("FrameReader does not touch a piece, and lets it be used again", () => {
  const bytes = framesOf(["a string that comes in two pieces"]);
  const buffer = bytes.slice(0, 20);
  const { frames, strings } = collector();
  frames.feed(buffer);
  assertEquals(buffer, bytes.slice(0, 20));
  buffer.fill(0xff);
  frames.feed(bytes.slice(20));
  assertEquals(strings, ["a string that comes in two pieces"]);
});

Deno.test("FrameReader says at once that what a task printed is not a record", () => {
  const { frames, strings } = collector();
  frames.feed(framesOf(["before"]));
  const noise = new TextEncoder().encode("Hello, I am a line on the standard output\n");
  assertThrows(() => frames.feed(noise), RangeError, "not a record");
  assertEquals(strings, ["before"]);
});

Deno.test("FrameReader takes no strange bytes for a record, in pieces of any size", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (bytes, size) => {
      const { frames } = collector();
      assertThrows(() => {
        for (let at = 0; at < bytes.length; at += size) frames.feed(bytes.slice(at, at + size));
      }, RangeError);
    }),
  );
});

Deno.test("FrameReader refuses a record of no length, and one that is too long to be true", () => {
  for (const size of [0, MAX_RECORD + 1, 2 ** 32 - 1]) {
    assertThrows(() => collector().frames.feed(headOf(size)), RangeError, `There is no record of ${size} bytes`);
  }
  assertThrows(() => collector().frames.feed(headOf(5, 0)), RangeError, "not a record");
});

Deno.test("FrameReader passes on what its taker throws, also in the midst of a piece", () => {
  const frames = new FrameReader(() => {
    throw new TypeError("not this one");
  });
  assertThrows(() => frames.feed(framesOf(["a", "b"])), TypeError, "not this one");
});

/** The pieces in which a subprocess writes records with these strings. */
function piecesOf(strings: readonly string[]): Uint8Array<ArrayBuffer>[] {
  return strings.flatMap((text) => {
    const whole = framesOf([text]);
    const pieces = [withEnd(whole.slice(0, MAX_PIECE - 1))];
    for (let at = MAX_PIECE - 1; at < whole.length; at += MAX_PIECE - FRAME_HEAD - 1) {
      const body = whole.subarray(at, at + MAX_PIECE - FRAME_HEAD - 1);
      pieces.push(pieceOf(body));
    }
    return pieces;
  });
}

/** A further piece of a record. */
function pieceOf(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.whole(0);
  writer.whole(0);
  writer.putPieceHead(0, body.length);
  const piece = new Uint8Array(FRAME_HEAD + body.length);
  piece.set(writer.bytes.subarray(0, FRAME_HEAD));
  piece.set(body, FRAME_HEAD);
  return withEnd(piece);
}

function withEnd(piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...piece, PIECE_END]);
}

/** Records and other bytes that a reader found. */
function mixedCollector(): { readonly frames: FrameReader; readonly strings: string[]; other(): string } {
  const strings: string[] = [];
  const printed: number[] = [];
  const frames = new FrameReader((record) => {
    record.byte();
    strings.push(record.text());
  }, { other: (bytes) => void printed.push(...bytes) });
  return { frames, strings, other: () => new TextDecoder().decode(new Uint8Array(printed)) };
}

Deno.test("FrameReader finds records in pieces among other bytes, whatever the parts in which all arrive", () => {
  const strings = fc.array(fc.string({ maxLength: 40 }).map((text) => text.repeat(text.length % 3 === 0 ? 300 : 1)), {
    maxLength: 6,
  });
  const noise = fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 9 });
  const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 });
  fc.assert(fc.property(strings, noise, sizes, (sent, printed, sizes) => {
    const encoder = new TextEncoder();
    const parts: Uint8Array[] = [];
    let expected = "";
    for (const [index, piece] of piecesOf(sent).entries()) {
      const text = printed[index % printed.length]!;
      parts.push(encoder.encode(text), piece);
      expected += text;
    }
    const bytes = new Uint8Array(parts.flatMap((part) => [...part]));
    const { frames, strings, other } = mixedCollector();
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      frames.feed(bytes.slice(at, at + size));
      at += size;
    }
    frames.end();
    assertEquals([strings, other()], [sent, new TextDecoder().decode(encoder.encode(expected))]);
  }));
});

Deno.test("FrameReader refuses pieces that do not belong to a record, and a record within another one", () => {
  const piece = pieceOf(new Uint8Array(5));
  assertThrows(() => mixedCollector().frames.feed(piece), RangeError, "continues with 5 bytes");
  const [first, second] = piecesOf(["x".repeat(6_000)]);
  for (const next of [first!, pieceOf(new Uint8Array(second!.length))]) {
    const { frames } = mixedCollector();
    frames.feed(first!);
    assertThrows(() => frames.feed(next), RangeError);
  }
});

Deno.test("FrameReader refuses a record of more bytes than its worker may send, before it takes memory for it", () => {
  const frames = new FrameReader(() => {}, { limits: { maxBytes: 1_000, maxMemory: 1_000 } });
  frames.feed(headOf(1_000));
  const other = new FrameReader(() => {}, { limits: { maxBytes: 1_000, maxMemory: 1_000 } });
  assertThrows(() => other.feed(headOf(1_001)), RangeError, "more than the 1000 that its worker may send");
});
