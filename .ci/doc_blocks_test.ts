import { assertEquals, assertStringIncludes } from "@std/assert";
import { docBlocksOf, writeDocTests } from "./doc_blocks.ts";

const FENCE = "```";

Deno.test("docBlocksOf() finds the blocks of a document that are to be run", () => {
  const text = [
    "# Title",
    `${FENCE}ts`,
    "first();",
    "second();",
    FENCE,
    `${FENCE}ts ignore`,
    "ignored();",
    FENCE,
    `${FENCE}sh`,
    "ls",
    FENCE,
    FENCE,
    "a drawing",
    FENCE,
    `${FENCE}ts`,
    "third();",
    FENCE,
  ];
  assertEquals(docBlocksOf("README.md", text.join("\r\n")), [
    { line: 3, code: "first();\nsecond();" },
    { line: 16, code: "third();" },
  ]);
});

Deno.test("docBlocksOf() finds the blocks in the JSDoc of a source file, and nothing in its code", () => {
  const text = [
    "/**",
    " * Adds.",
    " *",
    ` * ${FENCE}ts`,
    " * if (sum > 1) {",
    " *   add();",
    " *",
    " * }",
    ` * ${FENCE}`,
    " */",
    "const block = `",
    `${FENCE}ts`,
    "not documentation",
    FENCE,
    "`;",
    "class A {",
    "  /** One line. */",
    "  /**",
    `   * ${FENCE}ts`,
    "   * inner();",
    `   * ${FENCE}`,
    "   */",
    "}",
  ];
  assertEquals(docBlocksOf("mod.ts", text.join("\n")), [
    { line: 5, code: "if (sum > 1) {\n  add();\n\n}" },
    { line: 20, code: "inner();" },
  ]);
});

Deno.test("writeDocTests() makes a test of each block, which fails as the block does, at its line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const text = `${FENCE}ts\nglobalThis.name;\n${FENCE}\n\n${FENCE}ts\nthrow new Error("closed");\n${FENCE}\n`;
    const path = await writeDocTests([{ path: "docs/README.md", text }], folder);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--quiet", "--no-check", "--no-config", "-A", path],
      env: { NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertEquals(code, 1);
    assertStringIncludes(output, "docs/README.md:2 ... ok");
    assertStringIncludes(output, "docs/README.md:6 ... FAILED");
    assertStringIncludes(output, "docs_README.md_6.ts:6:7");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
