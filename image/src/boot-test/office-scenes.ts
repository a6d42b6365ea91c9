import { allScenarios } from "../../../sensor/lab/index.ts";
import { atBoxActs } from "./acts/at-box.ts";
import { diskWritesAround } from "./acts/disk-writes.ts";
import { enrolmentActs } from "./acts/enrolment.ts";
import { hardeningActs } from "./acts/hardening.ts";
import { dialledActs, outsideRouterActs } from "./acts/outside-router.ts";
import { portScanActs } from "./acts/port-scan.ts";
import { anyPowerCutActs, lostDataActs, powerCutActs } from "./acts/power-cuts.ts";
import { quarantineActs } from "./acts/quarantine.ts";
import { releaseActs, tamperedRootActs } from "./acts/releases.ts";
import { repairNetworkActs } from "./acts/repair-network.ts";
import { hiddenAtMirrorActs, hiddenOutsideRouterActs } from "./acts/hidden-box.ts";
import { mirrorActs } from "./acts/mirror.ts";
import { lineCutActs, quietActs, scenarioAct } from "./acts/scenarios.ts";
import { tenMinutesAround } from "./acts/ten-minutes.ts";
import { wipeActs } from "./acts/wipe.ts";
import type { OfficeScene } from "./office-scene.ts";

/** What every change has to pass. */
export const reducedScene: OfficeScene = {
  name: "in the line of an office",
  form: "quick",
  isByToken: true,
  acts: [...enrolmentActs, ...diskWritesAround(quarantineActs)],
};

const repairNetwork: OfficeScene = {
  name: "as the gateway of an office's repair network, by UEFI and with systemd",
  form: "full",
  line: "gateway",
  isByToken: true,
  acts: repairNetworkActs,
};

const outsideRouter: OfficeScene = {
  name: "between an office's router and its modem",
  form: "quick",
  // As most offices' lines are: the router dials through the box.
  line: "wan-pppoe",
  isByToken: true,
  acts: [...outsideRouterActs, ...dialledActs],
};

/** A box in each place that it may be put to, started as it is at a client's; the longest first. */
export const officeScenes: readonly OfficeScene[] = [
  {
    name: "in the line of an office, by UEFI and with systemd",
    form: "full",
    isByToken: true,
    acts: [
      ...enrolmentActs,
      ...hardeningActs,
      ...diskWritesAround([...portScanActs, ...lineCutActs, ...tenMinutesAround(quarantineActs)]),
    ],
  },
  {
    ...outsideRouter,
    name: `${outsideRouter.name}, by UEFI and with systemd`,
    form: "full",
    acts: [...outsideRouter.acts, ...hiddenOutsideRouterActs],
  },
  repairNetwork,
];

/** The same with the card of a Raspberry Pi, by its kernel and on the processor of a Pi 4. */
export const cardOfficeScenes: readonly OfficeScene[] = [
  { ...reducedScene, name: `${reducedScene.name}, from a card`, board: "pi" },
  { ...outsideRouter, name: `${outsideRouter.name}, from a card`, board: "pi" },
  { ...repairNetwork, name: "as the gateway of an office's repair network, from a card and with systemd", board: "pi" },
];

/** What an office's box goes through seldom. */
export const hardOfficeScenes: readonly OfficeScene[] = [
  {
    ...reducedScene,
    name: "in the line of an office, where the power goes and the data are lost",
    // A box that has lost its data has lost its key, and its token was used.
    isByToken: false,
    acts: [...enrolmentActs, ...quietActs, ...quarantineActs, ...powerCutActs, ...lostDataActs],
  },
  {
    ...outsideRouter,
    name: `${outsideRouter.name}, without PPPoE`,
    line: "wan",
    acts: outsideRouterActs,
  },
  {
    name: "told to forget its site, by UEFI and with systemd",
    form: "full",
    isByToken: true,
    acts: [...enrolmentActs, ...wipeActs],
  },
  {
    name: "at a mirrored port of an office's switch, by UEFI and with systemd",
    form: "full",
    line: "mirror",
    isByToken: true,
    acts: [...mirrorActs, ...hiddenAtMirrorActs],
  },
  { name: "at its own pages, by UEFI and with systemd", form: "full", isByToken: true, acts: atBoxActs },
];

/**
 * From a client's site file to an empty card, without a person at the box. Played where it is asked for by its name: its dozen
 * starts by UEFI take longer than all other scenes.
 */
export const shippingScene: OfficeScene = {
  name: "shipping",
  form: "full",
  isShipped: true,
  acts: [...enrolmentActs, ...quarantineActs, ...anyPowerCutActs, ...releaseActs, ...tamperedRootActs, ...wipeActs],
};

/** The lab's scenarios that say what is to come of them, an office and a boot for each. */
export const scenarioScenes: readonly OfficeScene[] = allScenarios
  .filter(({ expected }) => expected !== undefined)
  .map((scenario) => ({
    name: scenario.name,
    form: "quick",
    seed: 8,
    acts: [...enrolmentActs, scenarioAct(scenario)],
  }));
