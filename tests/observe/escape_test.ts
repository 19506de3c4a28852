import { assert, assertEquals } from "@std/assert";
import { escapeDot, escapeMermaid, escapeXml, jsonInHtml } from "../../src/observe/escape.ts";
import { NASTY } from "./support.ts";

Deno.test("No string ends what it stands in", () => {
  for (const text of NASTY) {
    assertEquals(/[<>"']/.test(escapeXml(text)), false);
    assertEquals(/(?<!\\)(?:\\\\)*"/.test(escapeDot(text)), false);
    assertEquals(/["<>\n`[\]{}()|]/.test(escapeMermaid(text)), false);
    assertEquals(/[<>]/.test(jsonInHtml({ text })), false);
    assertEquals(/\n|\u2028|\u2029/.test(jsonInHtml({ text })), false);
  }
});

Deno.test("What is escaped reads as it was", () => {
  assertEquals(escapeXml(`a < b & "c"`), "a &lt; b &amp; &quot;c&quot;");
  assertEquals(escapeDot(`say "hi" \\ <b>`), `say \\"hi\\" \\\\ ‹b›`);
  assertEquals(escapeMermaid(`1. "a" #b`), `1#46; #34;a#34; #35;b`);
  assertEquals(JSON.parse(jsonInHtml(NASTY.slice(0, 6))), NASTY.slice(0, 6));
  assert(jsonInHtml("\ud800").isWellFormed());
});
