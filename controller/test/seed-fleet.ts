/**
 * Enrols many sensors at once and writes what they start from, for measurements:
 *
 *     node controller/test/seed-fleet.ts --data DIR --sensors 2000 --controller-port PORT --output FILE
 *
 * The file is JSON: the profiles, and credentials for another broker in the controller's place.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Credentials, KeyedProfile } from "@cordon/contract";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { enrolSensor } from "../src/fleet/enrol.ts";
import { openSigner } from "../src/fleet/signer.ts";
import { openStore } from "../src/store/open-store.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    sensors: { type: "string" },
    "controller-port": { type: "string" },
    output: { type: "string" },
  },
});
const dataDir = values.data ?? ".";
const ambient = systemAmbient(silentLog);
const store = await openStore(dataDir);
const authority = await openAuthority(dataDir, ambient);
const parts = { store, ambient, authority, signer: await openSigner(dataDir, store, ambient) };
const profiles: KeyedProfile[] = [];
for (let index = 1; index <= Number(values.sensors); index += 1) {
  const number = String(index).padStart(5, "0");
  profiles.push(
    await enrolSensor(parts, {
      siteName: `Office ${number}`,
      sensorId: `box-${number}`,
      placement: "lan",
      bridge: "br0",
      inside: "inside0",
      outside: "outside0",
      localNets: [],
      controllerHost: "127.0.0.1",
      controllerPort: Number(values["controller-port"]),
      author: "operator",
    }),
  );
}
const fleet: { readonly server: Credentials; readonly profiles: readonly KeyedProfile[] } = {
  server: await authority.server(),
  profiles,
};
writeFileSync(values.output ?? "fleet.json", JSON.stringify(fleet), { mode: 0o600 });
await store.destroy();
