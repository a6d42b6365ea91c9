import { join } from "node:path";
import { repairNetwork } from "../../../../sensor/lab/index.ts";
import { hostOf } from "../../../../sensor/test/line/operator.ts";
import { ImageError } from "../../errors.ts";
import { accused, arrivedOf, infectedOf, type Act } from "../office-scene.ts";
import { hangMs, silenceMs } from "../patience.ts";
import { run, scan } from "./port-scan.ts";

const dhcpClient = join(import.meta.dirname, "../../../../sensor/lab/dhcp-client.ts");

/** What the machines of a repair network find at their gateway: names and addresses, and that it has no page for who is not cut off. */
const openInside: readonly string[] = ["tcp 53 is open", "tcp 80 refuses"];

/** The box gives addresses and names to machines behind a switch, translates, judges and cuts off. */
export const repairNetworkActs: readonly Act[] = [
  {
    stories: ["gateway-enrols", "gateway-reports-gateway", "gateway-gives-an-address", "gateway-translates"],
    async play(setting) {
      const { office, operator, book, neighbours } = setting;
      const { facts } = office.lab;
      await operator.until("the box is online", hangMs, ({ sensor }) => sensor.state === "online");
      book.tell("gateway-enrols", true);
      const placed = await operator.until("it says where it stands", hangMs, ({ sensor }) => sensor.placement !== null);
      book.tell(
        "gateway-reports-gateway",
        placed.sensor.placement === "gateway",
        `it reports ${placed.sensor.placement}`,
      );

      const [host] = facts.hosts.filter(({ job }) => job === "workstation");
      if (host === undefined) throw new ImageError("scene-impossible", "the lab has no workstation");
      const { name } = host;
      await run(setting, name, ["ip", "address", "flush", "dev", "eth0"]);
      await run(setting, name, ["ip", "route", "add", "255.255.255.255", "dev", "eth0"]);
      const said = await run(setting, name, [process.execPath, "--no-warnings", dhcpClient, host.mac, name]);
      const given = JSON.parse(said) as Readonly<Record<"address" | "router" | "names" | "portal", string>>;
      const { address: router } = facts.gateway;
      const isWhole = given.router === router && given.names === router && given.portal === `http://${router}/`;
      book.tell("gateway-gives-an-address", isWhole, said);
      await run(setting, name, ["ip", "address", "add", `${given.address}/24`, "brd", "+", "dev", "eth0"]);
      await run(setting, name, ["ip", "route", "replace", "default", "via", router]);
      const downloads = await office.lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: silenceMs });
      book.tell("gateway-translates", downloads.ok === neighbours.length, downloads.reasons.join("; "));
    },
  },
  {
    stories: ["scan-from-outside-finds-no-gateway", "scan-from-inside-finds-names-and-addresses-alone"],
    async play(setting) {
      const { book, scanned } = setting;
      const { facts } = setting.office.lab;
      const { publicAddress, gateway, localNets } = facts;
      // Though routed there, what lies behind it is not reached either.
      await run(setting, "provider", ["ip", "route", "add", localNets[0] ?? "", "via", publicAddress]);
      const outside = await scan(setting, { from: "provider" }, [publicAddress, gateway.address]);
      await run(setting, "provider", ["ip", "route", "del", localNets[0] ?? ""]);
      book.note(`${outside.tried} ports tried from outside, ${outside.findings.length} gave a sign`);
      book.tell("scan-from-outside-finds-no-gateway", outside.findings.length === 0, outside.findings.join("; "));
      const host = facts.hosts.findLast(({ job }) => job === "workstation");
      if (host === undefined) throw new ImageError("scene-impossible", "the lab has no workstation");
      scanned.add(host.mac);
      const inside = await scan(setting, { from: host.name }, [gateway.address]);
      const found = inside.findings.map((finding) => finding.replace(`${gateway.address} `, "")).toSorted();
      book.note(`${inside.tried} ports tried from inside: ${found.join("; ")}`);
      book.tell(
        "scan-from-inside-finds-names-and-addresses-alone",
        found.includes("tcp 53 is open") && found.every((finding) => openInside.includes(finding)),
        found.join("; "),
      );
    },
  },
  {
    stories: [
      "gateway-names-the-mailer",
      "gateway-cut-is-reported",
      "nothing-of-it-leaves-the-repair-network",
      "others-go-on-in-the-repair-network",
      "nobody-else-is-accused-in-the-repair-network",
    ],
    async play(setting) {
      const { office, operator, book, mailer, neighbours } = setting;
      await office.lab.run(repairNetwork);
      const beganAt = Date.now();
      const named = await operator.until("the mailer is named", hangMs, ({ hosts }) =>
        hosts.some(({ host, verdict }) => host === mailer.mac && verdict === "infected"),
      );
      book.note(`the mailer was named ${((Date.now() - beganAt) / 1000).toFixed(1)} s after the office began to work`);
      book.tell("gateway-names-the-mailer", hostOf(named, mailer.mac).class === "mass-mailer");
      const cut = await operator.cutOff(named.id, mailer.mac);
      const held = await operator.until("the cut is in force", hangMs, (site) =>
        // Where the kernel's holder has not answered for some seconds, as on an emulator among others, nobody knows of it.
        hostOf(site, mailer.mac).containments.some(
          ({ id, inForceSince, level }) => id === cut.id && inForceSince !== null && level !== "unconfirmed",
        ),
      );
      const level = hostOf(held, mailer.mac).containments[0]?.level ?? "none";
      book.tell("gateway-cut-is-reported", level === "gateway-cut", `the level is ${level}`);
      const before = await arrivedOf(setting);
      const downloads = await office.lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: silenceMs });
      book.tell("others-go-on-in-the-repair-network", downloads.ok === neighbours.length, downloads.reasons.join("; "));
      await operator.until(
        "the counter shows stopped packets",
        hangMs,
        (site) => (hostOf(site, mailer.mac).containments[0]?.packetsStopped ?? 0) > 20,
      );
      const passed = (await arrivedOf(setting)) - before;
      book.tell(
        "nothing-of-it-leaves-the-repair-network",
        before > 0 && passed === 0,
        `${before} packets before the cut, ${passed} after`,
      );
      const infected = infectedOf(setting);
      const found = accused(
        setting,
        await operator.site(),
        ({ host, verdict }) => !infected.includes(host) && (verdict === "suspect" || verdict === "infected"),
      );
      book.tell("nobody-else-is-accused-in-the-repair-network", found === "", found);
    },
  },
];
