import { join } from "node:path";
import { ImageError } from "../../errors.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";
import { hangMs } from "../patience.ts";

/** Where a box serves its own pages, on its management port alone. */
export const pagesPort = 8420;

const scanner = join(import.meta.dirname, "../port-scan.ts");
// All that a system serves by itself, and what ours speaks elsewhere.
const tcpPorts = [
  ...Array.from({ length: 1024 }, (_, index) => index + 1),
  ...[1883, 2375, 3306, 5000, 5353, 5355, 5432, 6379, 8080, 8420, 8443, 8883, 9090, 9229, 10_250, 19_532, 49_152],
];
const udpPorts = [53, 67, 68, 69, 111, 123, 137, 161, 443, 500, 1900, 4500, 5353, 5355, 8883, 19_532];

interface Side {
  readonly story: string;
  /** Place of the lab, and its port towards the box. */
  readonly from: string;
  readonly port: string;
  /** A machine that does answer there, so that a scan that sees nothing at all is no proof. */
  readonly control: string;
}

export interface Report {
  readonly tried: number;
  readonly findings: readonly string[];
}

/** What a command says in a place of the lab. Rejects with `scene-impossible` where it fails. */
export async function run({ office }: OfficeSetting, from: string, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await office.lab.exec(from, argv, { timeoutMs: hangMs });
  if (code !== 0) throw new ImageError("scene-impossible", `${argv.join(" ")} at ${from}: ${stderr}`);
  return stdout.trim();
}

/** Scans addresses from a side of the line. */
export async function scan(
  setting: OfficeSetting,
  { from }: Pick<Side, "from">,
  addresses: readonly string[],
): Promise<Report> {
  const order = JSON.stringify({ addresses, tcpPorts, udpPorts, patienceMs: 1000 });
  return JSON.parse(await run(setting, from, [process.execPath, "--no-warnings", scanner, order])) as Report;
}

/**
 * Aims at the address that the box does have, for its management: at the place where that is, and by each MAC of
 * the line's ports. The box's own stack would answer for it whichever port a frame comes in by.
 */
async function scanBox(setting: OfficeSetting, side: Side, macs: readonly string[]): Promise<void> {
  const { book } = setting;
  const { address } = setting.office.lab.facts.sensor;
  const { tried, findings } = await scan(setting, side, [address, side.control]);
  const pages = `${address} tcp ${pagesPort} is open`;
  const signs = findings.filter((finding) => finding.startsWith(`${address} `) && finding !== pages);
  // Of the box's own pages it has to see, too, that they are there: at the management port.
  const isSeeing = findings.includes(pages) && findings.some((finding) => !finding.startsWith(`${address} `));
  let all = tried;
  for (const mac of macs) {
    const neighbour = [address, "lladdr", mac, "dev", side.port, "nud", "permanent"];
    await run(setting, side.from, ["ip", "neigh", "replace", ...neighbour]);
    const report = await scan(setting, side, [address]);
    await run(setting, side.from, ["ip", "neigh", "del", address, "dev", side.port]);
    all += report.tried;
    signs.push(...report.findings.map((finding) => `by ${mac}: ${finding}`));
  }
  book.note(
    `${all} ports tried from ${side.from}, ${signs.length} of the box gave a sign, ${isSeeing ? "the control did" : "nor did the control"}`,
  );
  book.tell(
    side.story,
    isSeeing && signs.length === 0,
    isSeeing ? signs.slice(0, 20).join("; ") : "the scan sees nothing at all",
  );
}

/** Asks on the outside who has the box's address. Its management port may answer, through the line; the line's ports may not. */
async function askForBox(setting: OfficeSetting, story: string, { from, port }: Side, macs: readonly string[]) {
  const { address, mac } = setting.office.lab.facts.sensor;
  // The kernel's own notes; tcpdump cannot shed root in a namespace of users.
  const asking = `nft add table arp asking
nft 'add set arp asking answers { type ether_addr; flags dynamic; }'
nft 'add chain arp asking heard { type filter hook input priority 0; }'
nft 'add rule arp asking heard arp operation reply arp saddr ip ${address} add @answers { arp saddr ether }'
for _ in 1 2 3; do ip neigh del ${address} dev ${port} 2>/dev/null; echo >/dev/udp/${address}/9; sleep 1; done
nft list set arp asking answers
nft delete table arp asking`;
  const heard = await run(setting, from, ["bash", "-c", asking]);
  const answers: readonly string[] = heard.match(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g) ?? [];
  const found = `answers came from ${answers.join(" and ") || "nobody"}`;
  setting.book.note(`asked for the box's address outside: ${found}`);
  setting.book.tell(story, answers.includes(mac) && !answers.some((by) => macs.includes(by)), found);
}

/** Nobody on the line finds the box: by its MACs there it answers nothing, on no port. At its management port there are its pages. */
export const portScanActs: readonly Act[] = [
  {
    stories: [
      "scan-from-inside-finds-nothing",
      "scan-from-outside-finds-nothing",
      "line-ports-answer-no-arp",
      "who-scans-is-noticed",
    ],
    async play(setting) {
      const { output } = await setting.box.agent.run(
        "cd /sys/class/net && cat br0/address inside0/address outside0/address",
      );
      const macs = [...new Set(output.trim().split("\n"))];
      // The bridge has the MAC of one of its ports.
      if (macs.length !== 2) throw new ImageError("scene-impossible", `the box has these MACs: ${output}`);
      const { facts } = setting.office.lab;
      const [host] = facts.hosts.filter(({ job }) => job === "workstation");
      if (host === undefined) throw new ImageError("scene-impossible", "the lab has no workstation");
      const inside = {
        story: "scan-from-inside-finds-nothing",
        from: host.name,
        port: "eth0",
        control: facts.gateway.address,
      };
      const outside = {
        story: "scan-from-outside-finds-nothing",
        from: "router",
        port: "lan0",
        control: host.address,
      };
      setting.scanned.add(host.mac);
      await scanBox(setting, inside, macs);
      await scanBox(setting, outside, macs);
      await askForBox(setting, "line-ports-answer-no-arp", outside, macs);
      await setting.operator.until("the scan is in the ledger", hangMs, ({ hosts }) =>
        hosts.some(({ host: mac, evidence }) => mac === host.mac && evidence.some(({ kind }) => kind === "port-scan")),
      );
      setting.book.tell("who-scans-is-noticed", true);
    },
  },
];
