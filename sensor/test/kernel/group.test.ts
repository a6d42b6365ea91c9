import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { selection } from "../../src/capture/selection.ts";
import { groupCounters, groupLimits, stormSenders } from "../../src/containment/group-nft.ts";
import { renderSkeletons } from "../../src/containment/skeleton.ts";
import { arp, ethernet, ipv4, udp } from "../../src/packet/frame-builder.ts";
import { addresses, macs, TestSite, whyNoNamespaces } from "./test-site.ts";

const skip = whyNoNamespaces();

/**
 * One switch with three machines on it, to which both ports of a second bridge lead: the box, in a namespace with
 * no process at all. The witness counts what the switch floods to it.
 */
const loop = `
ip link add br1 type bridge stp_state 0 mcast_snooping 0
ip netns add switch
ip -n switch link add sw type bridge stp_state 0 mcast_snooping 0
plug() {
  ip link add $1 type veth peer name $2 netns switch
  ip -n switch link set $2 master sw up
  ip link set $1 master br1
}
plug inl p1
plug outl p2
for name in speaker second witness; do
  ip netns add $name
  ip -n $name link add eth0 type veth peer name to-$name netns switch
  ip -n switch link set to-$name master sw up
  # Only what the test sends: IPv6 would speak by itself.
  ip netns exec $name sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'
  ip -n $name link set eth0 up
done
ip -n speaker addr add 10.78.0.2/16 dev eth0
ip -n second addr add 10.78.0.3/16 dev eth0
ip netns exec switch sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'
for port in inl outl br1; do echo 1 > /proc/sys/net/ipv6/conf/$port/disable_ipv6; done
ip -n switch link set sw up
ip link set br1 up
`;

const broadcasts = 50;
const say = (count: number) => `const socket = require("node:dgram").createSocket("udp4");
socket.bind(() => {
  socket.setBroadcast(true);
  let left = ${count};
  const timer = setInterval(() => {
    socket.send("hello " + left, 9, "10.78.255.255", () => { if (left <= 0) socket.close(); });
    if (--left === 0) clearInterval(timer);
  }, 20);
});`;

describe("a loop", { skip, timeout: 60_000 }, () => {
  let site: TestSite;
  const [, skeleton] = renderSkeletons({ selection, logGroup: 71, outsidePort: "outl" });
  const ports = (state: "up" | "down") =>
    site.run("box", "sh", "-c", `ip link set inl ${state}; ip link set outl ${state}`);
  const inside = (netns: string, ...command: string[]) => site.run("box", "ip", "netns", "exec", netns, ...command);
  const witnessed = async () => Number(await inside("witness", "cat", "/sys/class/net/eth0/statistics/rx_packets"));
  const count = async (name: string) =>
    Number(/packets (\d+)/.exec(await site.run("box", "nft", "list", "counter", "bridge", "cordon", name))?.[1]);

  before(async () => {
    site = await TestSite.start();
    await site.run("box", "sh", "-ec", loop);
  });
  after(() => site.close());

  test("fills the line within a fraction of a second where nothing stops it", async () => {
    await ports("up");
    const before = await witnessed();
    await inside("speaker", process.execPath, "-e", say(1));
    await sleep(300);
    const frames = (await witnessed()) - before;
    await ports("down");
    assert.ok(frames > 1000, `only ${frames} frames came: there is no loop to stop`);
  });

  test("is bounded from the first frame on by the kernel alone, and nothing is stopped once it is gone", async (t) => {
    await site.load(skeleton.text);
    const before = await witnessed();
    await ports("up");
    await Promise.all(["speaker", "second"].map((name) => inside(name, process.execPath, "-e", say(broadcasts))));
    const frames = (await witnessed()) - before;
    const sent = 2 * broadcasts;
    t.diagnostic(`${sent} broadcasts, ${frames} at the witness, ${await count(groupCounters.loop)} stopped`);
    assert.ok(frames >= sent, "the witness did not hear what was sent");
    // Each goes round once in either direction, and so do the questions for addresses before them.
    assert.ok(frames <= 3 * (sent + 10), `${frames} frames at the witness for ${sent} broadcasts`);
    assert.ok((await count(groupCounters.loop)) >= sent);
    await sleep(300);
    assert.ok((await witnessed()) - before <= frames + 10, "frames go round after everybody has fallen silent");

    // Unplugged: what is said now comes by one port only.
    await site.run("box", "ip", "link", "set", "outl", "down");
    await sleep(600);
    const stopped = await count(groupCounters.loop);
    await inside("speaker", process.execPath, "-e", say(broadcasts));
    assert.equal(await count(groupCounters.loop), stopped);
    assert.equal(await count(groupCounters.storm), 0);
  });
});

