import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../mod.ts";
import { PostgresCheckpointer } from "../../src/remote/postgres/mod.ts";
import { ownServerTest } from "./own_server.ts";
import { hasOpenssl, makeCertificate } from "../certificate.ts";
import { PostgresServer } from "./server.ts";
import { newPrefix } from "./shared.ts";

ownServerTest(
  "the connection is encrypted, and the server checked, as sslmode says",
  async () => {
    const folder = await Deno.makeTempDir();
    await makeCertificate(folder, "localhost");
    await Deno.chmod(folder, 0o755);
    await using server = await PostgresServer.start();
    for (const file of ["key.pem", "cert.pem"]) {
      await server.putFile(file, await Deno.readTextFile(`${folder}/${file}`));
    }
    await server.sql(`alter system set ssl_cert_file = '${server.folder}/cert.pem'`);
    await server.sql(`alter system set ssl_key_file = '${server.folder}/key.pem'`);
    await server.sql("alter system set ssl = on");
    await server.stop();
    await server.restart();

    const isEncrypted = async (host: string, parameters: string) => {
      const url = `postgres://workflowy@${host}:${server.port}/workflowy?${parameters}`;
      await using checkpointer = new PostgresCheckpointer({ connection: url, prefix: newPrefix(), patience: "1m" });
      await checkpointer.save([{ id: "a", name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] }]);
      const rows = await server.sql(
        "select bool_or(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'workflowy'",
      );
      return rows[0]![0];
    };
    const root = `sslrootcert=${encodeURIComponent(`${folder}/cert.pem`)}`;
    assertEquals(await isEncrypted("127.0.0.1", "sslmode=disable"), false);
    assertEquals(await isEncrypted("127.0.0.1", ""), true);
    assertEquals(await isEncrypted("127.0.0.1", "sslmode=require"), true);
    assertEquals(await isEncrypted("127.0.0.1", `sslmode=verify-ca&${root}`), true);
    assertEquals(await isEncrypted("localhost", `sslmode=verify-full&${root}`), true);
    await assertRejects(() => isEncrypted("localhost", "sslmode=verify-full"), CheckpointError, "ertificate");
    await assertRejects(() => isEncrypted("127.0.0.1", `sslmode=verify-full&${root}`), CheckpointError, "ertificate");
    await Deno.remove(folder, { recursive: true });
  },
  await hasOpenssl() ? "" : " (skipped: openssl is not installed)",
);
