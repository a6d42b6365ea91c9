import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, type Answer } from "dns-packet";
import { hostAddress, hostKey, hostMac, monday, Scene } from "./judge-scene.ts";
import {
  address,
  dhcp,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  netbiosRegistration,
  tcp,
  text,
  udp,
} from "./packet/frame-builder.ts";
import { protocols } from "./packet/packet.ts";

const everybody = 0xffff_ffff_ffff;

/** A datagram of a host to everybody on its link. */
function said(host: number, port: number, payload: Iterable<number>, source = hostAddress(host)): Uint8Array {
  const packet = ipv4(protocols.udp, udp(port, port, [...payload]), { source, destination: "224.0.0.251" });
  return ethernet(0x0800, packet, hostMac(host), 0x0100_5e00_00fb);
}

function announcement(...answers: Answer[]): Uint8Array {
  return encode({ type: "response", answers });
}

const a = (name: string, data: string): Answer => ({ type: "A", name: `${name}.local`, data });

function dhcpFrame(
  client: number,
  options: readonly number[],
  { card = client, operation = 1, assigned = "0.0.0.0" } = {},
): Uint8Array {
  const message = dhcp({ operation, assigned, options }).with(33, client & 0xff);
  const from = operation === 1 ? 68 : 67;
  const source = operation === 1 ? "0.0.0.0" : "192.168.1.1";
  const packet = ipv4(protocols.udp, udp(from, 135 - from, message), { source, destination: "255.255.255.255" });
  return ethernet(0x0800, packet, operation === 1 ? hostMac(card) : 0x0200_0000_fe01, everybody);
}

function neighbourFrame(host: number, from: string, message: readonly number[]): Uint8Array {
  const packet = ipv6(protocols.icmpv6, message, { source: from, destination: "ff02::1", hopLimit: 255 });
  return ethernet(0x86dd, packet, hostMac(host), 0x3333_0000_0001);
}

test("names are heard by DHCP, multicast DNS, NetBIOS and LLMNR, each with its time", () => {
  const scene = new Scene();
  scene.dhcp(7, { at: monday, name: "DESK-07" });
  scene.frame(monday + 1000, said(7, 5353, announcement(a("desk", hostAddress(7)))));
  scene.frame(monday + 2000, said(7, 137, netbiosRegistration("DESK07", hostAddress(7))));
  scene.frame(monday + 3000, said(7, 5355, announcement({ type: "A", name: "desk-07", data: hostAddress(7) })));
  const { name, names } = scene.play().host(7);
  assert.equal(name, "DESK-07");
  assert.deepEqual(names, [
    { source: "dhcp", name: "DESK-07", at: monday },
    { source: "mdns", name: "desk", at: monday + 1000 },
    { source: "netbios", name: "DESK07", at: monday + 2000 },
    { source: "llmnr", name: "desk-07", at: monday + 3000 },
  ]);
});

test("only what is said of the sender's own address is its name, and only DHCP's is the one it is known by", () => {
  const scene = new Scene();
  scene.frame(monday, said(7, 5353, announcement(a("server", hostAddress(9)))));
  scene.frame(monday, said(7, 137, netbiosRegistration("SERVER", hostAddress(9))));
  scene.frame(monday + 1, said(8, 5353, announcement(a("server", hostAddress(8)))));
  scene.play();
  assert.deepEqual(scene.host(7).names, []);
  assert.equal(scene.host(8).names?.[0]?.name, "server");
  assert.equal(scene.host(8).name, null);
});

