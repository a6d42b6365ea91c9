import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaptureServer } from "../../src/capture/capture-server.ts";
import type { Side } from "../../src/capture/frame.ts";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { Observed } from "../../src/containment/protocol.ts";
import { addresses, addresses6, macs, TestSite, whyNoNamespaces } from "./test-site.ts";

interface Seen {
  readonly side: Side;
  readonly rule: string;
  readonly bytes: Buffer;
}

const port = "copies0";
/** What a switch does that mirrors a port: each frame in and out of it once more by another cable. */
const mirrored = `
table netdev switch {
	chain in {
		type filter hook ingress device "in0" priority 0;
		dup to "span0"
	}
	chain out {
		type filter hook egress device "in0" priority 0;
		dup to "span0"
	}
}
`;

describe("a box on a port that receives copies", { skip: whyNoNamespaces(), timeout: 120_000 }, () => {
  let site: TestSite;
  let server: CaptureServer;
  let client: ExecutorClient;
  const seen: Seen[] = [];
  const lines: string[] = [];
  const signal = AbortSignal.timeout(120_000);
  const until = async (isAwaited: () => boolean | Promise<boolean>) => {
    while (!(await isAwaited())) await sleep(20, undefined, { signal });
  };
  const untilObserved = async (isAwaited: (observed: Observed) => boolean) => {
    await until(async () => isAwaited(await client.observe(signal)));
  };
  const ofRule = (rule: string) => seen.filter((frame) => frame.rule === rule);
  const makePort = async () => {
    await site.run("box", "ip", "link", "add", "span0", "type", "veth", "peer", "name", port);
    await site.run("box", "ip", "link", "set", "span0", "up");
    await site.load(`add table netdev switch\ndelete table netdev switch\n${mirrored}`);
  };

  before(async () => {
    site = await TestSite.start();
    site.executor((line) => lines.push(line), ["--mirror", port]);
    client = new ExecutorClient({ socketPath: site.executorSocket, connectTimeoutMs: 10_000 });
    server = new CaptureServer({
      socketPath: site.captureSocket,
      ports: {},
      clock: () => Date.now(),
      monotonic: () => performance.now(),
      readNames: () => site.interfaceNames(),
      onFrame: ({ side, rule, bytes }) => seen.push({ side, rule, bytes: Buffer.from(bytes) }),
    });
    await server.start();
    site.reader();
    await until(() => server.state.isReading);
  });

  after(async () => {
    client.close();
    await server.close();
    await site.close();
  });

  test("says that nothing is seen while the port is not there, and listens once it is", async () => {
    const observed = await client.observe(signal);
    assert.equal(observed.skeleton, null);
    assert.deepEqual(
      observed.troubles?.map(({ code }) => code),
      ["mirror-port-missing"],
    );
    await makePort();
    await untilObserved(({ skeleton, troubles }) => skeleton !== null && (troubles ?? []).length === 0);
  });

  test("attempts, answers, refusals and names come up from one port, in both families, without a side", async () => {
    await site.traffic("provider", "serve", [80], 53);
    await site.traffic("infected", "connect", addresses.provider, 80, 1, 5000);
    await site.traffic("infected", "connect", addresses6.provider, 80, 1, 5000);
    await site.traffic("infected", "connect", addresses.provider, 81, 1, 5000);
    await site.traffic("infected", "datagrams", addresses.provider, 53, 2, 100, 0);
    const target = (frame: Seen) => frame.bytes.subarray(0, 6).toString("hex");
    await until(() => ofRule("syn").length >= 3 && ofRule("syn-ack").length >= 2 && ofRule("refusal").length >= 1);
    await until(() => ofRule("dns").length >= 2 && ofRule("arp").length >= 1);
    assert.ok(seen.every(({ side }) => side === null));
    assert.ok(ofRule("syn").every((frame) => target(frame) === macs.provider.replaceAll(":", "")));
    assert.ok(ofRule("syn-ack").every((frame) => target(frame) === macs.infected.replaceAll(":", "")));
  });

  test("of a retry storm five copies come up, and the rest is counted, as in the line", async () => {
    const before = await client.observe(signal);
    await site.traffic("infected", "connect", addresses.provider, 82, 300, 500);
    const after = await client.observe(signal);
    const grown = (figures: "handedUp" | "heldBack") => (after[figures]["syn"] ?? 0) - (before[figures]["syn"] ?? 0);
    assert.equal(grown("handedUp") + grown("heldBack"), 300);
    assert.ok(grown("handedUp") >= 5 && grown("handedUp") <= 6, `${grown("handedUp")} copies`);
  });

  test("nobody is contained: each step is refused with the reason", async () => {
    const { observed, refused } = await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
    assert.deepEqual(refused, [{ mac: macs.infected, reason: "from a mirror nothing can be stopped" }]);
    assert.deepEqual(observed.quarantined, []);
    await site.connect("infected", 80, "connected");
  });

  test("what the box itself would send by the port does not leave, and is said", async () => {
    await site.run("box", "ip", "address", "add", "10.99.0.1/24", "dev", port);
    const sentBefore = await sentBy(site, "span0");
    await site.run("box", "sh", "-c", "ping -c 1 -W 1 -b 10.99.0.255 >/dev/null 2>&1 || true");
    await untilObserved(({ troubles }) => (troubles ?? []).some(({ code }) => code === "mirror-spoke"));
    assert.equal(await sentBy(site, "span0"), sentBefore, "the other end of the cable received something");
    await site.run("box", "ip", "address", "flush", "dev", port);
  });

  test("a port that is made again, or a table that a hand deleted, is listened to again", async () => {
    const hears = async (number: number) => {
      await site.traffic("infected", "connect", addresses.provider, number, 1, 5000);
      await until(() => ofRule("syn").some(({ bytes }) => bytes.readUInt16BE(14 + 20 + 2) === number));
    };
    const loads = () => lines.filter((line) => line.includes("skeleton-loaded")).length;
    let before = loads();
    await site.run("box", "nft", "delete", "table", "netdev", "cordon");
    await until(() => loads() > before);
    await hears(90);
    before = loads();
    await site.run("box", "ip", "link", "delete", "span0");
    await untilObserved(({ skeleton }) => skeleton === null);
    await makePort();
    await until(() => loads() > before);
    await untilObserved(({ skeleton }) => skeleton !== null);
    await hears(91);
  });
});

/** Frames that the other end of a cable has received. */
async function sentBy(site: TestSite, device: string): Promise<number> {
  const [link] = JSON.parse(await site.run("box", "ip", "-j", "-s", "link", "show", device)) as {
    stats64: { rx: { packets: number } };
  }[];
  return link?.stats64.rx.packets ?? -1;
}
