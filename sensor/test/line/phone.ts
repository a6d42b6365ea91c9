import { randomBytes, scryptSync } from "node:crypto";
import type { PinHash } from "@cordon/contract";
import { fingerprintOf, newPages } from "../../../provision/src/box/pages.ts";
import { SensorError } from "../../src/errors.ts";
import type { Lab } from "../../lab/index.ts";
import { ownPages } from "../../start/own-pages.ts";
import type { WalkPage } from "./walker.ts";
import type { WalkSeen } from "./operator.ts";
import { phoneAnswer, phoneCommand, type PhoneAnswer } from "./phone-call.ts";

/** As it stands on the label. */
export const labelPin = "2718 2818";

function hashOf(pin: string): PinHash {
  // Less work than a box's, which is nothing that a test needs.
  const work = { cost: 1024, blockSize: 8, parallelization: 1 } as const;
  const salt = randomBytes(16);
  const hash = scryptSync(pin.replace(" ", ""), salt, 32, work);
  return { ...work, salt: salt.toString("base64"), hash: hash.toString("base64") };
}

export const labelled = {
  pin: hashOf(labelPin),
  pages: await newPages({ sensor: "office" }),
  contacts: [{ name: "Anna Brandt", phone: "+49 30 555 0134", email: "anna@brandt.example", for: "the line is dead" }],
};

/** Somebody beside the box, with a phone and its label. */
export class Phone implements WalkPage {
  readonly #lab: Lab;
  // A browser would keep the cookie; each call here is a process of its own, in the phone's namespace.
  cookie = "";

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** One request; status 0 where nobody answers. */
  async call(method: string, path: string, body?: object): Promise<PhoneAnswer> {
    const url = `https://${ownPages.address}:${ownPages.port}${path}`;
    const call = { method, url, cookie: this.cookie, fingerprint: fingerprintOf(labelled.pages) };
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

  /** Looks at the walk, begins it, says that somebody still looks, or ends it. */
  walk(siteId: string, method: "GET" | "POST" | "PUT" | "DELETE" = "GET", walkId?: string): Promise<WalkSeen> {
    return this.json<WalkSeen>(method, `/api/v1/sites/${siteId}/walk${walkId === undefined ? "" : `/${walkId}`}`);
  }

  /** Looks at it again and again until it is as wished. */
  async walkUntil(
    siteId: string,
    what: string,
    timeoutMs: number,
    isThere: (walk: NonNullable<WalkSeen["walk"]>) => boolean,
  ): Promise<NonNullable<WalkSeen["walk"]>> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { walk } = await this.walk(siteId);
      if (walk !== null && isThere(walk)) return walk;
      if (Date.now() > deadline) throw new SensorError("not-reached", `not within ${timeoutMs} ms: ${what}`);
    }
  }
}
