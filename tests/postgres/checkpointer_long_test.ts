import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import postgres from "postgres";
import { CheckpointError } from "../../src/core/errors.ts";
import type { TaskRecord } from "../../src/core/checkpointer.ts";
import {
  PostgresCheckpointer,
  type PostgresCheckpointerOptions,
} from "../../src/stores/postgres/postgres_checkpointer.ts";
import { readCheckpoint } from "../../src/stores/read_checkpoint.ts";
import { errorOf, until } from "../support.ts";
import { findPooler, POOLER_MISSING, startPooler } from "./pooler.ts";
import { newPrefix, postgresTest } from "./shared.ts";

function record(id: string, value: unknown = 1): TaskRecord {
  return { id, name: "work", status: "completed", attempts: 1, args: [], dependsOn: [], value };
}

Deno.test("new PostgresCheckpointer() refuses options that are unknown or of a wrong kind", () => {
  const cases: [options: unknown, Class: ErrorConstructor, message: string][] = [
    [undefined, TypeError, "The options of a PostgresCheckpointer must be an object, not undefined"],
    [
      { path: "a" },
      TypeError,
      'Unknown option "path" of a PostgresCheckpointer: the options are connection, schema, prefix',
    ],
    [{}, TypeError, "prefix of a PostgresCheckpointer must be a string, not undefined"],
    [{ prefix: "" }, RangeError, "prefix of a PostgresCheckpointer must not be empty"],
    [{ prefix: "x".repeat(501) }, RangeError, "prefix of a PostgresCheckpointer must have up to 500 bytes, not 501"],
    [{ prefix: "a", schema: "s".repeat(64) }, RangeError, "must be the name of a schema, of up to 63 bytes"],
    [{ prefix: "a", schema: 1 }, TypeError, "schema of a PostgresCheckpointer must be a string, not 1"],
    [{ prefix: "a", codec: "xml" }, RangeError, "codec of a PostgresCheckpointer must be one of"],
    [{ prefix: "a", lease: 99 }, RangeError, "lease of a PostgresCheckpointer must be at least 100 ms, not 99 ms"],
    [
      { prefix: "a", patience: 0 },
      RangeError,
      "patience of a PostgresCheckpointer must be more than 0; leave it out for the default",
    ],
    [
      { prefix: "a", connection: 5 },
      TypeError,
      'must be a URL such as "postgres://user@host/database", or a client of',
    ],
    [{ prefix: "a", connection: "https://example.com" }, RangeError, "must be a URL such as"],
  ];
  for (const [options, Class, message] of cases) {
    assertThrows(() => new PostgresCheckpointer(options as PostgresCheckpointerOptions), Class, message);
  }
});

Deno.test("certificates that cannot be read make a checkpoint unavailable, and the error says which option names them", async () => {
  const connection = "postgres://127.0.0.1:1/workflowy?sslmode=verify-full&sslrootcert=/nowhere.pem";
  await using checkpointer = new PostgresCheckpointer({ prefix: "a", connection });
  const error = await assertRejects(
    () => checkpointer.delete(["a"]),
    CheckpointError,
    "the file that sslrootcert names cannot be read",
  );
  assertEquals(error.reason, "unavailable");
});

Deno.test("an error about a connection has nothing of its password", () => {
  for (const connection of ["postgres://ann:s3cr3t@a b/c", "mysql://ann:s3cr3t@host/db"]) {
    const error = assertThrows(() => new PostgresCheckpointer({ prefix: "a", connection }));
    assert(!Deno.inspect(error).includes("s3cr3t"));
  }
});

postgresTest(
  "an error about a server that refuses, or is not there, says what to do and has no password",
  async (server) => {
    const cases: [url: string, message: RegExp][] = [
      ["postgres://workflowy:s3cr3t@127.0.0.1:1/workflowy", /no server listens there/],
      [
        server.urlOf("workflowy:s3cr3t").replace(/workflowy$/, "nowhere"),
        /no such database; create it/,
      ],
      [server.urlOf("someone-else:s3cr3t"), /does not let this user in/],
      [
        "postgres://workflowy:s3cr3t@no-such-host.invalid/workflowy",
        /name of the server is not known|temporary|EAI_AGAIN/i,
      ],
    ];
    for (const [connection, message] of cases) {
      await using checkpointer = new PostgresCheckpointer({ connection, prefix: newPrefix(), patience: 5_000 });
      const error = await assertRejects(() => checkpointer.save([record("a")]), CheckpointError);
      assertMatch(error.message, message);
      assertEquals(error.reason, "unavailable");
      assert(!Deno.inspect(error, { depth: 9, showHidden: true }).includes("s3cr3t"), Deno.inspect(error));
    }
  },
);