test("what machines call themselves changes no verdict, and what kind they seem to be changes nothing that is decided", () => {
  const scene = new Scene();
  const services = announcement(a("printer", hostAddress(7)), {
    type: "PTR",
    name: "_pdl-datastream._tcp.local",
    ttl: 4500,
    data: "Laser._pdl-datastream._tcp.local",
  });
  for (const host of [7, 8]) {
    for (let index = 0; index < 12; index += 1) {
      scene.contact(host, { at: monday + index * 500, to: `203.0.113.${index + 1}`, port: 445 });
    }
  }
  scene.frame(monday, said(7, 5353, services));
  const played = scene.play(monday + 20_000);
  const [claims, silent] = [played.host(7), played.host(8)];
  assert.deepEqual(
    [claims.role.name, claims.role.guessed, claims.role.reason],
    ["printer", true, "It offers printing to its neighbours (_pdl-datastream._tcp)."],
  );
  assert.deepEqual([claims.verdict, claims.score, claims.risk], [silent.verdict, silent.score, silent.risk]);
  assert.equal(claims.verdict, "infected");
});

test("a role that was seen stands before a guess", () => {
  const scene = new Scene();
  scene.frame(monday, dhcpFrame(7, [53, 1, 3, 60, 8, ...text("MSFT 5.0"), 255]));
  assert.equal(scene.play().host(7).role.name, "workstation");
  scene.serves(7, { at: monday + 1000, client: "198.51.100.7", port: 25 });
  const { role } = scene.play().host(7);
  assert.deepEqual([role.name, role.guessed], ["mail-server", undefined]);
});

test("who answers where printers do is taken for a printer", () => {
  const scene = new Scene();
  scene.serves(7, { at: monday, client: "10.9.9.9", port: 9100 });
  const { role } = scene.play().host(7);
  assert.deepEqual([role.name, role.reason], ["printer", "It answers on port 9100, where printers take documents."]);
});

test("addresses of one machine, IPv6 privacy addresses as well, are one host's, each with its times", () => {
  const scene = new Scene();
  scene.arpRequest(7, { at: monday, target: "192.168.1.1" });
  scene.frame(monday + 1000, neighbourFrame(7, "fe80::7", icmp(135, 0, address("fe80::1"))));
  for (const index of [1, 2, 3]) {
    const from = `2001:db8:7::${index}`;
    scene.frame(monday + index * 10_000, neighbourFrame(7, "::", icmp(135, 0, address(from))));
    scene.syn6({ at: monday + index * 10_000 + 500, host: 7, from, to: "2001:db8:99::1", port: 443 });
  }
  const { hosts } = { hosts: scene.play().judge.hosts() };
  assert.equal(hosts.length, 1);
  assert.deepEqual(hosts[0]?.addressTimes, [
    { address: "2001:db8:7::3", firstAt: monday + 30_000, lastAt: monday + 30_500 },
    { address: "2001:db8:7::2", firstAt: monday + 20_000, lastAt: monday + 20_500 },
    { address: "2001:db8:7::1", firstAt: monday + 10_000, lastAt: monday + 10_500 },
    { address: "fe80::7", firstAt: monday + 1000, lastAt: monday + 1000 },
    { address: hostAddress(7), firstAt: monday, lastAt: monday },
  ]);
});

test("an address that went over to another machine is told with the one that had it", () => {
  const scene = new Scene();
  scene.arpRequest(7, { at: monday, target: "192.168.1.1" });
  const packet = ipv4(protocols.udp, udp(68, 67), { source: hostAddress(8) });
  scene.frame(monday + 1, ethernet(0x0800, packet, hostMac(8)));
  scene.arpRequest(8, { at: monday + 2, target: "192.168.1.1" });
  const options = [53, 1, 5, 255];
  scene.frame(monday + 60_000, dhcpFrame(8, options, { operation: 2, assigned: hostAddress(7) }), "outside");
  const [lease] = scene.play().host(8).addressTimes ?? [];
  assert.deepEqual(lease, {
    ...{ address: hostAddress(7), firstAt: monday + 60_000, lastAt: monday + 60_000 },
    from: hostKey(7),
  });
  assert.equal(scene.judge.macOf(hostAddress(7)), hostKey(8));
});

