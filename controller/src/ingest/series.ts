import type { Pulse } from "@cordon/contract";
import type { Rows } from "../store/schema.ts";

/** The step of the charts. */
export const seriesStepMs = 10_000;
/** How far back the charts go. */
export const seriesSpanMs = 3_600_000;

// Between two pulses further apart than this lies a gap: spreading or heaping the difference would be invented.
const longestStrideMs = 30_000;

/** A pulse and when it arrived, by the controller's clock. */
export interface HeardPulse {
  readonly pulse: Pulse;
  readonly receivedAt: number;
}

/** How much the counters grew from one pulse to the next; null across a gap. */
export function growth(
  last: HeardPulse | null,
  next: HeardPulse,
): { readonly contacts: number; readonly packetsStopped: number } | null {
  if (last === null || next.receivedAt - last.receivedAt > longestStrideMs) return null;
  const isSameBoot = last.pulse.bootId === next.pulse.bootId;
  const grown = (before: number, now: number) => (now >= before ? now - before : now);
  return {
    contacts: isSameBoot ? grown(last.pulse.contacts, next.pulse.contacts) : next.pulse.contacts,
    // The kernel's counters outlive the process that reads them; they start anew with the ruleset.
    packetsStopped: grown(last.pulse.packetsStopped, next.pulse.packetsStopped),
  };
}

/** Adds to the step that a moment lies in and forgets what the charts no longer show. */
export async function addToSeries(
  rows: Rows,
  sensor: { readonly id: string; readonly siteId: string },
  grown: { readonly contacts: number; readonly packetsStopped: number },
  now: number,
): Promise<void> {
  const at = Math.floor(now / seriesStepMs) * seriesStepMs;
  const infected = await rows
    .selectFrom("hosts")
    .select((build) => build.fn.countAll<number>().as("count"))
    .where("site_id", "=", sensor.siteId)
    .where("verdict", "=", "infected")
    .executeTakeFirstOrThrow();
  const point = { sensor_id: sensor.id, at };
  await rows
    .insertInto("series_points")
    .values({
      ...point,
      contacts: grown.contacts,
      packets_stopped: grown.packetsStopped,
      infected: Number(infected.count),
    })
    .onConflict((conflict) =>
      conflict.columns(["sensor_id", "at"]).doUpdateSet((build) => ({
        contacts: build("series_points.contacts", "+", grown.contacts),
        packets_stopped: build("series_points.packets_stopped", "+", grown.packetsStopped),
        infected: Number(infected.count),
      })),
    )
    .execute();
  await rows
    .deleteFrom("series_points")
    .where("sensor_id", "=", sensor.id)
    .where("at", "<", at - seriesSpanMs)
    .execute();
}
