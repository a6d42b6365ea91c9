import { PcapWriter } from "../../src/capture/capture-file/write-pcap.ts";

/** SYNs of one host to many addresses, one every 20 ms for some seconds. */
export function aScan(): Buffer {
  const writer = new PcapWriter();
  const frames = Array.from({ length: 400 }, (_, index) => {
    const target = `c63364${(index % 250).toString(16).padStart(2, "0")}`;
    const ip = `4500002800000000400600000a000001${target}`;
    const hex = `020000000001020000000002${"0800"}${ip}c00001bd00000001000000005002ffff00000000`;
    return writer.record(1_700_000_000_000 + index * 20, Buffer.from(hex, "hex"));
  });
  return Buffer.concat([writer.header(), ...frames]);
}