const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);
const everybody = 0xffff_ffff_ffff;

/** A question for an address, in hex. */
function question(mac: number, sender: string, target: string): string {
  return Buffer.from(ethernet(0x0806, arp(1, mac, sender, target), mac, everybody)).toString("hex");
}

describe("frames to groups", { skip, timeout: 120_000 }, () => {
  let site: TestSite;
  const [, skeleton] = renderSkeletons({ selection, logGroup: 71, outsidePort: "out0" });
  const count = async (name: string) =>
    Number(/packets (\d+)/.exec(await site.run("box", "nft", "list", "counter", "bridge", "cordon", name))?.[1]);
  const arrived = async () => Number(await site.run("provider", "cat", "/sys/class/net/eth0/statistics/rx_packets"));
  /** Asks for the other's address anew and connects. */
  const resolve = async (from: "provider" | "neighbour", to: keyof typeof addresses) => {
    await site.run(from, "ip", "neigh", "flush", "dev", "eth0");
    await site.connect(from, 8080, "connected", addresses[to]);
  };

  before(async () => {
    site = await TestSite.start();
    await site.load(skeleton.text);
    for (const place of ["provider", "neighbour"] as const) await site.traffic(place, "serve", [8080], 5000);
    await resolve("neighbour", "provider");
  });
  after(() => site.close());

  test("in the router's name, and just as it sends them, keep nothing of the router's from anybody", async () => {
    // What the router is about to ask, again and again, and what it said before.
    const forged = ["infected", "neighbour"].map((name) =>
      question(number(macs.provider), addresses.provider, addresses[name as keyof typeof addresses]),
    );
    // What a frame in another's name does to a bridge's own table of addresses is not looked at here: one of two a second that pass
    // leads answers to the forger, for as long as it goes on where the router says nothing by itself.
    await site.run("box", "bridge", "fdb", "replace", macs.provider, "dev", "out0", "master", "static", "sticky");
    const before = await count(groupCounters.loop);
    let isOver = false;
    const forging = (async () => {
      while (!isOver) {
        await site.traffic("infected", "frames", forged);
        await sleep(100);
      }
    })();
    try {
      for (let times = 0; times < 5; times++) {
        // A frame stops one that follows it within half a second.
        await sleep(600);
        await resolve("provider", "neighbour");
        await resolve("neighbour", "provider");
      }
    } finally {
      isOver = true;
      await forging;
    }
    assert.ok((await count(groupCounters.loop)) > before, "the forger sent nothing that the router had said");
  });

  test("are bounded for each sender, and those of others go on", async (t) => {
    const flood = Array.from({ length: 20_000 }, (_, index) =>
      question(number(macs.infected), addresses.infected, `10.77.${(index >> 8) + 100}.${index & 0xff}`),
    );
    const before = await arrived();
    const startedAt = performance.now();
    const flooding = site.traffic("infected", "frames", flood);
    await resolve("neighbour", "provider");
    await flooding;
    const seconds = (performance.now() - startedAt) / 1000;
    const frames = (await arrived()) - before;
    t.diagnostic(`${flood.length} in ${seconds.toFixed(2)} s, ${frames} arrived`);
    const { burst, perSecond } = groupLimits.sender;
    assert.ok(frames <= burst + perSecond * (seconds + 1) + 500, `${frames} arrived`);
    assert.ok((await count(groupCounters.storm)) > flood.length / 2);
    const senders = await site.run("box", "nft", "list", "set", "bridge", "cordon", stormSenders);
    assert.ok(senders.includes(macs.infected) && !senders.includes(macs.neighbour));
    assert.ok(!senders.includes(macs.provider));
  });

  test("are bounded for made-up senders together, and those that were there before have their own", async (t) => {
    const flood = Array.from({ length: 20_000 }, (_, index) =>
      question(0x0200_7700_0000 + index, addresses.infected, "10.77.99.9"),
    );
    const before = await arrived();
    const startedAt = performance.now();
    const flooding = site.traffic("infected", "frames", flood);
    await resolve("neighbour", "provider");
    await resolve("provider", "neighbour");
    await flooding;
    const seconds = (performance.now() - startedAt) / 1000;
    const frames = (await arrived()) - before;
    t.diagnostic(`${flood.length} in ${seconds.toFixed(2)} s, ${frames} arrived`);
    const { burst, perSecond } = groupLimits.newcomers;
    assert.ok(frames <= burst + perSecond * (seconds + 1) + 500, `${frames} arrived`);
  });

  test("are bounded also for whom the set of a sender's own limit has no place", async (t) => {
    const nft = async (verb: "add" | "delete" | "flush", set: string, macs: readonly string[] = []) => {
      const elements = macs.length === 0 ? "" : ` { ${macs.join(", ")} }`;
      await site.load(`${verb} ${verb === "flush" ? "set" : "element"} bridge cordon ${set}${elements}\n`);
    };
    const others = Array.from(
      { length: 4096 },
      (_, index) => `02:00:55:00:${[index >> 8, index & 0xff].map((n) => n.toString(16).padStart(2, "0")).join(":")}`,
    );
    await nft("flush", "group_rate_inside");
    // Until it is full: whoever is heard in between has taken a place already.
    const fill = async (macs: readonly string[]): Promise<void> => {
      const isTaken = await nft("add", "group_rate_inside", macs).then(
        () => true,
        () => false,
      );
      if (isTaken || macs.length === 1) return;
      await fill(macs.slice(0, macs.length >> 1));
      await fill(macs.slice(macs.length >> 1));
    };
    for (let at = 0; at < others.length; at += 512) await fill(others.slice(at, at + 512));
    const places = () => site.run("box", "nft", "list", "set", "bridge", "cordon", "group_rate_inside");
    // Whoever is to find no place may have been heard meanwhile as well: somebody else gets it.
    for (let spare = 0; (await places()).includes(macs.infected); spare += 1) {
      assert.ok(spare < 10, "it takes a place again and again");
      await nft("delete", "group_rate_inside", [macs.infected]);
      await fill([`02:00:55:01:00:0${spare}`]);
    }
    await nft("add", "group_senders_inside", [macs.infected]);
    const flood = Array.from({ length: 10_000 }, (_, index) =>
      question(number(macs.infected), addresses.infected, `10.77.${(index >> 8) + 100}.${index & 0xff}`),
    );
    const [stopped, before] = [await count(groupCounters.storm), await arrived()];
    const startedAt = performance.now();
    await site.traffic("infected", "frames", flood);
    const seconds = (performance.now() - startedAt) / 1000;
    // What arrived is counted, not what was stopped: a busy machine loses frames of a flood before any rule sees them.
    const frames = (await arrived()) - before;
    t.diagnostic(`${flood.length} in ${seconds.toFixed(2)} s, ${frames} arrived`);
    const { burst, perSecond } = groupLimits.placeless;
    assert.ok(frames <= burst + perSecond * (seconds + 1) + 100, `${frames} arrived`);
    assert.ok((await count(groupCounters.storm)) > stopped);
    await nft("flush", "group_rate_inside");
  });

  test("to a stream of pictures pass as they come", async () => {
    const stream = Array.from({ length: 3000 }, (_, index) =>
      Buffer.from(
        ethernet(
          0x0800,
          ipv4(17, udp(5004, 5004, [index & 0xff, index >> 8]), {
            source: addresses.provider,
            destination: "239.1.2.3",
          }),
          number(macs.provider),
          0x0100_5e01_0203,
        ),
      ).toString("hex"),
    );
    const before = await count(groupCounters.storm);
    await site.traffic("provider", "frames", stream);
    assert.equal(await count(groupCounters.storm), before);
  });
});
