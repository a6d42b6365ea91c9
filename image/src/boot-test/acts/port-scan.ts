import { join } from "node:path";
import { ImageError } from "../../errors.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";

const scanner = join(import.meta.dirname, "../port-scan.ts");
// All that a system serves by itself, and what ours speaks elsewhere.
const tcpPorts = [
  ...Array.from({ length: 1024 }, (_, index) => index + 1),
  ...[1883, 2375, 3306, 5000, 5353, 5355, 5432, 6379, 8080, 8420, 8443, 8883, 9090, 9229, 10_250, 19_532, 49_152],
];
const udpPorts = [53, 67, 68, 69, 111, 123, 137, 161, 443, 500, 1900, 4500, 5353, 5355, 8883, 19_532];

// A network of benchmarks (RFC 2544), routed nowhere: with a neighbour entry, frames to the port's own MAC.
const madeUp = "198.18.0";

interface Side {
  readonly story: string;
  /** Place of the lab, and its port towards the box. */
  readonly from: string;
  readonly port: string;
  /** A machine that does answer there, so that a scan that sees nothing at all is no proof. */
  readonly control: string;
}

async function scan(setting: OfficeSetting, side: Side, macs: readonly string[]): Promise<void> {
  const { office, book } = setting;
  const { lab } = office;
  const own = async (argv: readonly string[]) => {
    const { code, stderr } = await lab.exec(side.from, argv);
    if (code !== 0) throw new ImageError("scene-impossible", `${argv.join(" ")}: ${stderr}`);
  };
  await own(["ip", "route", "replace", `${madeUp}.0/24`, "dev", side.port]);
  for (const [index, mac] of macs.entries()) {
    await own(["ip", "neigh", "replace", `${madeUp}.${index + 1}`, "lladdr", mac, "dev", side.port]);
  }
  // The address that it does have, for its management, is to be as silent.
  const addresses = [...macs.map((_, index) => `${madeUp}.${index + 1}`), lab.facts.sensor.address];
  const order = JSON.stringify({ addresses: [...addresses, side.control], tcpPorts, udpPorts, patienceMs: 1000 });
  const argv = [process.execPath, "--no-warnings", scanner, order];
  const report = await lab.exec(side.from, argv, { timeoutMs: 120_000 });
  await own(["ip", "route", "del", `${madeUp}.0/24`, "dev", side.port]);
  const { tried, findings } = JSON.parse(report.stdout) as { tried: number; findings: readonly string[] };
  const signs = findings.filter((finding) => !finding.startsWith(`${side.control} `));
  const isSeeing = signs.length < findings.length;
  book.note(
    `${tried} ports tried from ${side.from}, ${signs.length} of the box gave a sign, ${findings.length - signs.length} of the control`,
  );
  book.tell(
    side.story,
    isSeeing && signs.length === 0,
    isSeeing ? signs.slice(0, 20).join("; ") : "the scan sees nothing at all",
  );
}

/** Nobody on the line finds the box: it answers nothing, on no port, by none of its MACs. */
export const portScanActs: readonly Act[] = [
  {
    stories: ["scan-from-inside-finds-nothing", "scan-from-outside-finds-nothing"],
    async play(setting) {
      const { output } = await setting.box.agent.run(
        "cd /sys/class/net && cat br0/address inside0/address outside0/address",
      );
      const macs = output.trim().split("\n");
      if (macs.length !== 3) throw new ImageError("scene-impossible", `the box has these MACs: ${output}`);
      const { facts } = setting.office.lab;
      const [host] = facts.hosts.filter(({ job }) => job === "workstation");
      if (host === undefined) throw new ImageError("scene-impossible", "the lab has no workstation");
      await scan(
        setting,
        { story: "scan-from-inside-finds-nothing", from: host.name, port: "eth0", control: facts.gateway.address },
        macs,
      );
      await scan(
        setting,
        { story: "scan-from-outside-finds-nothing", from: "router", port: "lan0", control: host.address },
        macs,
      );
    },
  },
];
