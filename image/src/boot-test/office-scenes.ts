import { allScenarios } from "../../../sensor/lab/index.ts";
import { atBoxActs } from "./acts/at-box.ts";
import { diskWritesAround } from "./acts/disk-writes.ts";
import { enrolmentActs } from "./acts/enrolment.ts";
import { hardeningActs } from "./acts/hardening.ts";
import { outsideRouterActs } from "./acts/outside-router.ts";
import { portScanActs } from "./acts/port-scan.ts";
import { anyPowerCutActs, lostDataActs, powerCutActs } from "./acts/power-cuts.ts";
import { quarantineActs } from "./acts/quarantine.ts";
import { releaseActs, tamperedRootActs } from "./acts/releases.ts";
import { repairNetworkActs } from "./acts/repair-network.ts";
import { lineCutActs, quietActs, scenarioAct } from "./acts/scenarios.ts";
import { wipeActs } from "./acts/wipe.ts";
import type { OfficeScene } from "./office-scene.ts";

/** What every change has to pass. */
export const reducedScene: OfficeScene = {
  name: "in the line of an office",
  form: "quick",
  isByToken: true,
  acts: [...enrolmentActs, ...diskWritesAround(quarantineActs)],
};

const outsideRouter: OfficeScene = {
  name: "between an office's router and its modem",
  form: "quick",
  line: "wan",
  isByToken: true,
  acts: outsideRouterActs,
};

const repairNetwork: OfficeScene = {
  name: "as the gateway of an office's repair network, by UEFI and with systemd",
  form: "full",
  line: "gateway",
  isByToken: true,
  acts: repairNetworkActs,
};

/** The end of a job. */
const wipeScene: OfficeScene = {
  name: "told to forget its site, by UEFI and with systemd",
  form: "full",
  isByToken: true,
  acts: [...enrolmentActs, ...wipeActs],
};

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

export const officeScenes: readonly OfficeScene[] = [
  {
    ...reducedScene,
    // A box that has lost its data has lost its key, and its token was used.
    isByToken: false,
    acts: [...enrolmentActs, ...quietActs, ...quarantineActs, ...powerCutActs, ...lostDataActs],
  },
  {
    name: "in the line of an office, by UEFI and with systemd",
    form: "full",
    isByToken: true,
    acts: [
      ...enrolmentActs,
      ...hardeningActs,
      ...diskWritesAround([...portScanActs, ...lineCutActs, ...quarantineActs]),
    ],
  },
  wipeScene,
  { name: "at its own pages, by UEFI and with systemd", form: "full", isByToken: true, acts: atBoxActs },
  outsideRouter,
  repairNetwork,
];

/** The same with the card of a Raspberry Pi, by its kernel and on the processor of a Pi 4. */
export const cardOfficeScenes: readonly OfficeScene[] = [
  { ...reducedScene, name: `${reducedScene.name}, from a card`, board: "pi" },
  { ...outsideRouter, name: `${outsideRouter.name}, from a card`, board: "pi" },
];

/** The lab's scenarios that say what is to come of them, an office and a boot for each. */
export const scenarioScenes: readonly OfficeScene[] = allScenarios
  .filter(({ expected }) => expected !== undefined)
  .map((scenario) => ({
    name: scenario.name,
    form: "quick",
    seed: 8,
    acts: [...enrolmentActs, scenarioAct(scenario)],
  }));
