import { ImageError } from "../../errors.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";
import { pagesPort, run, scan } from "./port-scan.ts";

/** A place of the lab beside a cable of the box, from which the box's ports are tried by the MACs it has on the line. */
interface Spot {
  readonly story: string;
  readonly place: string;
  /** Where the frames go out. */
  readonly port: string;
}

// Nobody's: whatever the box sends there is an answer (RFC 5737). The second asks where it may, so that its last words are not taken for
// answers to the first.
const [asker, control] = ["198.51.100.77", "198.51.100.78"];

/**
 * Answers of the box that come to the router, by its management port, the only one with an address. Counted by the kernel: whoever asked
 * may not hear them, for the router translates.
 */
async function countAnswers(setting: OfficeSetting): Promise<void> {
  const { address } = setting.office.lab.facts.sensor;
  const table = `table ip answers {
  counter to_asker {}
  counter to_control {}
  chain heard {
    type filter hook prerouting priority -400;
    ip saddr ${address} ip daddr ${asker} counter name to_asker
    ip saddr ${address} ip daddr ${control} counter name to_control
  }
}`;
  await run(setting, "router", ["nft", table]);
}

async function answersTo(setting: OfficeSetting, whom: "to_asker" | "to_control"): Promise<number> {
  const listed = await run(setting, "router", ["nft", "-j", "list", "counter", "ip", "answers", whom]);
  const { nftables } = JSON.parse(listed) as { readonly nftables: readonly { counter?: { packets: number } }[] };
  const found = nftables.flatMap(({ counter }) => (counter === undefined ? [] : [counter.packets]));
  return found[0] ?? Number.NaN;
}

/** What a command of the spot's leads to as long as the asker is there, and its frames go to this MAC of the box's. */
async function asAsker<T>(
  setting: OfficeSetting,
  { place, port }: Spot,
  mac: string,
  ask: () => Promise<T>,
): Promise<T> {
  const { address } = setting.office.lab.facts.sensor;
  const neighbour = [address, "dev", port, "lladdr", mac, "nud", "permanent"];
  await run(setting, place, ["ip", "address", "add", `${asker}/32`, "dev", "lo"]);
  await run(setting, place, ["ip", "route", "replace", `${address}/32`, "dev", port, "src", asker]);
  await run(setting, place, ["ip", "neigh", "replace", ...neighbour]);
  try {
    return await ask();
  } finally {
    await run(setting, place, ["ip", "neigh", "del", address, "dev", port]);
    await run(setting, place, ["ip", "route", "del", `${address}/32`, "dev", port]);
    await run(setting, place, ["ip", "address", "del", `${asker}/32`, "dev", "lo"]);
  }
}

/** Frames that a port of the spot's has sent: a scan of which nothing leaves is no proof. */
async function sentBy(setting: OfficeSetting, { place, port }: Spot): Promise<number> {
  const [link] = JSON.parse(await run(setting, place, ["ip", "-j", "-s", "link", "show", "dev", port])) as readonly {
    readonly stats64: { readonly tx: { readonly packets: number } };
  }[];
  return link?.stats64.tx.packets ?? Number.NaN;
}

async function tryFrom(setting: OfficeSetting, spot: Spot, macs: readonly string[]) {
  const { book } = setting;
  const { address } = setting.office.lab.facts.sensor;
  const [answered, sent] = [await answersTo(setting, "to_asker"), await sentBy(setting, spot)];
  const signs: string[] = [];
  let all = 0;
  for (const mac of macs) {
    const { tried, findings } = await asAsker(setting, spot, mac, () => scan(setting, { from: spot.place }, [address]));
    all += tried;
    signs.push(...findings.map((finding) => `by ${mac}: ${finding}`));
  }
  const heard = (await answersTo(setting, "to_asker")) - answered;
  const left = (await sentBy(setting, spot)) - sent;
  book.note(`${all} ports tried from ${spot.place} by ${spot.port}, ${signs.length + heard} of the box gave a sign`);
  book.tell(
    spot.story,
    all > 0 && left >= all && signs.length === 0 && heard === 0,
    [...signs.slice(0, 20), `${heard} packets came back by the router`, `${left} frames left`].join("; "),
  );
}

/** MACs of ports of the box's. */
async function macsOf({ box }: OfficeSetting, ports: readonly string[]): Promise<readonly string[]> {
  const { output } = await box.agent.run(
    `cd /sys/class/net && cat ${ports.map((port) => `${port}/address`).join(" ")}`,
  );
  const macs = output.trim().split("\n");
  if (macs.length !== ports.length) throw new ImageError("scene-impossible", `the box has these MACs: ${output}`);
  return [...new Set(macs)];
}

/** Whether answers would be counted: the box's pages answer at its management port. */
async function isCounting(setting: OfficeSetting): Promise<boolean> {
  const { address } = setting.office.lab.facts.sensor;
  await run(setting, "router", ["ip", "address", "add", `${control}/32`, "dev", "lo"]);
  const knock = `require("node:net").connect({ host: "${address}", port: ${pagesPort}, localAddress: "${control}", timeout: 5000 })
  .on("connect", function () { this.destroy(); }).on("timeout", function () { this.destroy(); }).on("error", () => {});`;
  await run(setting, "router", [process.execPath, "-e", knock]);
  return (await answersTo(setting, "to_control")) > 0;
}

/** Whoever stands beside a cable of the line finds no box there. */
function hiddenActs(spots: readonly Spot[], ports: readonly string[]): readonly Act[] {
  return [
    {
      stories: ["answers-would-be-counted", ...spots.map(({ story }) => story)],
      async play(setting) {
        await countAnswers(setting);
        setting.book.tell("answers-would-be-counted", await isCounting(setting));
        const macs = await macsOf(setting, ports);
        for (const spot of spots) await tryFrom(setting, spot, macs);
      },
    },
  ];
}

/** Between router and modem: from either end of the cable. */
export const hiddenOutsideRouterActs = hiddenActs(
  [
    { story: "scan-from-the-provider-finds-nothing", place: "provider", port: "wan0" },
    { story: "scan-from-the-router-finds-nothing", place: "router", port: "wan0" },
  ],
  ["br0", "inside0", "outside0"],
);

/** At a mirrored port: from the switch, by that very port. */
export const hiddenAtMirrorActs = hiddenActs(
  [{ story: "scan-from-the-mirrored-port-finds-nothing", place: "switch", port: "span0" }],
  ["inside0"],
);
