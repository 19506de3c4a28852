/** Prints the ids of the records in the file named, or the error. */
import { readCheckpoint } from "../../../../src/stores/read_checkpoint.ts";

try {
  console.log((await Array.fromAsync(readCheckpoint(Deno.args[0]!), ({ id }) => id)).join());
} catch (error) {
  console.log(String(error));
}
