import type { KeyedProfile } from "@cordon/contract";

/** What `controller/test/seed-fleet.ts` writes. */
export interface Fleet {
  /** For a broker in the controller's place; PEM. */
  readonly server: { readonly certificate: string; readonly privateKey: string };
  readonly profiles: readonly KeyedProfile[];
}

/** How the sensors of a fleet tell; `perSecond` null: each its next batch when the one before is stored. */
export interface Telling {
  readonly seconds: number;
  readonly perSecond: number | null;
  readonly batch: number;
}

/** To the process that plays the fleet. */
export type FleetOrder =
  | { readonly kind: "connect"; readonly from: number; readonly to: number; readonly port: number }
  | { readonly kind: "disconnect" }
  | ({ readonly kind: "tell" } & Telling);

/** From it; times in milliseconds. */
export type FleetReport =
  | { readonly kind: "connected"; readonly ms: number; readonly starved: number }
  | { readonly kind: "disconnected" }
  | { readonly kind: "told"; readonly storedPerSecond: number; readonly sent: Readonly<Record<string, FleetSent>> }
  /** `at` by the machine's monotonic clock. */
  | { readonly kind: "desired"; readonly sensor: string; readonly at: number };

/** What a sensor has sent in all, and what it was told is stored. */
export interface FleetSent {
  readonly bootId: string;
  readonly sequence: number;
  readonly stored: number;
}

/** Milliseconds of the monotonic clock that all processes of a machine share. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
