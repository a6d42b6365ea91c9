import { randomBytes, scryptSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PinHash } from "@cordon/contract";
import { SensorError } from "../../src/errors.ts";
import type { Lab } from "../../lab/index.ts";
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
      await writeFile(profilePath, JSON.stringify({ ...profile, pin: hashOf(labelPin) }), { mode: 0o600 });
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

export interface PhoneAnswer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

// A browser would keep the cookie; each call here is a process of its own, in the phone's namespace.
const caller = `const [method, url, cookie, body] = process.argv.slice(1);
const headers = { origin: new URL(url).origin, cookie, ...(body ? { "content-type": "application/json" } : {}) };
fetch(url, { method, headers, ...(body ? { body } : {}), signal: AbortSignal.timeout(8000) }).then(async (answer) => {
  const set = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  console.log(JSON.stringify({ status: answer.status, text: await answer.text(), cookie: set }));
}, () => console.log(JSON.stringify({ status: 0, text: "", cookie: "" })));`;

/** Somebody beside the box, with a phone and the PIN from the label. */
export class Phone {
  readonly #lab: Lab;
  cookie = "";

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** One request; status 0 where nobody answers. */
  async call(method: string, path: string, body?: unknown): Promise<PhoneAnswer> {
    const argv = ["ip", "netns", "exec", "phone", process.execPath, "-e", caller, method];
    const more = [`http://${boxAddress}:${port}${path}`, this.cookie, body === undefined ? "" : JSON.stringify(body)];
    const { stdout, stderr } = await this.#lab.exec("sensor", [...argv, ...more]);
    if (stdout === "") throw new SensorError("phone-failed", stderr);
    return JSON.parse(stdout) as PhoneAnswer;
  }

  /** The same, of what has to succeed. */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body);
    if (answer.status < 200 || answer.status > 299) {
      throw new SensorError("api-refused", `${method} ${path}: ${answer.status} ${answer.text}`);
    }
    return JSON.parse(answer.text) as T;
  }
}
