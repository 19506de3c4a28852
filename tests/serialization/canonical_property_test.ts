import { testCanonicalStrings } from "./canonical_properties.ts";

testCanonicalStrings(500);
