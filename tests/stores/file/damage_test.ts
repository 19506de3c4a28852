import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { crc32Function } from "../../../src/core/node_builtins.ts";
import { byId, bytesOf, HEADER, joined, load, loadFrom, record, refusalOf, save, using } from "./support.ts";
import { errorOf, tempFolder } from "../../support.ts";

const RECORDS = [record("a", { value: "eins" }), record("b"), record("c", { value: [1, 2, 3] }), record("d")];

Deno.test("FileCheckpointer refuses a file with a changed byte anywhere before the last line break", async () => {
  await using folder = await tempFolder();
  for (const each of RECORDS) await save(folder.file(), [each]);
  const whole = Deno.readFileSync(folder.file());
  for (let at = 0; at < whole.length - 1; at++) {
    for (const bit of [0, 5, 7]) {
      const changed = Uint8Array.from(whole);
      changed[at]! ^= 1 << bit;
      Deno.writeFileSync(folder.file(), changed);
      const error = await errorOf(() => load(folder.file()));
      assertInstanceOf(error, CheckpointError, `bit ${bit} of byte ${at} is not missed`);
      assertEquals(Deno.readFileSync(folder.file()), changed);
    }
  }
});

Deno.test("FileCheckpointer says at which byte a file is damaged, and how to go on with what is before that", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  const ends = [HEADER.length];
  for (const each of RECORDS) {
    await save(path, [each]);
    ends.push(Deno.statSync(path).size);
  }
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.replace("eins", "zwei"));
  assertEquals(
    await refusalOf(path),
    `The checkpoint "${path}" is damaged at byte ${HEADER.length}: the checksum of the line is another one. It was left ` +
      `as it is. To go on with what was saved before that, cut it there (truncate -s ${HEADER.length} ${path}); to start ` +
      "anew, move it away",
  );
  Deno.writeTextFileSync(path, text.replace("[1,2,3]", "[1,2,4]"));
  assertStringIncludes(await refusalOf(path), `is damaged at byte ${ends[2]}: the checksum`);
  Deno.truncateSync(path, ends[2]);
  assertEquals(await load(path), byId(...RECORDS.slice(0, 2)));
  Deno.writeTextFileSync(path, `${text}\n`);
  assertStringIncludes(await refusalOf(path), `is damaged at byte ${ends[4]}: the line is none that was written`);
});

Deno.test("FileCheckpointer refuses lines that were lost, repeated, swapped or taken from elsewhere", async () => {
  await using folder = await tempFolder();
  for (const each of RECORDS) await save(folder.file(), [each]);
  const [header = "", ...lines] = Deno.readTextFileSync(folder.file()).trimEnd().split("\n");
  const [a = "", b = "", c = "", d = ""] = lines;
  const bad = [
    [b, c, d],
    [a, c, d],
    [a, b, d],
    [a, a, b, c, d],
    [a, b, c, d, d],
    [b, a, c, d],
    [a, b, d, c],
    [
      a,
      b,
      c,
      d,
      a,
      b,
      c,
      d,
    ],
    [a, b, c, d, header],
    [a, "", b, c, d],
    [a, " ", b],
    [a, `${b} `, c, d],
    [`${a}\r`, `${b}\r`],
  ];
  for (const each of bad) {
    Deno.writeTextFileSync(folder.file(), `${[header, ...each].join("\n")}\n`);
    assertStringIncludes(await refusalOf(folder.file()), "is damaged at byte");
  }
  await save(folder.file("other"), [record("x")]);
  const other = Deno.readTextFileSync(folder.file("other")).split("\n")[1];
  Deno.writeTextFileSync(folder.file(), `${[header, a, other].join("\n")}\n`);
  assertStringIncludes(await refusalOf(folder.file()), "is damaged at byte");
});

