import { assertEquals, assertStringIncludes } from "@std/assert";
import { picture, pictureStyle, round, svgText } from "../../src/observe/svg_parts.ts";
import { assertXml } from "./support.ts";

Deno.test("A style for all viewers has both grounds, another one has its own", () => {
  assertStringIncludes(pictureStyle("auto"), "@media (prefers-color-scheme:dark)");
  assertEquals(pictureStyle("dark").includes("@media"), false);
  assertEquals(pictureStyle("light").includes("#0d1117}"), false);
});

Deno.test("A picture is an SVG document of whole pixels with a title", () => {
  const document = picture({
    width: 99.2,
    height: 10,
    title: "a < b",
    style: undefined,
    body: svgText(1.26, 2, "wf-ink", "&"),
  });
  assertXml(document);
  assertStringIncludes(document, 'width="100" height="10"');
  assertStringIncludes(document, "<title>a &lt; b</title>");
  assertStringIncludes(document, 'x="1.3"');
  assertEquals(round(0.05), 0.1);
});
