import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { ethernet, ipv4, udp } from "../../src/packet/frame-builder.ts";
import { addresses, macs, TestSite, whyNoNamespaces } from "./test-site.ts";

const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);

describe("made-up addresses", { skip: whyNoNamespaces(), timeout: 120_000 }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000);

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = new ExecutorClient({ socketPath: site.executorSocket, connectTimeoutMs: 10_000 });
    await client.observe(signal);
    await site.traffic("provider", "serve", [80], 5000);
    await site.connect("infected", 80, "connected");
  });
  after(async () => {
    client.close();
    await site.close();
  });

  test("that fill the bridge's table keep nobody from being cut off, and no gateway from being spared", async (t) => {
    const packet = ipv4(17, udp(4000, 9, [1]), { source: "10.77.9.9", destination: addresses.provider });
    for (let thousands = 0; thousands < 60; thousands += 1) {
      const frames = Array.from({ length: 1000 }, (_, index) =>
        Buffer.from(
          ethernet(0x0800, packet, 0x0200_9900_0000 + thousands * 1000 + index, number(macs.provider)),
        ).toString("hex"),
      );
      await site.traffic("infected", "frames", frames);
    }
    await site.connect("infected", 80, "connected");
    const startedAt = performance.now();
    const { refused } = await client.apply(
      [
        { kind: "quarantine-add", mac: macs.infected },
        { kind: "quarantine-add", mac: macs.provider },
        { kind: "quarantine-add", mac: macs.box },
      ],
      signal,
    );
    t.diagnostic(`${(performance.now() - startedAt).toFixed(0)} ms`);
    assert.deepEqual(refused.map(({ mac }) => mac).toSorted(), [macs.provider, macs.box].toSorted());
    await site.connect("infected", 80, "silent");
  });

  test("in the gateway's name from inside are noticed, and it stays protected", async () => {
    // Held in place: the provider still asks for the addresses made up before, and its next frame would move it back.
    const bridge = (port: string) =>
      site.run("box", "bridge", "fdb", "replace", macs.provider, "dev", port, "master", "static", "sticky");
    const add = () => client.apply([{ kind: "quarantine-add", mac: macs.provider }], signal);
    for (const port of ["out0", "in1", "out0"]) {
      await bridge(port);
      assert.equal((await add()).refused.length, 1);
    }
    const { troubles = [] } = await client.observe(signal);
    assert.ok(
      troubles.some(({ text }) => text.includes(macs.provider)),
      JSON.stringify(troubles),
    );
  });
});