Deno.test("FileCheckpointer refuses lines whose checksums are right and that make no sense", async () => {
  await using folder = await tempFolder();
  const texts = ["[]", "{}", "5", "null", '{"name":"x"}', '{"id":5}', '{"id":""}', '{"delete":"a"}', '{"delete":[5]}'];
  texts.push('{"batch":0}', '{"batch":1.5}', '{"batch":"1"}', '{"id":"a"', '{"id":"', '{"id":"a\\"', "{\"id\":'a'}");
  texts.push('{"batch":2}\n{"delete":["a"]}', '{"batch":2}\n{"batch":1}');
  for (const text of texts) {
    Deno.writeTextFileSync(folder.file(), withChecksums(text));
    assertStringIncludes(String(await errorOf(() => load(folder.file()))), "is damaged at byte", text);
  }
});

Deno.test("FileCheckpointer does not touch files that are not its own", async () => {
  await using folder = await tempFolder();
  const contents = [
    "my notes\n",
    "my notes",
    "{}\n",
    "\n",
    "\n\n",
    '{"format":"other","version":1}\n',
    `\uFEFF${HEADER}`,
  ];
  contents.push("null\n", "[1]\n", "x".repeat(10_000), `${"x".repeat(600_000)}\n`, "\0".repeat(5_000));
  for (const content of contents) {
    Deno.writeTextFileSync(folder.file(), content);
    assertEquals(
      await refusalOf(folder.file()),
      `"${folder.file()}" is no checkpoint, as its first line shows; it was left as it is. Choose another path, or move ` +
        "it away",
    );
  }
  Deno.writeFileSync(folder.file(), new Uint8Array([0xff, 0xfe, 0x0a, 0]));
  assertStringIncludes(await refusalOf(folder.file()), "is no checkpoint");
});

Deno.test("FileCheckpointer refuses files of a newer format, of another codec, and with a changed header", async () => {
  await using folder = await tempFolder();
  const path = folder.file();
  Deno.writeTextFileSync(path, '{"format":"workflowy-checkpoint","version":2,"codec":"cbor","extra":[]}\nwhatever\n');
  assertEquals(
    await refusalOf(path),
    `The checkpoint "${path}" has format version 2, and this version of the package reads up to 1; update the package, ` +
      "or choose another path",
  );
  for (const [written, read] of [["json", "structured"], ["structured", "json"]] as const) {
    Deno.removeSync(path);
    await save(path, [record("a")], { codec: written });
    assertEquals(
      await refusalOf(path, { codec: read }),
      `The checkpoint "${path}" was written with codec: "${written}" and cannot be read with "${read}"; open it with ` +
        `new FileCheckpointer(path, { codec: "${written}" }), or begin anew, with another path`,
    );
  }
  const changes = [["json", "jsom"], ["1", "0"], ['1,"', '1 ,"'], ['"json"}', '"json","x":1}'], ["{", " {"]] as const;
  for (const [from, to] of changes) {
    const first = HEADER.replace(from, to);
    Deno.writeTextFileSync(path, `${first}whatever\n`);
    assertStringIncludes(
      await refusalOf(path),
      `is damaged at byte 0: its first line is ${first.trimEnd()} where ${HEADER.trimEnd()} is expected. It was left`,
    );
  }
});

Deno.test("FileCheckpointer.load() of a file with random damage yields what was once there, or refuses it", async () => {
  await using folder = await tempFolder();
  const { bytes, states } = await history(folder.file("history"));
  const outcomes = { prefix: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(damage(), { minLength: 1, maxLength: 3 }), async (damages) => {
      const damaged = damages.reduce<Uint8Array>((now, inflict) => inflict(now), bytes);
      Deno.writeFileSync(folder.file(), damaged);
      let found: Map<string, TaskRecord>;
      try {
        found = await load(folder.file());
      } catch (error) {
        assertInstanceOf(error, CheckpointError);
        outcomes.refused++;
        return assertEquals(Deno.readFileSync(folder.file()), damaged);
      }
      outcomes.prefix++;
      assertEquals(Deno.readFileSync(folder.file()), damaged);
      const text = textOf(found);
      assert(states.has(text), `never saved: ${text}`);
      await save(folder.file(), [record("new")]);
      assertEquals(textOf(await load(folder.file())), textOf(found.set("new", record("new"))));
    }),
    { numRuns: 1_500 },
  );
  assert(outcomes.prefix > 50 && outcomes.refused > 50, Deno.inspect(outcomes));
});

