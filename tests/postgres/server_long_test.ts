import { assertEquals } from "@std/assert";
import { PostgresServer } from "./server.ts";
import { ownServerTest } from "./own_server.ts";

ownServerTest(
  "a server that is killed starts again with what was committed, and leaves nothing when it ends",
  async () => {
    let folder: string;
    {
      await using server = await PostgresServer.start({ fsync: true });
      folder = server.folder;
      await server.sql("create table kept (n int); insert into kept values (7)");
      await server.kill();
      await server.restart();
      assertEquals(await server.sql("select n from kept"), [[7]]);
    }
    assertEquals(await Deno.stat(folder).then(() => "there", (error) => error.name), "NotFound");
  },
);