test("who gives addresses from inside gives nobody one", () => {
  const scene = new Scene();
  scene.arpRequest(7, { at: monday, target: "192.168.1.1" });
  scene.arpRequest(8, { at: monday, target: "192.168.1.1" });
  const options = [53, 1, 5, 255];
  scene.frame(monday + 1000, dhcpFrame(8, options, { operation: 2, assigned: hostAddress(7) }), "inside");
  scene.play();
  assert.equal(scene.judge.macOf(hostAddress(7)), hostKey(7));
});

test("several machines behind one card are hinted at, by their hops and by requests that it carries", () => {
  const scene = new Scene();
  const opens = (host: number, at: number, ttl: number): void => {
    const packet = ipv4(protocols.tcp, tcp({ sourcePort: at % 60_000, destinationPort: 443 }), {
      ...{ source: hostAddress(host), destination: "198.51.100.7", ttl },
    });
    scene.frame(at, ethernet(0x0800, packet, hostMac(host), 0x0200_0000_fe01));
  };
  for (let index = 0; index < 8; index += 1) {
    opens(7, monday + index * 1000, 127);
    opens(8, monday + index * 1000, 128);
    opens(9, monday + index * 1000, 64);
  }
  for (const at of [1, 2]) scene.frame(monday + 20_000 + at, dhcpFrame(10, [53, 1, at, 255], { card: 9 }));
  scene.play();
  assert.match(scene.host(7).several ?? "", /passed a router before/);
  assert.equal(scene.host(8).several, undefined);
  assert.match(scene.host(9).several ?? "", /requests for addresses/);
});

test("of machines that are known by address alone hops say nothing", () => {
  const scene = new Scene({ isOutsideRouter: true });
  for (let index = 0; index < 8; index += 1) {
    const packet = ipv4(protocols.tcp, tcp({ sourcePort: 4000 + index }), { source: "198.51.100.7", ttl: 63 });
    scene.frame(monday + index * 1000, ethernet(0x0800, packet, hostMac(1)), "inside");
  }
  assert.equal(scene.play().hostByKey("198.51.100.7").several, undefined);
});

test("who a machine is outlives a restart", () => {
  const scene = new Scene();
  scene.frame(monday, dhcpFrame(7, [53, 1, 3, 12, 3, ...text("pc7"), 60, 8, ...text("MSFT 5.0"), 255]));
  scene.arpRequest(7, { at: monday + 1, target: "192.168.1.1" });
  const before = scene.play();
  const after = new Scene();
  after.judge.restore(before.judge.checkpoint());
  const known = before.host(7);
  assert.deepEqual(
    [after.host(7).names, after.host(7).role, after.host(7).addressTimes],
    [known.names, known.role, known.addressTimes],
  );
});

test("made-up names and addresses without end stay within their bounds", () => {
  const scene = new Scene();
  for (let index = 0; index < 500; index += 1) {
    const own = `2001:db8:7::${index.toString(16)}`;
    scene.frame(monday + index * 10, neighbourFrame(7, own, icmp(135, 0, address("fe80::1"))));
    scene.frame(monday + index * 10 + 1, said(7, 5353, announcement(a(`n${index}`, hostAddress(7)))));
  }
  scene.arpRequest(7, { at: monday + 1, target: "192.168.1.1" });
  const { addresses, addressTimes, names } = scene.play().host(7);
  assert.deepEqual([addresses.length, addressTimes?.length, names?.length], [32, 16, 1]);
});

test("no hostile frame of these protocols reaches a report with other than printable characters", () => {
  const scene = new Scene();
  const hostile = "\u202e\u001b]0;x\u0007<img src=x onerror=alert(1)>";
  scene.frame(monday, said(7, 5353, announcement(a(hostile, hostAddress(7)))));
  scene.frame(monday, said(7, 137, netbiosRegistration("\u001b[2J\u0007", hostAddress(7))));
  scene.frame(monday, dhcpFrame(7, [53, 1, 3, 60, 9, ...text("MSFT \u001b[2J"), 255]));
  const { names, role } = scene.play().host(7);
  assert.equal(names?.length, 2);
  assert.match(JSON.stringify([names, role]), /^[\x20-\x7e]+$/);
});