/** Saves and deletes this and that. Returns the file, and all that it ever held. */
async function history(path: string): Promise<{ readonly bytes: Uint8Array; readonly states: Set<string> }> {
  const states = new Set([textOf(new Map())]);
  await using(path, async (checkpointer) => {
    for (let step = 0; step < 12; step++) {
      const each = (index: number) =>
        record(`id ${(step * index) % 7}`, { attempts: step, value: "é".repeat(index * 9) });
      if (step % 4 === 3) await checkpointer.delete([`id ${step % 7}`, "id 0"]);
      else await checkpointer.save(Array.from({ length: 1 + step % 3 }, (_, index) => each(index)));
      states.add(textOf(await loadFrom(checkpointer)));
    }
  });
  return { bytes: Deno.readFileSync(path), states };
}

function textOf(records: ReadonlyMap<string, TaskRecord>): string {
  return JSON.stringify([...records.values()].sort((a, b) => a.id < b.id ? -1 : 1));
}

type Damage = (bytes: Uint8Array) => Uint8Array;

/** What happens to files. Where it does is counted from the end as often as from the beginning. */
function damage(): fc.Arbitrary<Damage> {
  const place = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0.9, max: 1, noNaN: true }));
  const at = (bytes: Uint8Array, where: number) => Math.floor(where * bytes.length);
  const line = (bytes: Uint8Array, where: number) => {
    const lines = linesOf(bytes);
    return { lines, index: Math.min(Math.floor(where * lines.length), Math.max(lines.length - 1, 0)) };
  };
  return fc.oneof(
    fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([where, bit]): Damage => (bytes) => {
      const changed = Uint8Array.from(bytes);
      if (changed.length > 0) changed[Math.min(at(bytes, where), bytes.length - 1)]! ^= 1 << bit;
      return changed;
    }),
    place.map((where): Damage => (bytes) => bytes.slice(0, at(bytes, where))),
    fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([where, length]): Damage => (bytes) =>
      joined(bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + length))
    ),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([where, more]): Damage => (bytes) =>
      joined(bytes.subarray(0, at(bytes, where)), more, bytes.subarray(at(bytes, where)))
    ),
    place.map((where): Damage => (bytes) => Uint8Array.from(bytes).fill(0, at(bytes, where))),
    fc.integer({ min: 1, max: 5_000 }).map((length): Damage => (bytes) => joined(bytes, new Uint8Array(length))),
    place.map((where): Damage => (bytes) => {
      const { lines, index } = line(bytes, where);
      return joined(...lines.toSpliced(index, 1));
    }),
    place.map((where): Damage => (bytes) => {
      const { lines, index } = line(bytes, where);
      return joined(...lines.toSpliced(index, 0, lines[index] ?? new Uint8Array()));
    }),
    fc.tuple(place, place).map(([where, there]): Damage => (bytes) => {
      const { lines, index } = line(bytes, where);
      const other = line(bytes, there).index;
      const [one, two] = [lines[index], lines[other]];
      return one === undefined || two === undefined ? bytes : joined(...lines.with(index, two).with(other, one));
    }),
  );
}

/** The lines with their line breaks. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end + 1));
    start += lines.at(-1)!.length;
  }
  return lines;
}

/** A file with these texts, one a line. */
function withChecksums(texts: string): string {
  const crc32 = crc32Function();
  let crc = crc32(bytesOf(HEADER.trimEnd()));
  let file = HEADER;
  for (const text of texts.split("\n")) {
    crc = crc32(bytesOf(`{${text.slice(1)}`), crc);
    file += `{"crc":"${crc.toString(16).padStart(8, "0")}",${text.slice(1)}\n`;
  }
  return file;
}
