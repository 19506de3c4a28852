import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { argumentsOf, mask } from "./examples.ts";

Deno.test("argumentsOf() reads the command from the first comment, of either kind", () => {
  const expected = ["run", "--allow-net=127.0.0.1", "examples/server.ts", "--loud"];
  for (
    const source of [
      "// deno run --allow-net=127.0.0.1 examples/server.ts --loud\n\nimport …",
      "// A server.\n//\n// Run it: `deno run --allow-net=127.0.0.1 examples/server.ts --loud`\nimport …",
      "/**\n * A server.\n *\n *     deno run --allow-net=127.0.0.1 examples/server.ts --loud\n */\nimport …",
      "#!/usr/bin/env deno\n// deno run --allow-net=127.0.0.1 examples/server.ts --loud\nimport …",
    ]
  ) {
    assertEquals(argumentsOf("server", source), expected);
  }
});

Deno.test("argumentsOf() takes nothing from the code, nor a command for another program", () => {
  const wrong = [
    "import a;\n// deno run examples/server.ts\n",
    "// deno run examples/client.ts\n",
    "// Just run it\n",
    "",
  ];
  for (const source of wrong) {
    assertThrows(() => argumentsOf("server", source), Error, "first comment does not say how");
  }
});

Deno.test("mask() replaces what varies and nothing else", () => {
  const root = fromFileUrl(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
  assertEquals(
    mask(
      `3 of 4 in 12 ms (1.5s, 1,203.5 µs), 2 steps, 5 seconds
http://localhost:41234/a and 127.0.0.1:80, ratio 3:4
started 2026-01-31T12:00:00.123Z, due 2026-02-01
${new URL("../mod.ts", import.meta.url)} ${root}/src/core\r
"/tmp/abc-123/state.jsonl"`,
    ),
    `3 of 4 in <duration> (<duration>, <duration>), 2 steps, 5 seconds
http://localhost:<port>/a and 127.0.0.1:<port>, ratio 3:4
started <time>, due 2026-02-01
<repository>/mod.ts <repository>/src/core
"<temporary>"`,
  );
});
