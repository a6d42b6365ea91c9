/** A release on its way to the boxes of the gallery: one has it, the next one waits for its window, the others for that one. */
import { randomBytes } from "node:crypto";
import type { ReportedUpdate } from "@cordon/contract";
import type { ReleaseView } from "../../src/api/rollout-view.ts";
import type { FakeSensor } from "../fake-sensor.ts";
import type { ApiClient } from "../harness.ts";

const version = "1.4.3";
const compatible = "cordon-pc-amd64";
const partBytes = 1_000_000;

/** What a box says of the release that runs. */
export function running(software: string): Pick<ReportedUpdate, "running"> {
  return { running: { version: software, slot: "a", compatible } };
}

/**
 * Begins it.
 *
 * @param first the box that gets it first, and its id
 * @param says has a sensor tell of its update from now on
 */
export async function rollOut(
  api: ApiClient,
  first: FakeSensor,
  firstBox: string,
  all: readonly FakeSensor[],
  says: (sensor: FakeSensor, update: ReportedUpdate) => Promise<void>,
): Promise<void> {
  const release = await addRelease(api);
  const window = { from: "02:00", to: "05:00", timeZone: "Europe/Berlin" };
  const wish = { releaseId: release, firstBox, window, patienceHours: 72 };
  const { status } = await api.call("POST", "/api/v1/rollouts", wish);
  if (status !== 201) throw new TypeError(`a rollout cannot begin: ${status}`);
  const orderOf = (sensor: FakeSensor) => sensor.adopted.at(-1)?.update;
  const tells = async (sensor: FakeSensor, phase: "good" | "installed", words: string): Promise<void> => {
    const { id = "" } = orderOf(sensor) ?? {};
    const order = { id, version, phase, words, at: Date.now() };
    await says(sensor, { ...running(phase === "good" ? version : "1.4.2"), order });
  };
  await first.until(() => orderOf(first) !== undefined);
  await tells(first, "good", "It works.");
  const others = all.filter((sensor) => sensor !== first);
  const next = await Promise.any(
    others.map(async (sensor) => {
      await sensor.until(() => orderOf(sensor) !== undefined);
      return sensor;
    }),
  );
  await tells(next, "installed", "It waits for 02:00.");
}

async function addRelease(api: ApiClient): Promise<string> {
  const bundle = randomBytes(3_400_000);
  const { body: draft } = await api.call<ReleaseView>("POST", "/api/v1/releases", { sizeBytes: bundle.length });
  for (let at = 0; at < bundle.length; at += partBytes) {
    await fetch(`${api.url}/api/v1/releases/${draft.id}/parts/${at}`, {
      method: "PUT",
      headers: { cookie: api.cookie, "content-type": "application/octet-stream" },
      body: bundle.subarray(at, at + partBytes),
    });
  }
  await api.call("POST", `/api/v1/releases/${draft.id}/whole`, { version, compatible });
  return draft.id;
}