postgresTest("records of all sizes are read once each, many at a time", async (server) => {
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, prefix: newPrefix() });
  // Small ones, more than are read at a time; some that are read apart, several at a time; and some of their own.
  const sizes = [...Array.from({ length: 10_001 }, (_, x) => x % 50), 5_990, 6_000, 6_100, 9_000, 9_000_000, 3_000_000];
  const all = [...sizes, ...Array.from({ length: 40 }, () => 600_000)].map((size, index) => ({
    ...{
      id: `${index % 7} ${index}`,
      name: "work",
      status: "completed",
      attempts: 1,
      args: [],
      dependsOn: [],
    } as const,
    value: "x".repeat(size),
  }));
  await checkpointer.save(all);
  const lengths: [string, number][] = [];
  for await (const { id, value } of checkpointer.load()) lengths.push([id, String(value).length]);
  assertEquals(lengths.length, all.length);
  assertEquals(Object.fromEntries(lengths), Object.fromEntries(all.map(({ id, value }) => [id, value.length])));
});

postgresTest("any string can be a prefix, an id or the name of a schema", async (server) => {
  const special = `%'"\\ \0 {é} ,🍋\ud800 ${"x".repeat(80)}`;
  const prefix = newPrefix() + special;
  const schema = `"it's" a %1`;
  const ids = [
    "\0",
    "%",
    "%0000",
    "\ud800",
    "\udc00\ud800",
    "🍋",
    "é",
    "e\u0301",
    "a".repeat(10_000),
    special.repeat(50),
  ];
  const random = Array.from({ length: 3_000 }, (_, index) => String.fromCharCode(0x4e00 + (index * 7919) % 20_000))
    .join("");
  for (const which of [prefix, prefix.replace("\0", "\u0001")]) {
    await using checkpointer = new PostgresCheckpointer({ connection: server.url, schema, prefix: which });
    await checkpointer.save([...ids, random].map((id) => record(id, which)));
    await checkpointer.delete([ids[0]!]);
    const found = await Array.fromAsync(checkpointer.load());
    assertEquals(new Set(found.map(({ id }) => id)), new Set([...ids.slice(1), random]));
    assert(found.every(({ value }) => value === which));
  }
});

postgresTest("programs that start at a time make the tables once", async (server) => {
  const schema = `new ${crypto.randomUUID()}`;
  const program = fromFileUrl(new URL("programs/starting.ts", import.meta.url));
  const runs = Array.from({ length: 4 }, (_, index) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "--no-check", program, schema, `prefix ${index}`],
      env: { DATABASE_URL: server.url },
    }).output());
  for (const [index, { code, stdout, stderr }] of (await Promise.all(runs)).entries()) {
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertEquals(new TextDecoder().decode(stdout).trim(), `prefix ${index}`);
  }
  assertEquals(await server.sql(`select version from "${schema}".version`), [[1]]);
});

postgresTest("tables of a newer version are refused, by owners and by readers", async (server) => {
  const schema = `newer ${crypto.randomUUID()}`;
  await server.sql(`create schema "${schema}"; create table "${schema}".version (version int)`);
  await server.sql(`insert into "${schema}".version values (99)`);
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, schema, prefix: "a" });
  for (const action of [() => checkpointer.save([record("a")]), () => Array.fromAsync(checkpointer.read())]) {
    const error = await assertRejects(
      action,
      CheckpointError,
      "have version 99, and this version of the package knows",
    );
    assertEquals(error.reason, "incompatible");
  }
});

