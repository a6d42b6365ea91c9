import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeMessage, MessageDecoder } from "../../src/capture/framing.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { addressingRate } from "../../src/containment/lifelines-nft.ts";
import type { ExecutorResponse, Observed } from "../../src/containment/protocol.ts";
import { ethernet, icmp, ipv4, ipv6, udp } from "../../src/packet/frame-builder.ts";
import { TestSite, addresses, addresses6, endInside, macs, patience, whyNoNamespaces } from "./test-site.ts";

const skip = whyNoNamespaces();
// A card of its own, by which no kernel speaks.
const asking = "02:00:5e:00:00:61";
const cardOf = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);
const hexOf = (frame: Uint8Array) => Buffer.from(frame).toString("hex");
const dhcpOf = (bytes: number) => new Array<number>(bytes).fill(0);

describe("containment in the kernel", { skip, timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let executor: ReturnType<TestSite["executor"]>;
  let client: ExecutorClient;
  const lines: string[] = [];
  const signal = AbortSignal.timeout(120_000 * patience);

  const startExecutor = () => site.executor((line) => lines.push(line));
  const list = (...what: string[]) => site.run("box", "nft", "list", ...what);
  const quarantined = (observed: Observed, mac: string) => observed.quarantined.find((element) => element.mac === mac);

  /** Asks until the answer is as awaited; the self-check works by time, and nothing tells of it. */
  const observedWhen = async (isAwaited: (observed: Observed) => boolean): Promise<Observed> => {
    for (;;) {
      const observed = await client.observe(signal);
      if (isAwaited(observed)) return observed;
      await sleep(50, undefined, { signal });
    }
  };

  before(async () => {
    site = await TestSite.start();
    executor = startExecutor();
    client = site.client();
    await client.observe(signal);
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
  });

  after(async () => {
    client.close();
    await site.close();
  });

  test("the skeleton loads and everything passes while nobody is contained", async () => {
    const observed = await client.observe(signal);
    assert.match(observed.skeleton ?? "", /^[0-9a-f]{12}$/);
    assert.deepEqual(observed.quarantined, []);
    await site.connect("infected", 80, "connected");
    await site.connect("infected", 80, "connected", addresses6.provider);
  });

  test("a quarantine stops both ways for this host only, and its counters grow", async () => {
    const { refused } = await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
    assert.deepEqual(refused, []);
    await site.connect("infected", 80, "stopped");
    await site.connect("infected", 80, "stopped", addresses6.provider);
    await site.connect("neighbour", 80, "connected");
    await site.traffic("provider", "datagrams", addresses.infected, 9, 5, 100, 0);
    const element = quarantined(await client.observe(signal), macs.infected);
    assert.ok(element !== undefined && element.packets >= 2, `${element?.packets} packets stopped on their way out`);
    assert.equal(element.packetsToHost, 5);
  });

  test("a quarantined host still does ARP, neighbour discovery and DHCP", async () => {
    const neighbours = async () => {
      for (const family of ["-4", "-6"]) await site.run("infected", "ip", family, "neigh", "flush", "all");
      await site.connect("infected", 80, "stopped");
      await site.connect("infected", 80, "stopped", addresses6.provider);
      return await site.run("infected", "ip", "neigh", "show");
    };
    const table = await neighbours();
    assert.match(table, new RegExp(`${addresses.provider} .*${macs.provider}`));
    assert.match(table, new RegExp(`${addresses6.provider} .*${macs.provider}`));

    const stoppedBefore = quarantined(await client.observe(signal), macs.infected)?.packets;
    await site.traffic("provider", "stop");
    await site.traffic("provider", "serve", [80, 25, 445], 67);
    await site.traffic("infected", "datagrams", addresses.provider, 67, 3, 100, 68);
    assert.equal(await site.traffic("provider", "stop"), 3);
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
    assert.equal(quarantined(await client.observe(signal), macs.infected)?.packets, stoppedBefore);
  });

  test("the ports of DHCP are no way out for a quarantined host", async () => {
    const packets = async () => quarantined(await client.observe(signal), macs.infected)?.packets ?? 0;
    const before = await packets();
    const atStranger = await site.arrivals("ip daddr 198.18.0.9");
    await site.traffic("infected", "datagrams", "198.18.0.9", 67, 20, 200, 68);
    assert.equal(await atStranger(), 0, "a stranger was reached");
    assert.ok((await packets()) - before >= 20, "nothing was tried");

    await site.traffic("provider", "stop");
    await site.traffic("provider", "serve", [80, 25, 445], 67);
    const startedAt = performance.now();
    await site.traffic("infected", "datagrams", addresses.provider, 67, 300, 1000, 68);
    const seconds = (performance.now() - startedAt) / 1000;
    const arrived = Number(await site.traffic("provider", "stop"));
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
    const most = addressingRate.burst + Math.ceil(seconds + 1) * addressingRate.perSecond;
    assert.ok(arrived <= most, `${arrived} datagrams reached the server, at most ${most} may`);
  });

  test("a client of DHCP in quarantine gets, renews and asks for its address anew, and its messages carry no more", async () => {
    await client.apply([{ kind: "quarantine-add", mac: asking }], signal);
    const left = await site.departures(`ether saddr ${asking}`);
    const sent = async (bytes: number, source: string, destination: string, to: string) => {
      const before = await left();
      const packet = ipv4(17, udp(68, 67, dhcpOf(bytes)), { source, destination });
      await site.traffic("infected", "frames", [hexOf(ethernet(0x0800, packet, cardOf(asking), cardOf(to)))]);
      return (await left()) - before;
    };
    const [nobody, everybody, own] = ["0.0.0.0", "255.255.255.255", "10.77.0.61"];
    const group = "ff:ff:ff:ff:ff:ff";
    // DISCOVER, REQUEST, a renewal with the server, one with everybody, and as long a message as a server takes (RFC 2131 2).
    assert.equal(await sent(300, nobody, everybody, group), 1);
    assert.equal(await sent(320, nobody, everybody, group), 1);
    assert.equal(await sent(320, own, addresses.provider, macs.provider), 1);
    assert.equal(await sent(320, own, everybody, group), 1);
    assert.equal(await sent(576, own, addresses.provider, macs.provider), 1);
    for (const bytes of [601, 1472]) assert.equal(await sent(bytes, own, addresses.provider, macs.provider), 0);

    const answers = await site.departuresInside(`ether daddr ${asking}`);
    const answer = (bytes: number) =>
      hexOf(
        ethernet(
          ...([
            0x0800,
            ipv4(17, udp(67, 68, dhcpOf(bytes)), { source: addresses.provider, destination: own }),
          ] as const),
          ...([cardOf(macs.provider), cardOf(asking)] as const),
        ),
      );
    await site.traffic("provider", "frames", [300, 300, 576, 1200].map(answer));
    assert.equal(await answers(), 4);
    await site.traffic("provider", "frames", Array<string>(100).fill(answer(1472)));
    assert.ok((await answers()) <= 4 + 5, `${await answers()} answers, and few of them may be long`);
    await client.apply([{ kind: "quarantine-remove", mac: asking }], signal);
  });

  test("neighbour discovery is no way out for a quarantined host", async () => {
    const packets = async () => quarantined(await client.observe(signal), macs.infected)?.packets ?? 0;
    const [from, to] = [macs.infected, macs.provider].map((mac) => Number.parseInt(mac.replaceAll(":", ""), 16));
    // A solicitation to somebody far away, which a router would carry on: hop limit 255 keeps nothing on the link.
    const stray = (destination: string) =>
      Buffer.from(
        ethernet(
          0x86dd,
          ipv6(58, icmp(135, 0, [1, 2, 3, 4]), { source: addresses6.infected, destination, hopLimit: 255 }),
          from,
          to,
        ),
      ).toString("hex");
    const before = await packets();
    const atStranger = await site.arrivals("ip6 daddr 2001:db8::9");
    await site.traffic("infected", "frames", Array<string>(20).fill(stray("2001:db8::9")));
    assert.equal(await atStranger(), 0, "a stranger was reached");
    assert.ok((await packets()) - before >= 20, "nothing was tried");
    const atNeighbour = await site.arrivals("ip6 daddr fe80::1");
    await site.traffic("infected", "frames", Array<string>(20).fill(stray("fe80::1")));
    assert.equal(await atNeighbour(), 20, "a neighbour was not reached");
  });

  test("a release takes the element out of the kernel and lets everything pass", async () => {
    const { observed } = await client.apply([{ kind: "quarantine-remove", mac: macs.infected }], signal);
    assert.deepEqual(observed.quarantined, []);
    for (const set of ["quarantine_from", "quarantine_to"]) {
      assert.doesNotMatch(await list("set", "bridge", "cordon", set), /elements/);
    }
    await site.connect("infected", 80, "connected");
  });

  test("a vector block stops its ports and no other", async () => {
    await client.apply([{ kind: "vector-add", mac: macs.infected, ports: [25, 587] }], signal);
    await site.connect("infected", 25, "stopped");
    await site.connect("infected", 25, "stopped", addresses6.provider);
    await site.connect("infected", 80, "connected");
    await site.connect("neighbour", 25, "connected");
    const { vectors } = await client.observe(signal);
    assert.deepEqual(
      vectors.map(({ mac, port, packets }) => [mac, port, packets >= 1]),
      [
        [macs.infected, 25, true],
        [macs.infected, 587, false],
      ],
    );
    const { observed } = await client.apply([{ kind: "vector-remove", mac: macs.infected, ports: [25, 587] }], signal);
    assert.deepEqual(observed.vectors, []);
    await site.connect("infected", 25, "connected");
  });

  test("adding what is there and removing what is not are no errors and keep the counter", async () => {
    const add = { kind: "quarantine-add", mac: macs.infected } as const;
    await client.apply([add], signal);
    await site.connect("infected", 80, "stopped");
    const before = quarantined(await client.observe(signal), macs.infected)?.packets ?? 0;
    assert.ok(before > 0);
    const { observed } = await client.apply([add, { kind: "quarantine-remove", mac: macs.neighbour }], signal);
    assert.ok((quarantined(observed, macs.infected)?.packets ?? 0) >= before);
  });

  test("the gateway, the box and group addresses are refused with a reason, and the rest is carried out", async () => {
    const group = "01:00:5e:00:00:01";
    const wished = [macs.provider, macs.box, group, "00:00:00:00:00:00", macs.neighbour];
    const { observed, refused } = await client.apply(
      wished.map((mac) => ({ kind: "quarantine-add" as const, mac })),
      signal,
    );
    assert.deepEqual(
      refused.map(({ mac }) => mac),
      wished.slice(0, 4),
    );
    assert.match(refused[0]?.reason ?? "", /outside port/);
    assert.match(refused[1]?.reason ?? "", /the box itself/);
    assert.ok(quarantined(observed, macs.neighbour) !== undefined);
    assert.ok(quarantined(observed, macs.provider) === undefined);
    await client.apply([{ kind: "quarantine-remove", mac: macs.neighbour }], signal);
  });

  test("whom the judge names as one that the site cannot do without is refused as well, for as long as it does", async () => {
    const cut = { kind: "quarantine-add" as const, mac: macs.neighbour };
    const machines = [{ mac: macs.neighbour, reason: "it is a resolver of the site" }];
    const { refused, observed } = await client.apply([{ kind: "protect", machines }, cut], signal);
    assert.deepEqual(refused, machines);
    assert.ok(quarantined(observed, macs.neighbour) === undefined);
    assert.deepEqual((await client.apply([cut], signal)).refused, machines);
    assert.deepEqual((await client.apply([{ kind: "protect", machines: [] }, cut], signal)).refused, []);
    await client.apply([{ kind: "quarantine-remove", mac: macs.neighbour }], signal);
  });

  test("elements that a hand removed come back within five seconds", async () => {
    await site.run("box", "nft", "delete", "element", "bridge", "cordon", "quarantine_to", `{ ${macs.infected} }`);
    const startedAt = performance.now();
    const isSaid = ({ troubles }: Observed) => troubles?.some(({ code }) => code === "elements-restored") === true;
    // By half is not held; unless it was put back before anybody could look.
    const first = await client.observe(signal);
    assert.ok(quarantined(first, macs.infected) === undefined || isSaid(first));
    await observedWhen((observed) => quarantined(observed, macs.infected) !== undefined && isSaid(observed));
    assert.ok(performance.now() - startedAt < 5000 * patience);
  });

  test("a table whose rules a hand removed comes back with its counters, and that is said", async () => {
    const before = quarantined(await client.observe(signal), macs.infected)?.packets ?? 0;
    assert.ok(before > 0);
    await site.run("box", "nft", "flush", "chain", "bridge", "cordon", "enforce");
    const observed = await observedWhen(
      ({ skeleton, troubles }) =>
        skeleton !== null && troubles?.some(({ code }) => code === "ruleset-restored") === true,
    );
    assert.ok((quarantined(observed, macs.infected)?.packets ?? 0) >= before);
    await site.connect("infected", 80, "stopped");
  });

  test("what comes past the rules of a quarantine is stopped at the outside port, counted and told", async () => {
    const counted = async () =>
      Number(/packets (\d+)/.exec(await list("counter", "bridge", "cordon", "leaked"))?.[1] ?? Number.NaN);
    // The rules were away in the test before, and something may have been sent meanwhile.
    const earlier = await counted();
    const told = ({ troubles }: Observed) =>
      Number(/^\d+/.exec(troubles?.find(({ code }) => code === "containment-leak")?.text ?? "0")?.[0]);
    // An accept in front of them, as a hand that means well puts it there.
    await site.run("box", "nft", "insert", "rule", "bridge", "cordon", "enforce", "accept");
    await site.traffic("infected", "datagrams", addresses.provider, 9, 5, 100, 0);
    await site.connect("neighbour", 80, "connected");
    await observedWhen((observed) => told(observed) > earlier);
    await observedWhen(({ skeleton }) => skeleton !== null);
    const before = await counted();
    await site.connect("infected", 80, "stopped");
    await site.run("infected", "ip", "neigh", "flush", "all");
    await site.traffic("infected", "datagrams", addresses.provider, 67, 3, 100, 68);
    assert.equal(await counted(), before, "lifelines, or what the rules stop, count as leaks");
  });

  test("a deleted table comes back with the next apply, quarantines included", async () => {
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    const { observed } = await client.apply([], signal);
    assert.notEqual(observed.skeleton, null);
    assert.ok(quarantined(observed, macs.infected) !== undefined);
    await site.connect("infected", 80, "stopped");
  });

  test("a killed executor leaves the quarantine in force and its successor takes over with the counters", async () => {
    await site.connect("infected", 80, "stopped");
    const before = quarantined(await client.observe(signal), macs.infected)?.packets ?? 0;
    await endInside(executor, "SIGKILL");
    await site.connect("infected", 80, "stopped");
    executor = startExecutor();
    const observed = await client.observe(signal);
    assert.ok((quarantined(observed, macs.infected)?.packets ?? 0) > before);
  });

  test("after a restart without a table the stored set is put into force", async () => {
    await endInside(executor, "SIGKILL");
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    await site.connect("infected", 80, "connected");
    executor = startExecutor();
    assert.ok(quarantined(await client.observe(signal), macs.infected) !== undefined);
    await site.connect("infected", 80, "stopped");
  });

  test("plain nft loads the stored set into the sets of the skeleton", async () => {
    await endInside(executor, "SIGKILL");
    for (const set of ["quarantine_from", "quarantine_to"]) {
      await site.run("box", "nft", "delete", "element", "bridge", "cordon", set, `{ ${macs.infected} }`);
    }
    await site.connect("infected", 80, "connected");
    await site.run("box", "nft", "-f", join(site.folder, "quarantine.nft"));
    await site.connect("infected", 80, "stopped");
  });

  test("a table of another version is replaced without releasing anybody", async () => {
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    await writeFile(
      join(site.folder, "old.nft"),
      `table bridge cordon {
	counter skeleton_000000000000 {
	}
	set quarantine_from {
		type ether_addr
		counter
		elements = { ${macs.infected} counter packets 41 bytes 4100 }
	}
	set quarantine_to {
		type ether_addr
		counter
		elements = { ${macs.infected} }
	}
	chain old_forward {
		type filter hook forward priority -200; policy accept;
		ether saddr @quarantine_from drop
	}
}
`,
    );
    await site.run("box", "nft", "-f", join(site.folder, "old.nft"));
    executor = startExecutor();
    const observed = await client.observe(signal);
    assert.notEqual(observed.skeleton, null);
    assert.ok((quarantined(observed, macs.infected)?.packets ?? 0) >= 41);
    assert.doesNotMatch(await list("table", "bridge", "cordon"), /old_forward|skeleton_0{12}/);
  });

  test("the ruleset for the other side of the router takes everybody along who is held, and outlives the executor", async () => {
    const before = await client.observe(signal);
    assert.equal(before.standing, "lan");
    assert.equal((await client.stand("lan", signal)).skeleton, before.skeleton);
    const moved = await client.stand("wan", signal);
    assert.equal(moved.standing, "wan");
    assert.ok(moved.skeleton !== null && moved.skeleton !== before.skeleton);
    assert.ok(quarantined(moved, macs.infected) !== undefined);
    await site.connect("infected", 80, "stopped");
    await endInside(executor, "SIGKILL");
    executor = startExecutor();
    const again = await client.observe(signal);
    assert.deepEqual([again.standing, again.skeleton], ["wan", moved.skeleton]);
    const back = await client.stand("lan", signal);
    assert.deepEqual([back.standing, back.skeleton], ["lan", before.skeleton]);
    await site.connect("infected", 80, "stopped");
  });

  test("a damaged stored set is set aside and said, and what the kernel holds stays", async () => {
    await endInside(executor, "SIGKILL");
    const path = join(site.folder, "quarantine.nft");
    await writeFile(path, `${(await readFile(path, "utf8")).slice(0, -10)}`);
    executor = startExecutor();
    const observed = await client.observe(signal);
    assert.ok(observed.troubles?.some(({ code }) => code === "stored-set-damaged"));
    assert.ok(quarantined(observed, macs.infected) !== undefined);
    assert.ok((await readFile(`${path}.damaged`, "utf8")).length > 0);
  });

  test("malformed requests are refused and change nothing", async () => {
    const before = await client.observe(signal);
    client.close();
    const answers = await ask(site.executorSocket, [
      Buffer.from("no json at all"),
      Buffer.from(JSON.stringify({ id: 7, kind: "apply", steps: [{ kind: "quarantine-add", mac: "not; a mac" }] })),
      Buffer.from(JSON.stringify({ id: 8, kind: "flush" })),
      Buffer.from(
        JSON.stringify({ id: 9, kind: "apply", steps: [{ kind: "vector-add", mac: macs.neighbour, ports: [0] }] }),
      ),
    ]);
    assert.deepEqual(
      answers.map(({ id, ok }) => [id, ok]),
      [
        [0, false],
        [7, false],
        [8, false],
        [9, false],
      ],
    );
    client = site.client();
    const after = await client.observe(signal);
    assert.deepEqual(
      after.quarantined.map(({ mac }) => mac),
      before.quarantined.map(({ mac }) => mac),
    );
    assert.deepEqual(after.vectors, before.vectors);
  });

  test("no packet is lost while the executor is killed and started again", async () => {
    const count = 1500;
    const sending = site.traffic("neighbour", "datagrams", addresses.provider, 9000, count, 1000, 0);
    await endInside(executor, "SIGKILL");
    executor = startExecutor();
    await client.observe(signal);
    await sending;
    assert.equal(await site.traffic("provider", "stop"), count);
  });

  test("at SIGTERM and at the end of its stdin the executor goes and leaves the kernel as it is", async () => {
    assert.equal(await endInside(executor, "SIGTERM"), 0);
    executor = startExecutor();
    await client.observe(signal);
    const gone = once(executor, "exit");
    executor.stdin?.end();
    assert.deepEqual(await gone, [0, null]);
    assert.match(await list("set", "bridge", "cordon", "quarantine_from"), new RegExp(macs.infected));
  });

  test("the executor says nothing on stderr but lines of JSON with a code", () => {
    for (const line of lines) assert.equal(typeof (JSON.parse(line) as { code?: unknown }).code, "string", line);
  });
});

/** Sends raw messages and gives as many answers. */
async function ask(socketPath: string, messages: readonly Buffer[]): Promise<ExecutorResponse[]> {
  const socket = createConnection({ path: socketPath });
  const answers: ExecutorResponse[] = [];
  await once(socket, "connect");
  const all = new Promise<void>((resolve) => {
    const decoder = new MessageDecoder({
      maxBytes: 1 << 20,
      onMessage: (body) => {
        answers.push(JSON.parse(body.toString("utf8")) as ExecutorResponse);
        if (answers.length === messages.length) resolve();
      },
    });
    socket.on("data", (chunk) => decoder.push(chunk));
  });
  for (const body of messages) socket.write(encodeMessage(body));
  await all;
  socket.destroy();
  return answers;
}
