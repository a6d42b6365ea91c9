/** A witness of `bench cut`: keeps what a log group of its namespace brings, and writes it to a file when it is ended. */
import { writeFileSync } from "node:fs";
import { NflogDecoder } from "../src/capture/nflog.ts";
import { loadCap } from "../src/capture/reader.ts";
import type { Knock } from "./cut-figures.ts";

const [group = "", path = ""] = process.argv.slice(2);
const ipv4 = { source: 26, destination: 30 } as const;
const knocks: Knock[] = [];
const decoder = new NflogDecoder({ sideOf: () => null });
const buffer = Buffer.alloc(72 * 1024);
const { Cap } = loadCap(import.meta.url);
const handle = new Cap();
handle.open(`nflog:${group}`, "", 1_048_576, buffer);
handle.on("packet", (bytes) => {
  const frame = decoder.decode(buffer.subarray(0, bytes), Date.now());
  if (frame === null) return;
  const address = (offset: number): string => [...frame.bytes.subarray(offset, offset + 4)].join(".");
  knocks.push({ at: frame.at, host: address(ipv4.source), target: address(ipv4.destination) });
});
process.on("SIGTERM", () => {
  writeFileSync(path, JSON.stringify(knocks));
  process.exit();
});
process.stdout.write("listening\n");
