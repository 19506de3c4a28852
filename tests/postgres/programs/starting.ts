/** Saves a record in a schema that may not be there yet. Arguments: schema, prefix. DATABASE_URL says where. */

import { PostgresCheckpointer } from "../../../src/stores/postgres/postgres_checkpointer.ts";

const [schema = "", prefix = ""] = Deno.args;
await using checkpointer = new PostgresCheckpointer({ schema, prefix });
await checkpointer.save([{ id: prefix, name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] }]);
console.log((await Array.fromAsync(checkpointer.load(), ({ id }) => id)).join());