postgresTest("the environment says where the server is, piece by piece", async (server) => {
  const { port } = new URL(server.url);
  const program = fromFileUrl(new URL("programs/starting.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-env", "--allow-net", "--no-prompt", "--no-check", program, "workflowy", newPrefix()],
    env: { PGHOST: "127.0.0.1", PGPORT: port, PGUSER: "workflowy", PGDATABASE: "workflowy", PGSSLMODE: "disable" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertMatch(new TextDecoder().decode(stdout), /^test /);
});

postgresTest("another owner is refused until the first one releases the lease, or it expires", async (server) => {
  const options = { connection: server.url, prefix: newPrefix(), lease: 10_000 };
  const first = new PostgresCheckpointer(options);
  await first.save([record("a")]);
  const second = new PostgresCheckpointer(options);
  const error = await assertRejects(() => second.save([record("b")]), CheckpointError);
  assertMatch(
    error.message,
    /another PostgresCheckpointer of this program has it; its lease ends in .* let this one wait:/,
  );
  assertEquals(error.reason, "in use");
  await first[Symbol.asyncDispose]();
  await second.save([record("b")]);
  await second[Symbol.asyncDispose]();
});

postgresTest("an owner that lost its lease writes nothing, and hears of it while it saves nothing", async (server) => {
  const prefix = newPrefix();
  const lost: CheckpointError[] = [];
  const options = { connection: server.url, prefix, lease: 300 };
  await using first = new PostgresCheckpointer(options);
  first.attend({ lost: (error) => void lost.push(error), requested: () => {} });
  await first.save([record("a")]);
  await server.sql("update workflowy.lease set epoch = epoch + 1, owner = 'other', until = now() where prefix = $1", [
    prefix,
  ]);
  await using second = new PostgresCheckpointer({ ...options, lease: "1m" });
  await second.save([record("b")]);
  await until("the first one has heard of it", () => lost.length > 0);
  assertEquals(lost[0]!.reason, "lost");
  for (
    const action of [() => first.save([record("c")]), () => first.delete(["a"]), () => Array.fromAsync(first.load())]
  ) {
    const error = await assertRejects(
      action,
      CheckpointError,
      "its lease was lost: ",
    );
    assertEquals(error.reason, "lost");
  }
  assertEquals((await Array.fromAsync(second.load())).map(({ id }) => id), ["a", "b"]);
  await first[Symbol.asyncDispose]();
  await second.save([record("d")]);
});

postgresTest("a save after the lease was lost is refused by the same statement", async (server) => {
  const prefix = newPrefix();
  await using first = new PostgresCheckpointer({ connection: server.url, prefix });
  await first.save([record("a")]);
  await server.sql("update workflowy.lease set until = now() where prefix = $1", [prefix]);
  await using second = new PostgresCheckpointer({ connection: server.url, prefix });
  await second.save([record("b")]);
  assertEquals((await assertRejects(() => first.save([record("c")]), CheckpointError)).reason, "lost");
  assertEquals((await Array.fromAsync(second.load())).map(({ id }) => id), ["a", "b"]);
});

postgresTest("the codec of a prefix is remembered", async (server) => {
  const place = { connection: server.url, prefix: newPrefix() };
  {
    await using checkpointer = new PostgresCheckpointer({ ...place, codec: "structured" });
    await checkpointer.save([record("a", new Map([[1, 2]]))]);
  }
  await using other = new PostgresCheckpointer(place);
  const error = await assertRejects(() => other.save([record("b")]), CheckpointError, 'codec: "structured"');
  assertEquals(error.reason, "incompatible");
  const [found] = await Array.fromAsync(readCheckpoint(other));
  assertEquals(found?.value, new Map([[1, 2]]));
});

postgresTest("a record that was changed by others is damage, and is left as it is", async (server) => {
  const prefix = newPrefix();
  await using checkpointer = new PostgresCheckpointer({ connection: server.url, prefix });
  await checkpointer.save([record("a"), record("b")]);
  await server.sql("update workflowy.record set data = '{' where prefix = $1 and id = 'a'", [prefix]);
  const error = await assertRejects(
    () => Array.fromAsync(checkpointer.load()),
    CheckpointError,
    'damaged at the id "a"',
  );
  assertEquals(error.reason, "damaged");
  await checkpointer.delete(["a"]);
  assertEquals((await Array.fromAsync(checkpointer.load())).map(({ id }) => id), ["b"]);
});

postgresTest("readCheckpoint() reads while it is in use, also as a user who may only read", async (server) => {
  const prefix = newPrefix();
  await using owner = new PostgresCheckpointer({ connection: server.url, prefix });
  await owner.save([record("a")]);
  const role = `reader_${crypto.randomUUID().slice(0, 8)}`;
  await server.sql(
    `create role ${role} login; grant usage on schema workflowy to ${role};
     grant select on all tables in schema workflowy to ${role}; alter role ${role} set default_transaction_read_only = on`,
  );
  const reader = new PostgresCheckpointer({ connection: server.urlOf(role), prefix });
  assertEquals((await Array.fromAsync(readCheckpoint(reader))).map(({ id }) => id), ["a"]);
  await owner.save([record("b")]);
  assertEquals((await Array.fromAsync(readCheckpoint(reader))).map(({ id }) => id), ["a", "b"]);
  const none = new PostgresCheckpointer({ connection: server.urlOf(role), prefix: newPrefix() });
  await assertRejects(() => Array.fromAsync(readCheckpoint(none)), CheckpointError, "There is no such checkpoint");
});

postgresTest("a client that is given stays open, and its own settings do no harm", async (server) => {
  const client = postgres(server.url, {
    max: 1,
    prepare: false,
    transform: { ...postgres.camel, undefined: null },
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
  });
  for (let round = 0; round < 2; round++) {
    await using checkpointer = new PostgresCheckpointer({ connection: client, prefix: newPrefix() });
    await checkpointer.save([record("a")]);
    assertEquals((await Array.fromAsync(checkpointer.load())).length, 1);
  }
  assertEquals([...await client`select 1 as one`.values()], [[1]]);
  await client.end();
  await using late = new PostgresCheckpointer({ connection: client, prefix: newPrefix() });
  assertMatch((await errorOf(() => late.save([record("a")])) as Error).message, /the client was ended; end it after/);
});

postgresTest(
  "it works through PgBouncer in transaction mode",
  async (server) => {
    await using front = await startPooler(findPooler()!, server);
    const prefix = newPrefix();
    const owners = Array.from({ length: 3 }, (_, index) => `${prefix} ${index}`);
    await Promise.all(owners.map(async (prefix) => {
      await using checkpointer = new PostgresCheckpointer({ connection: front.url, prefix, lease: 2_000 });
      for (let index = 0; index < 60; index++) {
        await checkpointer.save([record(`a${index}`), record("last", index)]);
        if (index % 20 === 0) assertEquals((await Array.fromAsync(checkpointer.load())).length, index + 2);
      }
      assertEquals(await checkpointer.requests(), []);
    }));
  },
  POOLER_MISSING,
);

postgresTest("errors of a checkpointer that was disposed of while it saved say so", async (server) => {
  const checkpointer = new PostgresCheckpointer({ connection: server.url, prefix: newPrefix() });
  const saved = checkpointer.save([record("a")]);
  await checkpointer[Symbol.asyncDispose]();
  await saved;
  const loading = checkpointer.load();
  await loading.next();
  await checkpointer[Symbol.asyncDispose]();
  const error = await errorOf(() => Array.fromAsync(loading));
  assertInstanceOf(error, CheckpointError);
});

postgresTest("a checkpointer that is disposed of while it is being read leaves nothing behind", async (server) => {
  const prefix = newPrefix();
  const checkpointer = new PostgresCheckpointer({ connection: server.url, prefix });
  await checkpointer.save([record("a")]);
  const other = postgres(server.url, { max: 1, onnotice: () => {} });
  const { reading, disposed } = await other.begin(async (sql) => {
    await sql`lock table workflowy.record in access exclusive mode`;
    const reading = errorOf(() => Array.fromAsync(checkpointer.load()));
    const disposed = checkpointer[Symbol.asyncDispose]();
    const released = "select 1 from workflowy.lease where prefix = $1 and owner = ''";
    await until("the lease is released", async () => (await server.sql(released, [prefix])).length > 0);
    return { reading, disposed };
  });
  await other.end();
  await disposed;
  assertMatch((await reading as Error).message, /was disposed meanwhile/);
});
