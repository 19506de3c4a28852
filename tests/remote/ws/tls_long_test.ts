import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TaskRunner } from "../../../mod.ts";
import { webSocketPool } from "../../../src/remote/ws/mod.ts";
import { hasOpenssl, makeCertificate } from "../../certificate.ts";
import { recordingLogger, tempFolder } from "../../support.ts";
import { nap } from "../faults/tasks.ts";

const ignore = !(await hasOpenssl());

Deno.test({
  name: ignore
    ? "TLS (skipped: apt-get install openssl)"
    : "workers reach a runner by TLS, if they trust its certificate",
  ignore,
  fn: async () => {
    await using folder = await tempFolder();
    await makeCertificate(folder.path, "localhost", false);
    const [cert, key] = ["cert.pem", "key.pem"].map((file) => Deno.readTextFileSync(folder.file(file))) as [
      string,
      string,
    ];
    const listening = Promise.withResolvers<number>();
    const onListen = ({ port }: { readonly port: number }) => listening.resolve(port);
    const options = {
      name: "tls",
      hostname: "localhost",
      port: 0,
      token: "secret",
      lease: "2s",
      cert,
      key,
      onListen,
    } as const;
    await using runner = new TaskRunner({ pools: { cluster: webSocketPool(options) }, logger: recordingLogger() });
    const handle = runner.submit(nap, 1, "it");
    const address = `wss://localhost:${await listening.promise}`;
    const worker = (...flags: string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: [
          ...[
            "run",
            "-A",
            "--no-check",
            ...flags,
            fromFileUrl(import.meta.resolve("../../../src/cli/main.ts")),
            "worker",
          ],
          ...["--engine", "ws", "--name", "tls", "--lease", "2s", "--server", address, "--backend", "async"],
          fromFileUrl(import.meta.resolve("../faults/tasks.ts")),
        ],
        env: { WORKFLOWY_TOKEN: "secret" },
        stderr: "piped",
      }).spawn();
    const stranger = worker();
    const reader = stranger.stderr.pipeThrough(new TextDecoderStream()).getReader();
    assertStringIncludes((await reader.read()).value ?? "", `No runner is at ${address}`);
    stranger.kill("SIGKILL");
    await Promise.all([stranger.status, reader.cancel()]);
    const friend = worker("--cert", folder.file("cert.pem"));
    await runner.run();
    assertEquals(await handle, "it took 1");
    friend.kill("SIGTERM");
    assertEquals((await friend.status).code, 0);
    await friend.stderr.cancel();
  },
});
