import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { encode } from "dns-packet";
import { SensorError } from "../src/errors.ts";
import {
  address,
  arp,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  netbiosRegistration,
  tag,
  tcp,
  tcpFrame,
  text,
  udp,
} from "../src/packet/frame-builder.ts";
import { captureOf } from "./capture-parts.ts";
import type { Sample } from "./captures.ts";

/** More than this of one file is read again and again for nothing. */
const mostBytes = 4_194_304;
const startsAt = 1_767_225_600_000;

const announcement = encode({
  type: "response",
  answers: [{ type: "PTR", name: "_ipp._tcp.local", ttl: 120, data: "Laser._ipp._tcp.local" }],
  additionals: [
    { type: "SRV", name: "Laser._ipp._tcp.local", data: { target: "laser.local", port: 631 } },
    { type: "TXT", name: "Laser._ipp._tcp.local", data: ["ty=Laser"] },
    { type: "A", name: "laser.local", data: "192.168.1.10" },
  ],
});

/** A capture of our own, with a frame of every kind that is read. */
export function ownSample(): Sample {
  const kinds = [
    tcpFrame({ destination: "198.51.100.7" }),
    ethernet(0x0800, ipv4(6, tcp({ destinationPort: 25, flags: 0x18 }, text("EHLO desk.example.test\r\n")))),
    ethernet(0x86dd, ipv6(6, tcp({ destinationPort: 25 }))),
    ethernet(0x8100, tag(7, 0x0800, ipv4(17, udp(53, 4000, [0, 1, 0x81, 0x83, 0, 0, 0, 0, 0, 0, 0, 0])))),
    ethernet(0x0800, ipv4(1, icmp(3, 1, ipv4(6, tcp())))),
    ethernet(0x0800, ipv4(17, udp(68, 67, Array<number>(300).fill(1)))),
    ethernet(0x0800, ipv4(17, udp(137, 137, netbiosRegistration("DESK-07", "192.168.1.10")))),
    ethernet(0x0800, ipv4(17, udp(5353, 5353, [...announcement]))),
    ethernet(0x86dd, ipv6(58, icmp(135, 0, address("fd00::7")), { hopLimit: 255 })),
    ethernet(0x0806, arp(1, 0x0200_0000_0030, "192.168.1.30", "192.168.1.1"), 0x0200_0000_0030),
  ];
  const parts = Array.from({ length: 140 }, (_, index) => ({
    at: startsAt + index * 50,
    bytes: Uint8Array.from(kinds[index % kinds.length] ?? []),
  }));
  const bytes = captureOf(1, parts);
  return { name: "our own", read: () => Promise.resolve(bytes) };
}

/** All captures below a folder, whatever they are called, in a fixed order. */
export async function samplesIn(folder: string): Promise<Sample[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new SensorError("capture-not-found", `${folder} cannot be read`, { cause: error });
  });
  return names
    .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|dmp|gz|trace)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => a.localeCompare(b))
    .map((path) => ({ name: path, read: async () => (await readFile(path)).subarray(0, mostBytes) }));
}
