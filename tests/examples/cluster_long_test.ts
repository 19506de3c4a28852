import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { findNatsServer } from "../remote/nats_server.ts";

const PROGRAM = fromFileUrl(new URL("../../examples/cluster/main.ts", import.meta.url));
const nats = findNatsServer();

Deno.test({
  name: `examples/cluster reads all files, though a worker is killed${
    nats === undefined ? " (skipped: apt-get install nats-server)" : ""
  }`,
  ignore: nats === undefined,
  fn: async () => {
    const folder = nats!.slice(0, nats!.lastIndexOf("/"));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", PROGRAM],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertMatch(
      said,
      /^\d+ files, 2 workers; one of them is killed now\nAll \d+ files were read; some of them ran again/,
    );
  },
});
