/**
 * A site as large as the user interface has to bear, for measurements:
 *
 *     node controller/test/seed-ui.ts --data DIR --hosts 10000 --rows 100000 --output PROFILE
 *     node controller/test/seed-ui.ts --pulse PROFILE --controller-port PORT
 *
 * The first fills a store, the second is the site's box, which reports until it is ended. The rows are told by the store's own
 * means, in one order for each seed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { contractVersion, type HostSnapshot, type KeyedProfile } from "@cordon/contract";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { enrolSensor } from "../src/fleet/enrol.ts";
import { openSigner } from "../src/fleet/signer.ts";
import { openStore } from "../src/store/open-store.ts";
import { addToTimeline, type TimelineFact } from "../src/store/timeline-rows.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { putHosts } from "./put-hosts.ts";
import { aHost, aLine } from "./sample-hosts.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    hosts: { type: "string", default: "10000" },
    rows: { type: "string", default: "100000" },
    output: { type: "string", default: "profile.json" },
    pulse: { type: "string" },
    "controller-port": { type: "string" },
  },
});

// One row in so many ms: a hundred thousand are four months of a busy office.
const stepMs = 100_000;

async function fill(dataDir: string): Promise<void> {
  const ambient = systemAmbient(silentLog);
  const store = await openStore(dataDir);
  const authority = await openAuthority(dataDir, ambient);
  const profile = await enrolSensor(
    { store, ambient, authority, signer: await openSigner(dataDir, store, ambient) },
    {
      ...{ siteName: "Large office", sensorId: "box-large", placement: "lan", bridge: "br0", inside: "inside0" },
      ...{ outside: "outside0", localNets: ["10.0.0.0/8"], controllerHost: "127.0.0.1", controllerPort: 8883 },
      author: "operator",
    },
  );
  const now = Date.now();
  const hosts = Array.from({ length: Number(values.hosts) }, (_, index) => hostAt(index, now));
  await store.transaction().execute(async (rows) => {
    await putHosts(rows, profile.site.id, hosts, now);
    const facts = Array.from({ length: Number(values.rows) }, (_, index) => factAt(index, hosts, now));
    await addToTimeline(rows, profile.site.id, facts, now);
  });
  writeFileSync(values.output, JSON.stringify(profile), { mode: 0o600 });
  await store.destroy();
}

function hostAt(index: number, now: number): HostSnapshot {
  const verdict =
    index % 500 === 0 ? "infected" : index % 100 === 1 ? "suspect" : index % 50 === 2 ? "watched" : "clear";
  const score = { infected: 6.4, suspect: 3.6, watched: 1.5, clear: -1.2 }[verdict];
  const mac = `02:00:5e:20:${hex(index >> 8)}:${hex(index & 255)}`;
  const at = now - index * 1_000;
  const lines = [
    aLine({
      kind: "resolved-targets",
      for: false,
      weight: -0.9,
      count: 60 + index,
      text: "All of its targets had been looked up by name.",
    }),
    aLine({
      kind: "answered",
      for: false,
      weight: -1,
      count: 50,
      text: "48 of 50 of its first contacts were answered.",
    }),
  ];
  const accused = aLine({
    weight: 4.2,
    count: 212,
    text: "It tried 212 mail servers it had never spoken to within 5 minutes.",
  });
  return aHost({
    ...{
      host: mac,
      name: `DESK-${index}`,
      addresses: [`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`],
      verdict,
      score,
    },
    ...{
      firstSeenAt: at,
      lastSeenAt: now,
      contacts: 40 + index,
      evidence: verdict === "clear" ? lines : [accused, ...lines],
    },
    ...(verdict === "clear" ? {} : { class: "mass-mailer", vector: "mail", risk: "high" }),
    ...{ suspectAt: score > 3 ? at : null, infectedAt: score > 6 ? at : null },
  });
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** All that there is on a time line, by turns. */
function factAt(index: number, hosts: readonly HostSnapshot[], now: number): TimelineFact {
  const { host, name } = hosts[(index * 7) % hosts.length] ?? aHost();
  const base = { id: `seed-${index}`, at: now - 1_000 - index * stepMs, host, name: name ?? host };
  switch (index % 10) {
    case 0:
      return {
        ...base,
        kind: "verdict",
        what: "verdict-suspect",
        detail: { verdict: "suspect", class: "scanner", score: 3.4, contacts: 12 },
      };
    case 1:
      return {
        ...base,
        kind: "verdict",
        what: "verdict-infected",
        detail: { verdict: "infected", class: "mass-mailer", score: 6.4, contacts: 31 },
      };
    case 2: {
      const detail = { kind: "quarantine", reason: "Mass mailer", expiresAt: now, subject: `c-${index}` };
      return { ...base, kind: "action", what: "containment-asked", person: "Tom Lindqvist", detail };
    }
    case 3: {
      const text = "Cut from the Internet; its neighbours on the switch can still reach it.";
      return { ...base, kind: "action", what: "containment-in-force", detail: { scope: "host", text } };
    }
    case 4:
      return {
        ...base,
        host: null,
        kind: "policy",
        what: "policy-set",
        person: "Ann Brandt",
        detail: { policy: "guard", reason: "Nobody watches at night" },
      };
    case 5:
      return {
        ...base,
        host: null,
        kind: "line",
        what: "line-healthy",
        detail: { state: "healthy", lastedMs: 345_000, text: "9 of 9 machines get answers." },
      };
    default: {
      const text = `It tried ${index} mail servers it had never spoken to; of these 3 answered, and the others did not within their time.`;
      return {
        ...base,
        kind: "evidence",
        what: "evidence",
        detail: { behaviour: "mail-fan-out", for: true, weight: 4.2, count: 212, text },
      };
    }
  }
}

/** The box, until the process is ended: figures each second, and a report. */
async function report(profilePath: string, port: number): Promise<void> {
  const given = JSON.parse(readFileSync(profilePath, "utf8")) as KeyedProfile;
  const profile: KeyedProfile = { ...given, controller: { ...given.controller, port } };
  const sensor = await FakeSensor.start({ profile });
  await sensor.until(() => sensor.adopted.length > 0);
  let contacts = 0;
  const beat = async (): Promise<void> => {
    contacts += 12;
    const figures = { contacts, packetsStopped: 0, packetsSeen: contacts * 10, packetsLimited: 0 };
    await sensor.publish("pulse", { version: contractVersion, bootId: sensor.bootId, at: Date.now(), ...figures });
    await sensor.report();
  };
  await beat();
  process.stdout.write("ready\n");
  const timer = setInterval(() => void beat().catch(() => undefined), 1_000);
  process.once("SIGTERM", () => {
    clearInterval(timer);
    void sensor.close();
  });
}

if (values.pulse !== undefined) await report(values.pulse, Number(values["controller-port"]));
else await fill(values.data ?? ".");
