import { mostExposure } from "../../unit-exposure.ts";
import { users } from "../../users.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";
import { roles, trespassesOf } from "../trespass.ts";
import { pagesPort } from "./port-scan.ts";

/** What a command in the box prints, line by line. */
export async function linesOf({ box }: OfficeSetting, command: string): Promise<readonly string[]> {
  const { output } = await box.agent.run(command);
  return output.split("\n").filter((line) => line.trim() !== "");
}

/** What cannot be had for other programs. */
export async function memoryMb(setting: OfficeSetting): Promise<number> {
  const figures = await linesOf(setting, "grep -E '^Mem(Total|Available):' /proc/meminfo");
  const [total = 0, available = 0] = figures.map((line) => Number(/\d+/.exec(line)?.[0] ?? 0));
  return Math.round((total - available) / 1024);
}

/** Whoever asks for an address by DHCP has to hear the answer: on the management port, and nobody else. */
function isOfDhcp(line: string): boolean {
  return /mgmt0\b/.test(line) && line.includes('"systemd-network"');
}

/** The pages of the box itself: at one address, that of the management port. */
function isOfPages(line: string, address: string): boolean {
  return /^tcp\s+LISTEN\b/.test(line) && line.split(/\s+/)[4] === `${address}:${pagesPort}`;
}

// CAP_NET_ADMIN (capability 12), CAP_NET_RAW (13), or nothing.
const capabilities = { reader: "0000000000003000", judge: "0000000000000000", executor: "0000000000001000" } as const;

/** What the box does not do, does not have and does not say. */
export const hardeningActs: readonly Act[] = [
  {
    stories: ["line-has-no-address", "nothing-listens-but-the-pages", "bridge-is-only-a-cable"],
    async play(setting) {
      const { book } = setting;
      const addresses = await linesOf(
        setting,
        "for port in br0 inside0 outside0; do ip -o address show dev $port; done",
      );
      book.tell("line-has-no-address", addresses.length === 0, addresses.join("; "));
      const { address } = setting.office.lab.facts.sensor;
      const sockets = await linesOf(setting, "ss -Hltunp; ss -Hlw0p");
      const others = sockets.filter((line) => !isOfDhcp(line) && !isOfPages(line, address));
      book.tell("nothing-listens-but-the-pages", others.length === 0, others.join("; "));
      const settings = await linesOf(
        setting,
        "cd /sys/class/net/br0/bridge; cat stp_state multicast_snooping group_fwd_mask; cat /proc/sys/net/bridge/bridge-nf-call-* 2>/dev/null; lsmod | grep br_netfilter",
      );
      book.tell("bridge-is-only-a-cable", settings.join(" ") === "0 0 0xfff8", settings.join(" "));
    },
  },
  {
    stories: [
      "three-processes-with-their-privileges-alone",
      "units-are-hardly-exposed",
      "nobody-can-log-in",
      "full-root-is-verified-and-read-only",
    ],
    async play(setting) {
      const { book } = setting;
      const faults: string[] = [];
      for (const role of roles) {
        const status = await linesOf(
          setting,
          `grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$(systemctl show --value -p MainPID cordon-${role})/status`,
        );
        const text = status.map((line) => line.replace(/\s+/g, " ")).join(", ");
        const [own, mask] = [users[role].id, capabilities[role]];
        const wanted = `Uid: ${own} ${own} ${own} ${own}, CapEff: ${mask}, CapBnd: ${mask}, NoNewPrivs: 1, Seccomp: 2`;
        if (text !== wanted) faults.push(`${role} has ${text}`);
      }
      faults.push(...(await trespassesOf((command) => linesOf(setting, command))));
      book.tell("three-processes-with-their-privileges-alone", faults.length === 0, faults.join("; "));
      // By what is loaded and its own program, which may be stricter than the one that builds.
      const exposures = await linesOf(
        setting,
        "systemd-analyze security --no-pager | grep -oE 'cordon-[^ ]+ +[0-9.]+'",
      );
      const exposed = exposures.filter((line) => Number(line.split(/ +/)[1]) > mostExposure);
      const isSeen = roles.every((role) => exposures.some((line) => line.startsWith(`cordon-${role}.service `)));
      book.tell("units-are-hardly-exposed", isSeen && exposed.length === 0, (isSeen ? exposed : exposures).join("; "));
      const logins = await linesOf(
        setting,
        "systemctl list-units --no-legend --state=active '*getty*' '*shell*'; grep -vE '^[^:]+:[!*]' /etc/shadow",
      );
      book.tell("nobody-can-log-in", logins.length === 0, logins.join("; "));
      // The layer in memory above it is writable by design.
      const root = (await linesOf(setting, "/usr/lib/cordon-quick/below")).join("; ");
      book.tell("full-root-is-verified-and-read-only", /^CRYPT-VERITY-\S+ 1 1$/.test(root), root);
    },
  },
  {
    stories: ["a-process-that-hangs-is-started-again"],
    async play(setting) {
      const { box, book } = setting;
      // Of the three its watchdog is the shortest, half a minute.
      const of = "systemctl show --value -p MainPID,SubState cordon-reader | tr '\\n' ' '";
      const before = (await box.agent.run(of)).output;
      const waiting = `kill -STOP $(systemctl show --value -p MainPID cordon-reader)
for _ in $(seq 100); do sleep 1; now=$(${of}); case $now in "${before}") ;; *" running "|"running "*) echo "$now"; exit; esac; done`;
      const after = (await box.agent.run(waiting, 150_000)).output.trim();
      book.tell("a-process-that-hangs-is-started-again", /running/.test(after), `before ${before}, after ${after}`);
    },
  },
];
