import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Somebody else's program that reads the same captures. */
export interface Rival {
  readonly name: string;
  readonly program: string;
  /** Debian's package. */
  readonly package: string;
  /** @param folder for whatever it writes, as it sees it itself */
  readonly command: (capture: string, folder: string) => readonly string[];
  /** What it said of the machines in the capture, from what it wrote; `folder` as we see it. */
  readonly detections: (folder: string) => Promise<string>;
}

/**
 * Scan rules in the usual style of published sets: thresholds over SYNs by source, ports of worms and of mail, sweeps by
 * ping and datagram, odd flags.
 */
const scanRules = `
alert tcp $HOME_NET any -> any any (msg:"many connections"; flags:S,12; threshold:type both, track by_src, count 100, seconds 60; sid:1000001; rev:1;)
alert tcp $HOME_NET any -> any [135,139,445,1433,3389,22,23,2323] (msg:"ports of worms"; flags:S,12; threshold:type both, track by_src, count 5, seconds 60; sid:1000002; rev:1;)
alert tcp $HOME_NET any -> any [25,465,587,2525] (msg:"mass mail"; flags:S,12; threshold:type both, track by_src, count 10, seconds 60; sid:1000003; rev:1;)
alert icmp $HOME_NET any -> any any (msg:"ping sweep"; itype:8; threshold:type both, track by_src, count 20, seconds 10; sid:1000004; rev:1;)
alert udp $HOME_NET any -> any ![53,123,443] (msg:"datagram sweep"; threshold:type both, track by_src, count 200, seconds 10; sid:1000005; rev:1;)
alert tcp any any -> any any (msg:"SYN and FIN"; flags:SF,12; sid:1000006; rev:1;)
alert tcp any any -> any any (msg:"no flags"; flags:0; sid:1000007; rev:1;)
`;
const rulesFile = "scan.rules";

const flowsOnly = (): Promise<string> => Promise.resolve("none: it counts flows and names nobody");

function suricata(name: string, options: readonly string[]): Rival {
  return {
    name,
    program: "suricata",
    package: "suricata",
    command: (capture, folder) => [
      ...["suricata", "--runmode", "single", "-c", "/etc/suricata/suricata.yaml"],
      ...options,
      ...["-S", join(folder, rulesFile), "-l", folder, "-r", capture],
    ],
    detections: async (folder) => {
      const alerts = await readFile(join(folder, "fast.log"), "utf8").catch(() => "");
      const lines = alerts.split("\n").filter((line) => line !== "");
      const sources = new Set(lines.map((line) => /} (\S+):\d+ ->/.exec(line)?.[1]));
      return `${lines.length} alerts about ${sources.size} addresses`;
    },
  };
}

/** The first is what bars are about: as Debian sets it up, but for the rules. */
export const rivals: readonly Rival[] = [
  suricata("suricata", []),
  suricata("suricata, alerts alone", ["--set", "outputs.1.eve-log.enabled=no", "--set", "stats.enabled=no"]),
  {
    name: "argus",
    program: "argus",
    package: "argus-server",
    // Its own configuration asks the machine for an identity that a bare root does not have.
    command: (capture, folder) => ["argus", "-X", "-r", capture, "-w", join(folder, "argus.out")],
    detections: flowsOnly,
  },
  {
    name: "softflowd",
    program: "softflowd",
    package: "softflowd",
    command: (capture) => ["softflowd", "-d", "-n", "127.0.0.1:9", "-r", capture],
    detections: flowsOnly,
  },
  {
    name: "nfpcapd",
    program: "nfpcapd",
    package: "nfdump",
    command: (capture, folder) => ["nfpcapd", "-r", capture, "-w", folder],
    detections: flowsOnly,
  },
];

/** Whether the program is there, in this root of a file system. */
export async function isInstalled({ program }: Rival, root: string): Promise<boolean> {
  const folders = ["usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin"];
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(root, folder, program)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** What a person types to get it. Debian 12 has no Suricata; a root of Debian 13 holds them all. */
export function howToInstall(rival: Rival): string {
  const packages = [...new Set(rivals.map((each) => each.package))].join(",");
  return `apt-get install ${rival.package}; or mmdebstrap --variant=minbase --include=${packages} trixie FOLDER, and --rivals FOLDER`;
}

/** Makes an empty folder for what a rival writes, with what it reads beside the capture. */
export async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, rulesFile), scanRules);
}
