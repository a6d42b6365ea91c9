import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SeededRandom } from "../../bench/random.ts";
import { drawPauseMs, drawTarget } from "../../lab/activities/scan.ts";
import { drawCues } from "../../lab/director.ts";
import { seededRandom } from "../../lab/random.ts";
import { slowScan } from "../../lab/scenarios/slow-scan.ts";
import { drawSite } from "../../lab/site.ts";
import { PcapWriter } from "../../src/capture/capture-file/write-pcap.ts";
import { hostKey, officeAtWork, Scene } from "../../src/judge-scene.ts";
import { judgeCapture } from "../../src/replay/judge-capture.ts";
import { byChance, colleagues, startsAt } from "./office.ts";

const guilty = 66;
const inside = ["192.168.1.0/24"];
const untilMs = startsAt + slowScan.durationMs;
/** When a system of Windows sends the first SYN again, and again. */
const repeatsMs = [1000, 3000, 7000, 15_000];

/** The worm's part of the scene of the lab: the same targets after the same pauses, as the seed draws them there. */
function scanSlowly(scene: Scene, seed: number): number {
  const site = drawSite(seed);
  const random = seededRandom(seed);
  const chance = new SeededRandom(seed);
  let targets = 0;
  for (const cue of drawCues(site, slowScan)) {
    if (cue.kind !== "host" || cue.activity.kind !== "scan") continue;
    const own = random.fork(`activity/${cue.index}/${cue.key}`);
    const beganAt = startsAt + cue.delayMs;
    for (let at = beganAt; at < untilMs; at += drawPauseMs(cue.activity, own, at - beganAt)) {
      const { address: to, port } = drawTarget(cue.activity, site, own);
      const call = { at, to, port, sourcePort: 30_000 + targets };
      const outcome = byChance(chance);
      scene.contact(guilty, { ...call, outcome });
      if (outcome === "silent") for (const afterMs of repeatsMs) scene.syn(guilty, { ...call, at: at + afterMs });
      targets += 1;
    }
  }
  return targets;
}

for (const seed of [8, 21, 34]) {
  test(`the scene of one target a minute, of seed ${seed}, written down and replayed: named, and nobody else`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-slow-scan-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    // As in the lab, strangers live in a private range: only the office's own network is inside.
    const scene = new Scene({ localNets: inside });
    officeAtWork(scene, colleagues, startsAt, untilMs, "answered");
    const targets = scanSlowly(scene, seed);
    const writer = new PcapWriter();
    const file = join(folder, "slow-scan.pcap");
    const records = scene.frames().map(({ at, bytes }) => writer.record(at, bytes));
    await writeFile(file, Buffer.concat([writer.header(), ...records]));

    const { hosts, error } = await judgeCapture(file, { inside });
    assert.equal(error, null);
    const worm = hosts.find(({ host }) => host === hostKey(guilty));
    assert.deepEqual([worm?.verdict, worm?.vector], ["infected", "smb"], `after ${targets} targets`);
    for (const { host, verdict, suspectAt } of hosts) {
      if (host === hostKey(guilty)) continue;
      assert.ok(verdict === "clear" || verdict === "watched", `${host} is ${verdict}`);
      assert.equal(suspectAt, null);
    }
    scene.play(untilMs);
    const live = scene.host(guilty);
    assert.deepEqual([live.verdict, live.vector], [worm?.verdict, worm?.vector], "live and replay disagree");
  });
}
