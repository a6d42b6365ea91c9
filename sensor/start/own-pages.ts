/** A lab's box that can be its own centre, with a phone on the cable of its management port. */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { join as pathOf } from "node:path";
import type { Contact, Credentials, PinHash } from "@cordon/contract";
import { fingerprintOf } from "../../provision/src/box/pages.ts";
import type { Lab } from "../lab/index.ts";
import { join } from "../lab/relay.ts";
import { SensorError } from "../src/errors.ts";
import { untilCapturing, type OfficeOrder } from "./office.ts";

/** The controller's program that every box carries. */
const program = pathOf(import.meta.dirname, "../../controller/src/at-box/main.ts");

/** Where the box serves its pages, in the network of its management port. */
export const ownPages = { address: "10.99.0.1", port: 8420 } as const;

/** What goes with a label: of its PIN the hash, and the certificate of the box's pages. */
export interface Labelled {
  readonly pin: PinHash;
  readonly pages: Credentials;
  readonly contacts?: readonly Contact[];
}

/** Puts a sensor into the line that is its own centre without a controller for so long, or when somebody asks. */
export function lineWithPhone(
  folder: string,
  awaySeconds: number,
  labelled: Labelled,
): NonNullable<OfficeOrder["line"]> {
  return {
    inLine: "namespace",
    async occupy(lab, profilePath) {
      const cable = [
        "ip netns add phone",
        "ip link add mgmt0 type veth peer name eth0 netns phone",
        `ip address add ${ownPages.address}/24 dev mgmt0`,
        "ip link set mgmt0 up",
        "ip -n phone address add 10.99.0.2/24 dev eth0",
        "ip -n phone link set eth0 up",
        "ip -n phone link set lo up",
      ];
      const laid = await lab.exec("sensor", ["sh", "-ec", cable.join("\n")]);
      if (laid.code !== 0) throw new SensorError("no-cable", laid.stderr);
      const profile = JSON.parse(await readFile(profilePath, "utf8")) as object;
      await writeFile(profilePath, JSON.stringify({ ...profile, ...labelled }), { mode: 0o600 });
      await lab.startSensor({
        ...{ profilePath, stateDir: pathOf(folder, "sensor") },
        env: {
          CORDON_CENTRE: program,
          CORDON_CENTRE_LISTEN: `${ownPages.address}:${ownPages.port}`,
          CORDON_CENTRE_AFTER: String(awaySeconds),
        },
      });
      await untilCapturing(lab, AbortSignal.timeout(20_000)).catch((cause: unknown) => {
        throw new SensorError("sensor-silent", lab.logs().slice(-20).join("\n"), { cause });
      });
    },
  };
}

// In the phone's namespace: what comes by the socket goes on to the box, as from the phone.
const onward = `const { connect, createServer } = require("node:net");
createServer((from) => {
  const to = connect(${ownPages.port}, "${ownPages.address}");
  for (const [one, other] of [[from, to], [to, from]]) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
    one.pipe(other);
  }
}).listen(process.argv[1]);`;

/** Leads a port of this machine's loopback to the box's pages, as if the browser were on the phone. Ends with the lab. */
export async function openPagesHere(
  lab: Lab,
  { pages }: Labelled,
): Promise<{ readonly url: string; readonly fingerprint: string }> {
  const socket = pathOf(lab.workDir, "phone.sock");
  const argv = ["ip", "netns", "exec", "phone", process.execPath, "-e", onward, socket];
  await lab.startProgram("phone", "sensor", argv);
  const server = createServer((from) => join(from, connect(socket)));
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, fingerprint: fingerprintOf(pages) };
}
