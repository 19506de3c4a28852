import { testCloneable } from "./cloneable_properties.ts";

testCloneable(150);
