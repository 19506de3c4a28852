import { assert, assertFalse } from "@std/assert";
import { isSameSecret } from "../../src/core/same_secret.ts";

Deno.test("isSameSecret() tells equal strings from all others", () => {
  assert(isSameSecret("secret", "secret"));
  assert(isSameSecret("", ""));
  for (const other of ["", "Secret", "secre", "secrets", "terces", "secret\0"]) {
    assertFalse(isSameSecret(other, "secret"), other);
    assertFalse(isSameSecret("secret", other), other);
  }
});
