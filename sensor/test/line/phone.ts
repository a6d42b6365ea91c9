import { randomBytes, scryptSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PinHash } from "@cordon/contract";
import { fingerprintOf, newPages } from "../../../provision/src/box/pages.ts";
import { SensorError } from "../../src/errors.ts";
import type { Lab } from "../../lab/index.ts";
import { phoneAnswer, phoneCommand, type PhoneAnswer } from "./phone-call.ts";
import { untilCapturing, type OfficeOrder } from "../../start/office.ts";

/** The controller's program, which every box carries. */
const program = join(import.meta.dirname, "../../../controller/src/at-box/main.ts");

/** As it stands on the label. */
export const labelPin = "2718 2818";

function hashOf(pin: string): PinHash {
  // Less work than a box's, which is nothing that a test needs.
  const work = { cost: 1024, blockSize: 8, parallelization: 1 } as const;
  const salt = randomBytes(16);
  const hash = scryptSync(pin.replace(" ", ""), salt, 32, work);
  return { ...work, salt: salt.toString("base64"), hash: hash.toString("base64") };
}

const boxAddress = "10.99.0.1";
const port = 8420;
/** Of the certificate, as it stands on the label. */
let labelled = "";

/** Puts a sensor into the line that can be its own centre, with a phone on the cable of its management interface. */
export function lineWithPhone(folder: string, awaySeconds: number): NonNullable<OfficeOrder["line"]> {
  return {
    inLine: "namespace",
    async occupy(lab, profilePath) {
      const cable = [
        "ip netns add phone",
        "ip link add mgmt0 type veth peer name eth0 netns phone",
        `ip address add ${boxAddress}/24 dev mgmt0`,
        "ip link set mgmt0 up",
        "ip -n phone address add 10.99.0.2/24 dev eth0",
        "ip -n phone link set eth0 up",
        "ip -n phone link set lo up",
      ];
      const laid = await lab.exec("sensor", ["sh", "-ec", cable.join("\n")]);
      if (laid.code !== 0) throw new SensorError("no-cable", laid.stderr);
      const profile = JSON.parse(await readFile(profilePath, "utf8")) as object;
      const pages = await newPages({ sensor: "office" });
      labelled = fingerprintOf(pages);
      await writeFile(profilePath, JSON.stringify({ ...profile, pin: hashOf(labelPin), pages }), { mode: 0o600 });
      await lab.startSensor({
        ...{ profilePath, stateDir: join(folder, "sensor") },
        env: {
          CORDON_CENTRE: program,
          CORDON_CENTRE_LISTEN: `${boxAddress}:${port}`,
          CORDON_CENTRE_AFTER: String(awaySeconds),
        },
      });
      await untilCapturing(lab, AbortSignal.timeout(20_000)).catch((cause: unknown) => {
        throw new SensorError("sensor-silent", lab.logs().slice(-20).join("\n"), { cause });
      });
    },
  };
}

/** Somebody beside the box, with a phone and the PIN from the label. */
export class Phone {
  readonly #lab: Lab;
  cookie = "";

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** One request; status 0 where nobody answers. */
  async call(method: string, path: string, body?: object): Promise<PhoneAnswer> {
    const call = { method, url: `https://${boxAddress}:${port}${path}`, cookie: this.cookie, fingerprint: labelled };
    const command = phoneCommand(body === undefined ? call : { ...call, body });
    const { stdout, stderr } = await this.#lab.exec("sensor", ["ip", "netns", "exec", "phone", ...command]);
    if (stdout === "") throw new SensorError("phone-failed", stderr);
    return phoneAnswer(stdout);
  }

  /** The same, of what has to succeed. */
  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.call(method, path, body);
    if (answer.status < 200 || answer.status > 299) {
      throw new SensorError("api-refused", `${method} ${path}: ${answer.status} ${answer.text}`);
    }
    return JSON.parse(answer.text) as T;
  }
}
