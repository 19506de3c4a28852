import { POSTGRES } from "./engines.ts";
import { faultTests } from "./fault_tests.ts";

faultTests(POSTGRES);
