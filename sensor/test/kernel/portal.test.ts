import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Portal } from "../../src/agent/portal.ts";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { parseMac } from "../../src/packet/address.ts";
import { ethernet, ipv4, tcp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import { askForPage } from "./page-client.ts";
import { servePages } from "./page-server.ts";
import { addresses, macs, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Outcomes } from "./traffic.ts";

const skip = whyNoNamespaces();
// In an emulator everything takes twenty times as long.
const patienceMs = 600_000;
const probe = "198.18.0.80";
const probe6 = "2001:db8::80";

describe("the page for a machine that is cut off", { skip, timeout: patienceMs }, () => {
  let site: TestSite;
  let executor: ExecutorClient;
  let portal: Portal;
  const closing: (() => Promise<void>)[] = [];
  const signal = AbortSignal.timeout(patienceMs);

  const ask = (place: "infected", url: string, method = "GET", filler = 0) =>
    askForPage(site, place, url, { method, filler });

  /** Connects in vain: where the kernel can, it refuses. */
  const shut = async (place: "infected" | "neighbour", port: number, host: string = addresses.provider) => {
    const { connected } = await site.traffic<Outcomes>(place, "connect", host, port, 1, 300);
    assert.equal(connected, 0, `${place} reached ${host} port ${port}`);
  };

  before(async () => {
    site = await TestSite.start();
    closing.push(() => site.close());
    site.executor();
    executor = new ExecutorClient({
      socketPath: site.executorSocket,
      connectTimeoutMs: 120_000,
      answerTimeoutMs: 120_000,
    });
    closing.push(() => Promise.resolve(executor.close()));
    await executor.observe(signal);
    const pages = await servePages(site, {
      ports: { in0: "inside", in1: "inside", out0: "outside" },
      inside: "in0",
    });
    portal = pages.portal;
    closing.push(() => pages.close());
    await site.run("infected", "ip", "-6", "route", "add", "default", "via", "fd77::1");
    await site.run("provider", "ip", "-6", "route", "add", "blackhole", "2001:db8::/32");
    await executor.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
    await executor.openRemedies(
      {
        remedies: [],
        portals: [probe, probe6].map((address) => ({ mac: macs.infected, address, seconds: 600 })),
      },
      signal,
    );
  });

  // Whatever of it stood, or this process would wait for it without end.
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  test("a browser's probe gets the page, and none of it leaves by the outside port", async () => {
    const left = await site.arrivals("tcp dport 80");
    const { status, body, length } = await ask("infected", `http://${probe}/connecttest.txt`);
    assert.equal(status, 200);
    assert.match(body ?? "", /cut off from the Internet/);
    assert.equal(Buffer.byteLength(body ?? ""), Number(length));
    assert.equal((await ask("infected", `http://[${probe6}]/`)).status, 200);
    assert.equal(await left(), 0);
    assert.ok(portal.pages >= 2);
  });

  test("a browser gets it in its language, which comes behind all that it says of itself", async () => {
    // As the window of a phone that found the portal asks, whose request is the longest.
    const headers = {
      "Upgrade-Insecure-Requests": "1",
      "User-Agent":
        "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36",
      Accept:
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
      "X-Requested-With": "com.google.android.captiveportallogin",
      "Accept-Encoding": "gzip, deflate",
      "Accept-Language": "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
    };
    for (const host of [probe, `[${probe6}]`]) {
      const { body } = await askForPage(site, "infected", `http://${host}/generate_204`, { headers });
      assert.match(body ?? "", /<html lang="de">.*vom Internet getrennt/s, host);
    }
  });

  test("HEAD gets no page, another method is refused, another port stays shut", async () => {
    const head = await ask("infected", `http://${probe}/`, "HEAD");
    assert.deepEqual([head.status, head.body], [200, ""]);
    assert.equal((await ask("infected", `http://${probe}/`, "POST")).error, "ECONNRESET");
    await shut("infected", 443, probe);
    await shut("infected", 80, "198.18.0.81");
    await shut("infected", 80);
  });

  test("requests of many segments are answered", async () => {
    const outcomes = await Promise.all(
      [2000, 6000, 12_000].map((filler) => ask("infected", `http://${probe}/${"a".repeat(800)}`, "GET", filler)),
    );
    assert.deepEqual(
      outcomes.map(({ status, error }) => status ?? error),
      [200, 200, 200],
    );
  });

  test("a lost SYN-ACK and a lost page come again", async () => {
    await site.run(
      "infected",
      "nft",
      [
        "add table inet loss",
        "add set inet loss seen { type inet_service; flags dynamic; size 1000; }",
        "add set inet loss seen_page { type inet_service; flags dynamic; size 1000; }",
        "add chain inet loss in { type filter hook prerouting priority -300; }",
        "add rule inet loss in tcp sport 80 tcp flags & syn == syn tcp dport != @seen add @seen { tcp dport } drop",
        "add rule inet loss in tcp sport 80 tcp flags & psh == psh tcp dport != @seen_page add @seen_page { tcp dport } drop",
      ].join("; "),
    );
    const { status } = await ask("infected", `http://${probe}/`);
    await site.run("infected", "nft", "delete table inet loss");
    assert.equal(status, 200);
  });

  test("nobody else gets it, and nobody in his name", async () => {
    const before = portal.pages;
    await shut("neighbour", 80, probe);
    assert.equal(portal.pages, before);
  });

  test("a flood of probes is answered a few times a second, and the page comes again after it", async () => {
    const mac = (place: keyof typeof macs) => parseMac(macs[place]) ?? 0;
    const frames = Array.from({ length: 2000 }, (_, index) =>
      Buffer.from(
        ethernet(
          0x0800,
          ipv4(protocols.tcp, tcp({ sourcePort: 10_000 + index, destinationPort: 80, flags: tcpFlags.syn }), {
            source: addresses.infected,
            destination: probe,
          }),
          mac("infected"),
          mac("provider"),
        ),
      ).toString("hex"),
    );
    const copies = async () => (await executor.observe(signal)).handedUp["stopped-portal"] ?? 0;
    const before = await copies();
    const startedAt = performance.now();
    await site.traffic("infected", "frames", frames);
    const most = 60 + 20 * (1 + Math.ceil((performance.now() - startedAt) / 1000));
    const answered = (await copies()) - before;
    assert.ok(answered >= 20 && answered <= most, `${answered} of 2000 were answered, at most ${most} may`);
    for (;;) {
      // The allowance comes back by the second.
      const { status } = await ask("infected", `http://${probe}/`);
      if (status === 200) break;
      await sleep(200, undefined, { signal });
    }
  });

  test("without the page, a probe is like any other", async () => {
    portal.adopt({ isOn: false });
    await shut("infected", 80, probe);
    portal.adopt({ isOn: true, contact: "Eve, 030 1234" });
    assert.match((await ask("infected", `http://${probe}/`)).body ?? "", /Eve, 030 1234/);
  });
});
