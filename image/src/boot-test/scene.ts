import type { Elements } from "../../../sensor/src/containment/element-sets.ts";
import type { Placement } from "@cordon/contract";
import type { EmulatorName } from "./emulators.ts";
import type { DiskBus, Machine } from "./machine.ts";
import type { Damage, StoreFaults } from "./test-disk.ts";
import type { Witness } from "./witness.ts";

/** What has happened to the disk before it is booted. */
export interface DiskHistory {
  /** What provision wrote of the ports; nothing by default. */
  readonly ports?: string;
  /** Where the profile says that the box stands; `lan` by default. */
  readonly placement?: Placement;
  /** MACs that were in quarantine when the power went. */
  readonly quarantined: readonly string[];
  /** Limits that were stored; none by default. */
  readonly limits?: Elements;
  readonly storeFaults?: StoreFaults;
  readonly damaged: readonly { readonly partition: string; readonly where: Damage }[];
  /** Partitions that are in the table no more. */
  readonly missing?: readonly string[];
  /** How large the site profile is made by what follows it, in bytes; as provision writes it by default. */
  readonly profileBytes?: number;
  /** Whether another root lies in the place of the one that was built. */
  readonly hasOtherRoot?: boolean;
}

/** In what the disk and the ports are put. */
export interface Surroundings {
  /** By default a PC. Others start from the card, as its firmware would. */
  readonly emulator?: EmulatorName;
  readonly diskBus?: DiskBus;
  /** The word after which the disk is put in, which is one on USB then; there from the start by default. */
  readonly diskComesAfter?: string;
  readonly isReadOnly?: boolean;
  readonly hasOutsideOnUsb?: boolean;
}

/** What a boot has shown. */
export interface Boot {
  readonly machine: Machine;
  readonly witness: Witness;
}

/** One start of the box, and what must be true of it. */
export interface Scene {
  readonly name: string;
  readonly history: DiskHistory;
  readonly surroundings?: Surroundings;
  readonly form: "quick" | "full";
  /** Whether the quick form starts the sensor, which takes most of its time; the full form always does. */
  readonly hasSensor: boolean;
  /** The word that ends the scene, and how long it may take, ms. */
  readonly ends: { readonly word: string; readonly patienceMs: number };
  readonly stories: Readonly<Record<string, (boot: Boot) => boolean>>;
}

/** The ports of a scene's machine, in the order of their places. */
export const sceneMacs = {
  management: "02:00:00:00:0c:01",
  inside: "02:00:00:00:0c:02",
  outside: "02:00:00:00:0c:03",
} as const;
