import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parseHello, parseNotices, parsePulse, type Notice } from "@cordon/contract";
import { kernelFeatures } from "../../src/containment/kernel-features.ts";
import { containmentSets, tableName } from "../../src/containment/skeleton.ts";
import { addresses, macs, whyNoNamespaces } from "../kernel/test-site.ts";
import type { Outcomes } from "../kernel/traffic.ts";
import { aQuarantine, StandingSensor } from "./standing-sensor.ts";

const skip = whyNoNamespaces();

// Far above what a box needs: this holds what happens, and the figures are told. A machine that runs
// many tests at once gives each a small share of its processors.
const reachKernelMs = 5000;
const backAgainMs = 15_000;

function featuresIn(payload = ""): number {
  const hello = parseHello(payload);
  return hello.ok ? Object.keys(hello.value.kernelFeatures).length : 0;
}

test("a whole sensor: sees, contains on a signed wish, and outlives the death of each process", { skip }, async (t) => {
  const sensor = await StandingSensor.start(t);
  const { broker, site } = sensor;
  const notices = (): Notice[] =>
    broker.on("notices").flatMap((payload) => {
      const parsed = parseNotices(payload);
      return parsed.ok ? parsed.value.notices : [];
    });
  const levelOf = (id: string) => sensor.reported?.containments.find((containment) => containment.id === id)?.level;
  const isQuarantined = async () => {
    const sets = [containmentSets.quarantineFrom, containmentSets.quarantineTo];
    const listed = await Promise.all(
      sets.map((set) => site.run("box", "nft", "list", "set", "bridge", tableName, set)),
    );
    return listed.some((text) => text.includes(macs.infected));
  };
  const isCapturing = (lines: StandingSensor["lines"]) =>
    lines.findLast((line) => "isReading" in line)?.["isReading"] === true;

  await t.test("it says what it is and captures", async () => {
    await sensor.untilLogged(isCapturing);
    await broker.until(() => sensor.reported !== null);
    const hello = parseHello(broker.on("hello")[0] ?? "");
    assert.ok(hello.ok && hello.value.canContain);
    assert.deepEqual(
      hello.value.interfaces.map(({ role, mac }) => [role, mac !== null]),
      [
        ["inside", true],
        ["outside", true],
        ["management", true],
      ],
    );
  });

  await t.test("it says again what it is, once the executor has tried what the kernel can do", async () => {
    await broker.until(() => featuresIn(broker.on("hello").at(-1)) > 0);
    const hello = parseHello(broker.on("hello").at(-1) ?? "");
    assert.ok(hello.ok);
    assert.deepEqual(
      Object.keys(hello.value.kernelFeatures),
      kernelFeatures.map(({ name }) => name),
    );
    assert.equal(hello.value.kernelFeatures["nflog"], true);
  });

  await t.test("what hosts do is seen and reported", async () => {
    await site.traffic<Outcomes>("infected", "scan", "198.18", 30, 445);
    await broker.until(() => notices().some((notice) => notice.kind === "host" && notice.host.mac === macs.infected));
    await broker.until(() =>
      broker.on("pulse").some((payload) => {
        const parsed = parsePulse(payload);
        return parsed.ok && parsed.value.packetsSeen >= 30;
      }),
    );
    assert.ok(!notices().some((notice) => notice.kind === "host" && notice.host.mac === macs.box));
  });

  await t.test("a signed wish reaches the kernel and the report at once", async () => {
    const sentAt = performance.now();
    await sensor.wish([aQuarantine(macs.infected)]);
    await broker.until(() => levelOf("c1") === "internet-cut");
    const tookMs = Math.round(performance.now() - sentAt);
    t.diagnostic(`from the broker to the report: ${tookMs} ms`);
    assert.ok(tookMs < reachKernelMs, `${tookMs} ms`);
    assert.ok(await isQuarantined());
    await broker.until(() => notices().some((notice) => notice.kind === "containment" && notice.change === "in-force"));
    const outcomes = await site.traffic<Outcomes>("infected", "connect", addresses.provider, 80, 1, 300);
    assert.equal(outcomes.silent, 1);
    await broker.until(() => (sensor.reported?.containments[0]?.packetsStopped ?? 0) > 0);
  });

  await t.test("a forged wish is refused and counted, and nothing changes", async () => {
    await sensor.send({ document: "{}", signature: "", keyId: "0123456789abcdef" });
    await broker.until(() => sensor.reported?.refused["unknown-signer"] === 1);
    await sensor.wish([], { sensor: "box-2" });
    await broker.until(() => sensor.reported?.refused["other-sensor"] === 1);
    await sensor.send("no JSON");
    await broker.until(() => sensor.reported?.refused["malformed"] === 1);
    assert.ok(sensor.reported?.health.some(({ code }) => code === "desired-refused"));
    assert.equal(levelOf("c1"), "internet-cut");
    assert.ok(await isQuarantined());
  });

  for (const role of ["reader", "judge", "executor"] as const) {
    await t.test(`after a SIGKILL of the ${role} it captures again, and the cut holds`, async () => {
      const { lines } = sensor;
      const before = lines.length;
      const killedAt = performance.now();
      await site.run("box", "kill", "-KILL", String(sensor.pidOf(role)));
      await sensor.untilLogged((all) =>
        all.slice(before).some((line) => line["msg"] === "started" && line["role"] === role),
      );
      if (role !== "executor") {
        await sensor.untilLogged((all) => isCapturing(all.slice(before)));
        const tookMs = Math.round(performance.now() - killedAt);
        t.diagnostic(`${role}: capturing again after ${tookMs} ms`);
        assert.ok(tookMs < backAgainMs, `${tookMs} ms`);
      }
      assert.ok(await isQuarantined());
      await broker.until(() => levelOf("c1") === "internet-cut" && sensor.reported?.revision === 1);
    });
  }

  await t.test("the verdicts of the judge that was killed stand", () => {
    const restored = sensor.lines.find((line) => line["msg"] === "took up the verdicts of the last run");
    assert.ok(Number(restored?.["hosts"]) > 0);
  });

  await t.test("since then it says in its hello which wish it holds", () => {
    const hello = parseHello(broker.on("hello").at(-1) ?? "");
    assert.ok(hello.ok);
    const { epoch, revision, issuedAt } = sensor.reported ?? {};
    assert.deepEqual(hello.value.holds, { epoch, revision, issuedAt });
  });

  await t.test("a release takes the element out of the kernel", async () => {
    await sensor.wish([], { revision: 9 });
    // The first report of it may be of the moment before the executor, which was killed just now, has done it.
    await broker.until(() => sensor.reported?.revision === 9 && sensor.reported.containments.length === 0);
    assert.ok(!(await isQuarantined()));
    await broker.until(() => notices().some((notice) => notice.kind === "containment" && notice.change === "released"));
  });

  await t.test("a containment ends by itself when its time is over", async () => {
    await sensor.wish([aQuarantine(macs.infected, { id: "c2", expiresAt: Date.now() + 1500 })], { revision: 10 });
    await broker.until(() => levelOf("c2") === "internet-cut");
    await broker.until(() => notices().some((notice) => notice.kind === "containment" && notice.change === "expired"));
    assert.ok(!(await isQuarantined()));
  });

  await t.test("the gateway cannot be cut off, and the report says why", async () => {
    await sensor.wish([aQuarantine(macs.provider, { id: "c3" })], { revision: 11 });
    await broker.until(() => notices().some((notice) => notice.kind === "containment" && notice.change === "refused"));
    assert.notEqual(sensor.reported?.containments[0]?.refusal, null);
  });

  await t.test("a management port that comes after the start is told, and is the box itself", async () => {
    await site.run("box", "ip", "link", "add", "mgmt0", "type", "veth", "peer", "name", "far0");
    const management = () => {
      const hello = parseHello(broker.on("hello").at(-1) ?? "");
      return hello.ok ? hello.value.interfaces.find(({ name }) => name === "mgmt0") : undefined;
    };
    await broker.until(() => management() !== undefined);
    assert.equal(management()?.role, "management");
    await sensor.wish([aQuarantine(management()?.mac ?? "", { id: "c4" })], { revision: 12 });
    await broker.until(() => sensor.reported?.revision === 12 && sensor.reported.containments[0]?.refusal !== null);
    assert.match(sensor.reported?.containments[0]?.refusal ?? "", /the box itself/);
  });

  await t.test(
    "told to forget its site it lets go what it has cut off, destroys what it has kept, and says so",
    async () => {
      await sensor.wish([aQuarantine(macs.infected, { id: "c5" })], { revision: 13 });
      await broker.until(() => sensor.reported?.revision === 13 && levelOf("c5") === "internet-cut");
      const wipe = { id: "w-1", author: "operator", reason: "end of the job", at: Date.now() };
      await sensor.wish([], { revision: 14, wipe });
      await broker.until(() => sensor.reported?.wiped !== undefined);
      assert.ok(!(await isQuarantined()));
      const { orderId, destroyed, left } = sensor.reported?.wiped ?? assert.fail();
      assert.equal(orderId, "w-1");
      assert.ok(destroyed > 5, `${destroyed} files`);
      assert.deepEqual(left, ["the site profile on the boot partition, with the box's key: write the card anew"]);
      const state = join(site.folder, "state");
      const kept = await readdir(state, { recursive: true });
      // What the executor has of its own is empty: nobody is contained.
      const texts = await Promise.all(kept.map((name) => readFile(join(state, name), "utf8").catch(() => "")));
      assert.ok(kept.includes("wipe.json"));
      assert.doesNotMatch(texts.join("\n"), new RegExp(`${macs.infected}|office|operator`, "i"));
    },
  );

  await t.test("it ends with its parent and says good-bye", async () => {
    const gone = once(sensor.child, "exit");
    sensor.child.stdin?.end();
    await gone;
    assert.match(broker.on("presence").at(-1) ?? "", /offline/);
    const processes = await site.run("box", "ps", "-eo", "args");
    assert.doesNotMatch(processes, /main\.ts/);
  });
});
