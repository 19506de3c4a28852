import { assertEquals, assertStringIncludes } from "@std/assert";
import { crc32Function } from "../../../src/core/node_builtins.ts";
import { RECORDS, testChangedBytes, testRandomDamage } from "./random_damage.ts";
import { byId, bytesOf, HEADER, load, record, refusalOf, save } from "./support.ts";
import { errorOf, tempFolder } from "../../support.ts";

testChangedBytes(11);
testRandomDamage(100);

Deno.test("FileCheckpointer says at which byte a file is damaged, and how to continue with what is before that", async () => {
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
    `The checkpoint "${path}" is damaged at byte ${HEADER.length}: the checksum of the line is wrong. It was left ` +
      `as it is. To continue with what was saved before that, cut it there (truncate -s ${HEADER.length} ${path}); to start ` +
      "from scratch, move it away",
  );
  Deno.writeTextFileSync(path, text.replace("[1,2,3]", "[1,2,4]"));
  assertStringIncludes(await refusalOf(path), `is damaged at byte ${ends[2]}: the checksum`);
  Deno.truncateSync(path, ends[2]);
  assertEquals(await load(path), byId(...RECORDS.slice(0, 2)));
  Deno.writeTextFileSync(path, `${text}\n`);
  assertStringIncludes(await refusalOf(path), `is damaged at byte ${ends[4]}: the line is not one that was written`);
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
  const lines = ["[]", "{}", "5", "null", '{"name":"x"}', '{"id":5}', '{"id":""}', '{"delete":"a"}', '{"delete":[5]}'];
  lines.push('{"batch":0}', '{"batch":1.5}', '{"batch":"1"}', '{"id":"a"', '{"id":"', '{"id":"a\\"', "{\"id\":'a'}");
  lines.push('{"batch":2}\n{"delete":["a"]}', '{"batch":2}\n{"batch":1}');
  for (const text of lines) {
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
      `"${folder.file()}" is not a checkpoint, as its first line shows; it was left as it is. Choose another path, or move ` +
        "it away",
    );
  }
  Deno.writeFileSync(folder.file(), new Uint8Array([0xff, 0xfe, 0x0a, 0]));
  assertStringIncludes(await refusalOf(folder.file()), "is not a checkpoint");
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
      `The checkpoint "${path}" was written with codec: "${written}" and cannot be read with codec: "${read}"; open it with ` +
        `new FileCheckpointer(path, { codec: "${written}" }), or start from scratch, with another path`,
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

/** A file with these strings, one a line. */
function withChecksums(lines: string): string {
  const crc32 = crc32Function();
  let crc = crc32(bytesOf(HEADER.trimEnd()));
  let file = HEADER;
  for (const text of lines.split("\n")) {
    crc = crc32(bytesOf(`{${text.slice(1)}`), crc);
    file += `{"crc":"${crc.toString(16).padStart(8, "0")}",${text.slice(1)}\n`;
  }
  return file;
}
