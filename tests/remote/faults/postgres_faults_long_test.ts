import { POSTGRES } from "./engines.ts";
import { serverFaultTests } from "./fault_tests.ts";

serverFaultTests(POSTGRES);
