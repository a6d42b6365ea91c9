import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { askForPage } from "./page-client.ts";
import { servePages } from "./page-server.ts";
import { box, farProvider as provider, gatewayPlace, reshapeAsGateway } from "./gateway-shape.ts";
import { macs, TestSite, whyNoNamespaces } from "./test-site.ts";

const skip = whyNoNamespaces();
// In an emulator everything takes twenty times as long.
const patienceMs = 600_000;
const probe = "198.18.0.80";
/** It hangs on another port of the box than the first. */
const cut = "neighbour";
const other = "infected";

describe("the page of a gateway", { skip, timeout: patienceMs }, () => {
  let site: TestSite;
  let executor: ExecutorClient;
  const seen: string[] = [];
  const closing: (() => Promise<void>)[] = [];
  const signal = AbortSignal.timeout(patienceMs);

  before(async () => {
    site = await TestSite.start();
    closing.push(() => site.close());
    await reshapeAsGateway(site);
    await site.run("box", "ip", "route", "add", "198.18.0.0/15", "via", provider);
    await site.traffic("provider", "serve", [80, 443], 9000);
    site.executor(() => {}, gatewayPlace);
    executor = site.client();
    closing.push(() => Promise.resolve(executor.close()));
    await executor.observe(signal);
    const pages = await servePages(site, {
      ports: { in0: "inside", in1: "inside" },
      unnamed: "outside",
      inside: "br0",
      onFrame: ({ side, mark, rule }) => seen.push(`${side} ${mark} ${rule}`),
    });
    closing.push(() => pages.close());
    await executor.apply([{ kind: "quarantine-add", mac: macs[cut] }], signal);
    await executor.openRemedies({ remedies: [], portals: [{ mac: macs[cut], address: probe, seconds: 600 }] }, signal);
  });

  // Whatever of it stood, or this process would wait for it without end.
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  test("a probe, and where the address service points to, give it; nothing of either leaves", async () => {
    const left = await site.arrivals("tcp dport 80");
    for (const url of [`http://${probe}/connecttest.txt`, `http://${box.inside}/`]) {
      const { status, body, error } = await askForPage(site, cut, url);
      assert.equal(status, 200, `${url}: ${error}`);
      assert.match(body ?? "", /cut off from the Internet.*Test office/);
    }
    assert.equal(await left(), 0);
  });

  test("what the page says is taken for nobody's answer", async () => {
    await site.connect(other, 80, "connected", provider);
    // The kernel's copies come in its order: that of the neighbour's answer is behind all of the page's.
    while (!seen.includes("outside seen syn-ack")) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(seen.filter((copy) => copy === "outside seen syn-ack").length, 1, seen.join(", "));
  });

  test("any other port 80, the probe's other ports and a neighbour's request get no page", async () => {
    await site.connect(cut, 80, "stopped", provider);
    await site.connect(cut, 443, "stopped", provider);
    await site.connect(cut, 443, "stopped", probe);
    await site.connect(cut, 443, "stopped", box.inside);
    assert.equal((await askForPage(site, other, `http://${box.inside}/`)).error, "ECONNREFUSED");
    await site.connect(other, 80, "connected", provider);
  });

  test("whoever is let go has neither page nor a rest of it", async () => {
    await executor.apply([{ kind: "quarantine-remove", mac: macs[cut] }], signal);
    assert.equal((await askForPage(site, cut, `http://${box.inside}/`)).error, "ECONNREFUSED");
    await site.connect(cut, 80, "connected", provider);
  });
});
