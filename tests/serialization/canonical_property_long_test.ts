import { testCanonicalStrings } from "./canonical_properties.ts";

testCanonicalStrings(10_000);
