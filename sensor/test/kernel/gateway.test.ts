import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { box, farProvider as provider, gatewayPlace, reshapeAsGateway } from "./gateway-shape.ts";
import type { Outcomes } from "./traffic.ts";
import { addresses, macs, TestSite, whyNoNamespaces } from "./test-site.ts";

const skip = whyNoNamespaces();
// In an emulator everything takes twenty times as long.
const patienceMs = 600_000;

describe("a gateway in the kernel", { skip, timeout: patienceMs }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const lines: string[] = [];
  const signal = AbortSignal.timeout(patienceMs);
  const forwarding = () => site.run("box", "cat", "/proc/sys/net/ipv4/ip_forward");
  const inBox = (script: string) => site.run("box", "sh", "-c", script);

  /** Asks again until it is as awaited; the self-check works by time, and nothing tells of it. */
  async function when(isAwaited: () => Promise<boolean>): Promise<void> {
    while (!(await isAwaited())) await sleep(50, undefined, { signal });
  }

  before(async () => {
    site = await TestSite.start();
    await reshapeAsGateway(site);
    await site.traffic("provider", "serve", [80, 445], 9000);
  });

  after(async () => {
    client.close();
    await site.close();
  });

  test("nothing is forwarded before the rulesets are in force, and then what is asked from inside is", async () => {
    assert.equal((await forwarding()).trim(), "0");
    const arrived = await site.arrivals("tcp dport 80");
    await site.connect("neighbour", 80, "silent", provider);
    assert.equal(await arrived(), 0);
    site.executor((line) => lines.push(line), gatewayPlace);
    client = new ExecutorClient({
      socketPath: site.executorSocket,
      connectTimeoutMs: 120_000,
      answerTimeoutMs: 60_000,
    });
    assert.match((await client.observe(signal)).skeleton ?? "", /^[0-9a-f]{12}$/);
    await site.connect("neighbour", 80, "connected", provider);
    await site.connect("infected", 80, "connected", provider);
    // It is the box that the provider sees.
    const untranslated = await site.arrivals("ip saddr 10.77.0.0/16");
    await site.connect("neighbour", 80, "connected", provider);
    assert.equal(await untranslated(), 0);
  });

  test("from outside nobody gets in, whatever is routed to the box, and the box answers nothing", async () => {
    for (const target of [box.outside, box.inside, addresses.neighbour]) {
      await site.connect("provider", 80, "silent", target);
      await site.connect("provider", 53, "silent", target);
    }
  });

  test("machines on different ports hear nothing of one another", async () => {
    const { connected, refused } = await site.traffic<Outcomes>(
      "neighbour",
      "connect",
      addresses.infected,
      80,
      1,
      1500,
    );
    assert.deepEqual([connected, refused], [0, 0]);
  });

  test("whoever is cut off gets nothing out, what stood ends, and the others go on", async () => {
    // Long enough for an emulator to have cut it off meanwhile.
    const words = 300;
    const talking = site.traffic<number>("infected", "talk", provider, 80, words, 50);
    await sleep(300, undefined, { signal });
    const { refused } = await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
    assert.deepEqual(refused, []);
    const arrived = await site.arrivals("tcp dport { 80, 445 }");
    const echoed = await talking;
    assert.ok(echoed > 0 && echoed < words, `${echoed} of ${words} words of the standing connection were echoed`);
    const isReset = lines.some((line) => line.includes("skeleton-loaded") && line.includes("reset,"));
    for (const port of [80, 445]) await site.connect("infected", port, isReset ? "refused" : "silent", provider);
    assert.equal(await arrived(), 0, "the provider heard the machine that was cut off");
    await site.connect("neighbour", 80, "connected", provider);
    const [element] = (await client.observe(signal)).quarantined;
    assert.equal(element?.mac, macs.infected);
    assert.ok(element.packets > 0);
  });

  test("it may ask the box for names, at a rate, and nobody else", async () => {
    // Datagrams that reach the box find nobody at port 53 here; they are counted before.
    await inBox(
      "nft add table inet counted && nft 'add chain inet counted in { type filter hook input priority -300; }' && " +
        `nft 'add counter inet counted asked' && nft 'add rule inet counted in udp dport 53 counter name asked'`,
    );
    const asked = async () =>
      Number(/packets (\d+)/.exec(await inBox("nft list counter inet counted asked"))?.[1] ?? Number.NaN);
    const elsewhere = await site.arrivals("udp dport 53");
    await site.traffic("infected", "datagrams", provider, 53, 10, 100, 0);
    await site.traffic("infected", "datagrams", box.inside, 53, 200, 400, 0);
    assert.equal(await elsewhere(), 0);
    const got = await asked();
    // 50 at once, then two a second, for as long as a loaded machine takes to send them.
    assert.ok(got >= 50 && got < 100, `${got} of 200 questions reached the box`);
  });

  test("what its name service found for a remedy is open, on the ports of the web alone", async () => {
    await inBox(`nft add element bridge cordon named_4 '{ ${provider} }'`);
    await site.connect("infected", 80, "connected", provider);
    const isReset = lines.some((line) => line.includes("reset,"));
    await site.connect("infected", 445, isReset ? "refused" : "silent", provider);
    await inBox(`nft delete element bridge cordon named_4 '{ ${provider} }'`);
  });

  test("a table of what is forwarded that a hand takes away comes back, and forwarding too", async () => {
    await inBox("nft delete table inet cordon");
    await when(async () => (await inBox("nft list tables")).includes("inet cordon\n"));
    await when(async () => (await client.observe(signal)).skeleton !== null);
    await site.connect("neighbour", 80, "connected", provider);
    await inBox("nft insert rule inet cordon forward accept");
    await when(async () => !(await inBox("nft list chain inet cordon forward")).includes("policy drop;\n\t\taccept"));
    await inBox("echo 0 > /proc/sys/net/ipv4/ip_forward");
    await when(async () => (await forwarding()).trim() === "1");
    const { troubles = [] } = await client.observe(signal);
    assert.ok(troubles.some(({ code }) => code === "routing-restored"));
    await site.connect("infected", 80, lines.some((line) => line.includes("reset,")) ? "refused" : "silent", provider);
  });

  test("an address that a hand puts in place of the box's own is asked for names by nobody, and its own is back", async () => {
    const set = "bridge cordon box_4";
    await inBox(`nft 'flush set ${set}; add element ${set} { ${provider} }'`);
    const held = () => inBox(`nft list set ${set}`);
    await when(async () => (await held()).includes(box.inside));
    assert.ok(!(await held()).includes(provider));
  });

  test("a release lets it out again", async () => {
    await client.apply([{ kind: "quarantine-remove", mac: macs.infected }], signal);
    await site.connect("infected", 80, "connected", provider);
  });
});
