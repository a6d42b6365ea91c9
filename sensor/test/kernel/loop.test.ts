import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { selection } from "../../src/capture/selection.ts";
import { renderSkeletons } from "../../src/containment/skeleton.ts";
import { TestSite, whyNoNamespaces } from "./test-site.ts";

/** One switch with a machine on it, to which both ports of a second bridge lead. */
const loop = `
ip netns add switch
ip netns add walker
ip -n switch link add sw type bridge stp_state 0 mcast_snooping 0
ip link add br1 type bridge stp_state 0 mcast_snooping 0
plug() {
  ip link add $1 type veth peer name $2 netns switch
  ip -n switch link set $2 master sw up
  ip link set $1 master br1
}
plug inl p1
plug outl p2
ip -n walker link add eth0 type veth peer name p3 netns switch
ip -n walker addr add 10.78.0.2/16 dev eth0
ip -n walker link set eth0 up
ip -n switch link set p3 master sw up
ip -n switch link set sw up
# IPv6 would speak by itself.
for port in inl outl br1; do echo 1 > /proc/sys/net/ipv6/conf/$port/disable_ipv6; done
for place in switch walker; do ip netns exec $place sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'; done
ip link set br1 up
`;

const broadcasts = 50;
const say = `const socket = require("node:dgram").createSocket("udp4");
socket.bind(() => {
  socket.setBroadcast(true);
  let left = ${broadcasts};
  const timer = setInterval(() => {
    socket.send("hello", 9, "10.78.255.255");
    if (--left === 0) { clearInterval(timer); setTimeout(() => socket.close(), 200); }
  }, 20);
});`;

describe("a loop", { skip: whyNoNamespaces(), timeout: 60_000 }, () => {
  let site: TestSite;
  const [, skeleton] = renderSkeletons({ selection, logGroup: 71, outsidePort: "outl" });
  const ports = (state: "up" | "down") =>
    site.run("box", "sh", "-c", `ip link set inl ${state}; ip link set outl ${state}`);
  const inWalker = (...command: string[]) => site.run("box", "ip", "netns", "exec", "walker", ...command);
  const cameBack = async () => Number(await inWalker("cat", "/sys/class/net/eth0/statistics/rx_packets"));
  const looped = async () =>
    Number(/packets (\d+)/.exec(await site.run("box", "nft", "list", "counter", "bridge", "cordon", "looped"))?.[1]);

  before(async () => {
    site = await TestSite.start();
    await site.run("box", "sh", "-ec", loop);
  });
  after(() => site.close());

  test("fills the line within a fraction of a second where nothing stops it", async () => {
    await ports("up");
    const said = inWalker(process.execPath, "-e", say.replace(String(broadcasts), "1"));
    await sleep(300);
    await ports("down");
    await said;
    const frames = await cameBack();
    assert.ok(frames > 1000, `only ${frames} frames came back: there is no loop to stop`);
  });

  test("is stopped by the kernel from the first frame on, and nothing is once it is gone", async (t) => {
    await site.load(skeleton.text);
    const before = await cameBack();
    await ports("up");
    await inWalker(process.execPath, "-e", say);
    const frames = (await cameBack()) - before;
    t.diagnostic(`${broadcasts} broadcasts, ${frames} frames came back, ${await looped()} were stopped`);
    assert.ok((await looped()) > 0);
    assert.ok(frames <= broadcasts / 2, `${frames} of ${broadcasts} broadcasts came back`);

    // Unplugged: what was stopped until then is tried anew, and comes by one port only.
    await site.run("box", "ip", "link", "set", "outl", "down");
    await sleep(5500);
    const stopped = await looped();
    await inWalker(process.execPath, "-e", say);
    assert.equal(await looped(), stopped);
  });
});
