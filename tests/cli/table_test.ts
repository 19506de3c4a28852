import { assert, assertEquals } from "@std/assert";
import { widthOf } from "../../src/observe/printable.ts";
import { styleOf } from "../../src/cli/style.ts";
import { table } from "../../src/cli/table.ts";

const plain = styleOf({ colours: false });

Deno.test("table leaves out empty columns, aligns numbers to the right, and cuts what may be cut", () => {
  const columns = [{ title: "NAME" }, { title: "N", right: true }, { title: "EMPTY" }, { title: "ERROR", least: 8 }];
  const rows = [["one", "1", "", "a long error message"], ["three", "300", "", ""]];
  assertEquals(table(columns, rows, plain, 26), "NAME     N  ERROR\none      1  a long error …\nthree  300\n");
  assertEquals(table(columns, rows, plain, undefined).split("\n")[1], "one      1  a long error message");
});

Deno.test("table counts the columns of a terminal, and not colours", () => {
  const columns = [{ title: "A" }, { title: "B", least: 4 }];
  const red = styleOf({ colours: true }).red("日本");
  assertEquals(table(columns, [[red, "日本語日本語"], ["x", "y"]], plain, 11), `A     B\n${red}  日本…\nx     y\n`);
});

Deno.test("table: the widest columns get narrower first, and a narrow window does without the spare ones", () => {
  const columns = [
    { title: "STATUS" },
    { title: "ID", least: 12 },
    { title: "LABEL", least: 8, isSpare: true },
    { title: "TOOK", right: true, isSpare: true },
    { title: "WHY", least: 10 },
  ];
  const rows = [[
    "✓ completed",
    "fetch-page#3d8959737b488b",
    "page 1",
    "300 ms",
    "it waits for something that is late",
  ]];
  const shown = (limit: number) => table(columns, rows, plain, limit).trimEnd().split("\n");
  assertEquals(shown(70), [
    "STATUS       ID                   LABEL     TOOK  WHY",
    "✓ completed  fetch-page#3d89597…  page 1  300 ms  it waits for someth…",
  ]);
  assertEquals(shown(50)[0]!.split(/\s+/), ["STATUS", "ID", "LABEL", "WHY"]);
  assertEquals(shown(40)[0]!.split(/\s+/), ["STATUS", "ID", "WHY"]);
  for (let limit = 31; limit < 120; limit++) {
    for (const line of shown(limit)) assert(widthOf(line) <= limit, `${limit}: ${line}`);
  }
});
