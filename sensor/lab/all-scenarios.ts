import type { Scenario } from "./scenario.ts";
import { chokedFromOnePort, chokedLine } from "./scenarios/choked-line.ts";
import { everythingAtOnce } from "./scenarios/everything-at-once.ts";
import { fivePeers } from "./scenarios/five-peers.ts";
import { halfInfected } from "./scenarios/half-infected.ts";
import { hiddenNames } from "./scenarios/hidden-names.ts";
import { givenList, hitList } from "./scenarios/hit-list.ts";
import { inspectors, inspectorsAnnounced } from "./scenarios/inspectors.ts";
import { internalResolver } from "./scenarios/internal-resolver.ts";
import { lineCut } from "./scenarios/line-cut.ts";
import { mondayCut } from "./scenarios/monday-cut.ts";
import { newsletterByDesk, newsletterByServer } from "./scenarios/newsletter.ts";
import { officeOutbreak } from "./scenarios/office-outbreak.ts";
import { officeQuiet } from "./scenarios/office-quiet.ts";
import { providerPortal } from "./scenarios/provider-portal.ts";
import { retryStorm } from "./scenarios/retry-storm.ts";
import { slowScan } from "./scenarios/slow-scan.ts";
import { slowWorm } from "./scenarios/slow-worm.ts";
import { telnetBot } from "./scenarios/telnet-bot.ts";
import { toldMailer } from "./scenarios/told-mailer.ts";
import { weakSpots, weakSpotsAnnounced, weakSpotsAstray } from "./scenarios/weak-spots.ts";
import { wormEverywhere } from "./scenarios/worm-everywhere.ts";

/** Those that play in an office between its router and its switch, and need nobody to do anything meanwhile but say a duty. */
export const allScenarios: readonly Scenario[] = [
  officeOutbreak,
  lineCut,
  officeQuiet,
  wormEverywhere,
  telnetBot,
  toldMailer,
  slowWorm,
  chokedLine,
  chokedFromOnePort,
  hitList,
  givenList,
  retryStorm,
  mondayCut,
  newsletterByServer,
  newsletterByDesk,
  fivePeers,
  inspectors,
  inspectorsAnnounced,
  weakSpots,
  weakSpotsAnnounced,
  weakSpotsAstray,
  hiddenNames,
  internalResolver,
  providerPortal,
  halfInfected,
  everythingAtOnce,
  slowScan,
];
