/**
 * The conformance suite: what holds on every backend alike.
 *
 * @module
 */

import type { Case } from "./case.ts";
import { contextCases } from "./context_cases.ts";
import { errorCases } from "./error_cases.ts";
import { formCases } from "./form_cases.ts";
import { runningCases } from "./running_cases.ts";
import { valueCases } from "./value_cases.ts";

/** All cases. */
export const cases: readonly Case[] = [...formCases, ...valueCases, ...errorCases, ...contextCases, ...runningCases];
