import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { toEnvelope } from "../../../src/serialization/envelope.ts";
import { ByteReader, ByteWriter, FRAME_HEAD } from "../../../src/pools/protocol/bytes.ts";
import { CONTINUES, FROM, IDLE, LEVELS, PAUSED } from "../../../src/pools/protocol/messages.ts";
import { dispatchRecord } from "../../../src/pools/protocol/dispatch_record.ts";
import { RecordingListener } from "../recording_listener.ts";

/** A record of that kind; `write` writes what follows. */
function recordOf(kind: number, write: (writer: ByteWriter) => void = () => {}): ByteReader {
  const writer = new ByteWriter();
  const start = writer.begin(kind);
  write(writer);
  writer.end(start);
  const reader = new ByteReader(writer.bytes);
  reader.seek(FRAME_HEAD, writer.length);
  return reader;
}

/** What a listener was told about a record, and what `dispatchRecord()` returned. */
function told(kind: number, write?: (writer: ByteWriter) => void): { heard: unknown[][]; returned: unknown } {
  const listener = new RecordingListener();
  const record = recordOf(kind, write);
  const returned = dispatchRecord(record, listener);
  if (returned === undefined) assertEquals(record.left, 0);
  return { heard: listener.heard, returned };
}

for (const flow of [CONTINUES, PAUSED, IDLE]) {
  Deno.test(`dispatchRecord() reports outcomes with the flow ${flow}`, () => {
    const done = told(FROM.done, (writer) => {
      writer.whole(7);
      writer.byte(flow);
      writer.value({ a: new Map([[1, 2]]) }, "it");
    });
    assertEquals(done.heard, [["done", 7, flow, { a: new Map([[1, 2]]) }]]);
    const expired = told(FROM.timedOut, (writer) => {
      writer.whole(8);
      writer.byte(flow);
    });
    assertEquals(expired.heard, [["timedOut", 8, flow]]);
    const { heard: [failed] } = told(FROM.failed, (writer) => {
      writer.whole(2 ** 32 - 1);
      writer.byte(flow);
      writer.value(toEnvelope(new RangeError("why")), "it");
    });
    assertEquals(failed!.slice(0, 3), ["failed", 2 ** 32 - 1, flow]);
    assertInstanceOf(failed![3], RangeError);
  });
}

Deno.test("dispatchRecord() reports progress, with a message or without", () => {
  for (const message of [undefined, "", "half\ud83d way"]) {
    const { heard } = told(FROM.progress, (writer) => {
      writer.whole(3);
      writer.number(0.25);
      writer.value(message, "it");
    });
    assertEquals(heard, [["progress", 3, 0.25, message]]);
  }
});

for (const [index, level] of LEVELS.entries()) {
  Deno.test(`dispatchRecord() tells what is logged as ${level}`, () => {
    const { heard } = told(FROM.log, (writer) => {
      writer.whole(3);
      writer.byte(index);
      writer.value(["text", { a: 1 }, undefined], "it");
    });
    assertEquals(heard, [["log", 3, level, ["text", { a: 1 }, undefined]]]);
  });
}

Deno.test("dispatchRecord() tells what a worker says of its tasks without an outcome", () => {
  assertEquals(told(FROM.begun, (writer) => writer.whole(4)).heard, [["begun", 4]]);
  assertEquals(told(FROM.started, (writer) => writer.whole(4)).heard, [["started", 4]]);
  assertEquals(told(FROM.heardAbort, (writer) => writer.whole(5)).heard, [["heardAbort", 5]]);
  assertEquals(told(FROM.requestCredit).heard, [["creditRequested"]]);
});

Deno.test("dispatchRecord() leaves to the channel what is the channel's", () => {
  for (const kind of [FROM.ready, FROM.lost, FROM.ended, FROM.outOfBand]) {
    assertEquals(told(kind), { heard: [], returned: kind });
  }
});

Deno.test("dispatchRecord() throws at what no worker says, and tells nothing of it", () => {
  const listener = new RecordingListener();
  const refused: [type: ErrorConstructor, record: ByteReader][] = [
    [TypeError, recordOf(0)],
    [TypeError, recordOf(200)],
    [RangeError, recordOf(FROM.done)],
    [RangeError, recordOf(FROM.begun, (writer) => writer.byte(1))],
    [
      RangeError,
      recordOf(FROM.log, (writer) => {
        writer.whole(1);
        writer.byte(4);
        writer.value([], "it");
      }),
    ],
    [
      TypeError,
      recordOf(FROM.log, (writer) => {
        writer.whole(1);
        writer.byte(0);
        writer.value("no array", "it");
      }),
    ],
    [
      TypeError,
      recordOf(FROM.progress, (writer) => {
        writer.whole(1);
        writer.number(1);
        writer.value({ no: "text" }, "it");
      }),
    ],
    [
      TypeError,
      recordOf(FROM.failed, (writer) => {
        writer.whole(1);
        writer.byte(0);
        writer.value({ no: "envelope" }, "it");
      }),
    ],
    [
      TypeError,
      recordOf(FROM.done, (writer) => {
        writer.whole(1);
        writer.byte(0);
        writer.byte(99);
      }),
    ],
  ];
  for (const [type, record] of refused) assertThrows(() => dispatchRecord(record, listener), type);
  assertEquals(listener.heard, []);
});

Deno.test("dispatchRecord() reports what is printed", () => {
  const { heard } = told(FROM.print, (writer) => {
    writer.whole(0);
    writer.byte(LEVELS.indexOf("warn"));
    writer.byte(1);
    writer.text("häll\n");
  });
  assertEquals(heard, [["print", 0, "warn", "console", "häll\n"]]);
});
