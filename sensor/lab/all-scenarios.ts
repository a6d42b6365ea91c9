import type { Scenario } from "./scenario.ts";
import { chokedLine } from "./scenarios/choked-line.ts";
import { halfInfected } from "./scenarios/half-infected.ts";
import { internalResolver } from "./scenarios/internal-resolver.ts";
import { lineCut } from "./scenarios/line-cut.ts";
import { officeOutbreak } from "./scenarios/office-outbreak.ts";
import { officeQuiet } from "./scenarios/office-quiet.ts";
import { providerPortal } from "./scenarios/provider-portal.ts";
import { retryStorm } from "./scenarios/retry-storm.ts";
import { slowScan } from "./scenarios/slow-scan.ts";

/** Those that play in an office between its router and its switch, and need nobody to do anything meanwhile. */
export const allScenarios: readonly Scenario[] = [
  officeOutbreak,
  lineCut,
  officeQuiet,
  retryStorm,
  providerPortal,
  halfInfected,
  chokedLine,
  internalResolver,
  slowScan,
];
