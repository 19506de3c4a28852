import { assertEquals, assertStringIncludes } from "@std/assert";
import { OutputReader } from "../../../src/pools/process/output_reader.ts";
import { STDERR_MARK } from "../../../src/pools/protocol/stderr_mark.ts";

/** What is written to the standard error output of this program while a function runs. */
async function captured(action: () => Promise<void>): Promise<string> {
  const { writeSync } = Deno.stderr;
  const decoder = new TextDecoder();
  let text = "";
  Deno.stderr.writeSync = (bytes) => {
    const count = Math.min(bytes.length, 7); // it may take a part only
    text += decoder.decode(bytes.subarray(0, count), { stream: true });
    return count;
  };
  try {
    await action();
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  return text;
}

function streamOf(...parts: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
}

Deno.test("OutputReader passes on what comes, by lines, and keeps the last ones", async () => {
  const printed = await captured(async () => {
    const reader = new OutputReader(streamOf("a li", "ne\nünd ", "another\nunfinished"), false);
    await reader.done;
    assertEquals(reader.tail, "a line\nünd another\nunfinished");
  });
  assertEquals(printed, "a line\nünd another\nunfinished");
});

Deno.test("OutputReader says which task printed a line, also of what came on the standard output", async () => {
  const printed = await captured(async () => {
    const reader = new OutputReader(streamOf(`${STDERR_MARK}shrink\none\n`), true);
    await reader.done;
    for (const byte of new TextEncoder().encode("zwö")) reader.print(new Uint8Array([byte]));
    reader.stdoutEnded();
  });
  assertEquals(printed, "[shrink] one\n[shrink] zwö");
});

Deno.test("OutputReader keeps no more than the last 2,000 characters, and passes on endless lines in parts", async () => {
  const printed = await captured(async () => {
    const reader = new OutputReader(streamOf("x".repeat(30_000), "the end"), false);
    await reader.done;
    assertEquals(reader.tail.length, 2_000);
    assertStringIncludes(reader.tail, "the end");
  });
  assertEquals(printed.length, 30_007);
});

Deno.test("OutputReader continues where the standard error output is closed", async () => {
  const { writeSync } = Deno.stderr;
  Deno.stderr.writeSync = () => {
    throw new Deno.errors.BrokenPipe("closed");
  };
  try {
    const reader = new OutputReader(streamOf("one\n", "two\n"), false);
    await reader.done;
    assertEquals(reader.tail, "one\ntwo");
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
});
