/** What no box would ask, by the thousand, from a seed. */
import { randomInt } from "node:crypto";
import { contractVersion, enrolmentPath, renewalPath, type EnrolmentRefusalCode } from "@cordon/contract";
import type { Peer } from "../src/broker/peer.ts";
import type { OwnKey } from "./enrolment-client.ts";

/** Chance that can be had again (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed = randomInt(2 ** 31)) {
    this.#state = seed;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }
}

export interface HostileRequest {
  readonly peer: Peer;
  /** The whole HTTP request. */
  readonly bytes: Buffer;
  /** What it may be refused for. */
  readonly codes: readonly (EnrolmentRefusalCode | "http-malformed" | "http-unknown-route")[];
}

export interface HostileMaterial {
  /** Good, unused, and to be so in the end. */
  readonly token: string;
  readonly usedToken: string;
  readonly oldToken: string;
  readonly expiredToken: string;
  /** Requests of a good key for the sensor of `token` and `expiredToken`, and of a second key for that of `usedToken`. */
  readonly key: OwnKey;
  readonly expiredKey: OwnKey;
  readonly otherKey: OwnKey;
  /** Of keys that are not taken, for the sensor of `token`. */
  readonly weakKeys: readonly OwnKey[];
  /** A peer with the certificate of the sensor of `usedToken`. */
  readonly sensor: Peer;
  readonly revoked: Peer;
}

export const stranger: Peer = { standing: "none", sensorId: "", fingerprint: "", keyHash: "", address: "198.51.100.7" };

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function post(path: string, body: Buffer, lengthBytes = body.length): Buffer {
  return Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${lengthBytes}\r\n\r\n`),
    body,
  ]);
}

function pemOf(der: Buffer): string {
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
}

type Maker = (chance: Chance, material: HostileMaterial) => HostileRequest;

const order = (token: unknown, request: unknown, more: object = {}) =>
  post(enrolmentPath, json({ version: contractVersion, token, request, ...more }));
const renewal = (request: unknown) => post(renewalPath, json({ version: contractVersion, request }));

/** By kind. */
const makers: Readonly<Record<string, Maker>> = {
  "bytes that are no JSON": (chance) => ({
    peer: stranger,
    bytes: post(chance.pick([enrolmentPath, renewalPath]), chance.bytes(chance.below(400))),
    codes: ["enrolment-malformed"],
  }),
  "JSON of another shape": (chance, { token, key }) => {
    const odd = chance.pick<unknown>([null, 7, [], {}, "", true, [[[[[]]]]], { token: {} }, "x".repeat(5000), -1e308]);
    const bodies = [
      json(odd),
      json({ version: contractVersion, token: odd, request: key.request }),
      json({ version: contractVersion, token, request: odd }),
      json({ version: odd, token, request: key.request }),
      json({ version: contractVersion + 3 + chance.below(1000), token, request: key.request }),
      json({ version: contractVersion, token: `${token}A`, request: key.request }),
      json({ version: contractVersion, token, request: key.request }).subarray(0, 1 + chance.below(100)),
    ];
    return { peer: stranger, bytes: post(enrolmentPath, chance.pick(bodies)), codes: ["enrolment-malformed"] };
  },
  "far too much": (chance, { token }) => {
    const sizeBytes = 8 * 1024 + 1 + chance.below(60_000);
    const isClaimed = chance.below(2) === 0;
    const body = isClaimed ? Buffer.alloc(0) : json({ token, request: "x".repeat(sizeBytes) });
    const bytes = post(enrolmentPath, body, isClaimed ? 2 ** 30 + chance.below(2 ** 30) : body.length);
    return { peer: stranger, bytes, codes: ["enrolment-too-large"] };
  },
  "a token that was guessed": (chance, { key }) => ({
    peer: stranger,
    bytes: order(chance.bytes(32).toString("base64url"), key.request),
    codes: ["token-unknown"],
  }),
  "a token that is almost the right one": (chance, { token, key }) => {
    const at = chance.below(42);
    const other = token.charAt(at) === "A" ? "B" : "A";
    const guess = token.slice(0, at) + other + token.slice(at + 1);
    return { peer: stranger, bytes: order(guess, key.request), codes: ["token-unknown"] };
  },
  "a token that was used, by another key": (_chance, { usedToken, otherKey }) => ({
    peer: stranger,
    bytes: order(usedToken, otherKey.request),
    codes: ["token-used"],
  }),
  "a token that another took the place of": (_chance, { oldToken, otherKey }) => ({
    peer: stranger,
    bytes: order(oldToken, otherKey.request),
    codes: ["token-unknown"],
  }),
  "a token that is too old": (_chance, { expiredToken, expiredKey }) => ({
    peer: stranger,
    bytes: order(expiredToken, expiredKey.request),
    codes: ["token-expired"],
  }),
  "a request with changed bytes": (chance, { token, key }) => {
    const der = derOf(key.request);
    for (let left = 1 + chance.below(4); left > 0; left -= 1) {
      const at = chance.below(der.length);
      der[at] = (der[at] ?? 0) ^ (1 + chance.below(255));
    }
    const codes = ["request-malformed", "request-unsigned", "request-weak-key", "request-wrong-name"] as const;
    return { peer: stranger, bytes: order(token, pemOf(der)), codes };
  },
  "a request that was cut or grew": (chance, { token, key }) => {
    const der = derOf(key.request);
    const cut = der.subarray(0, chance.below(der.length - 1));
    const pem = chance.pick([
      pemOf(cut),
      key.request.slice(0, chance.below(key.request.length - 40)),
      pemOf(chance.bytes(500)),
    ]);
    const codes = ["request-malformed", "request-unsigned", "request-weak-key", "enrolment-malformed"] as const;
    return { peer: stranger, bytes: order(token, pem), codes };
  },
  "a request in the name of another": (_chance, { token, otherKey }) => ({
    peer: stranger,
    bytes: order(token, otherKey.request),
    codes: ["request-wrong-name"],
  }),
  "a key of another kind": (chance, { token, weakKeys }) => ({
    peer: stranger,
    bytes: order(token, chance.pick(weakKeys).request),
    codes: ["request-weak-key"],
  }),
  "a renewal without a certificate": (chance, { key, otherKey }) => ({
    peer: stranger,
    bytes: renewal(chance.pick([key, otherKey]).request),
    codes: ["renewal-without-certificate"],
  }),
  "a renewal with another authority's certificate": (chance, { sensor, otherKey }) => ({
    peer: { ...sensor, standing: "foreign", sensorId: "", keyHash: chance.bytes(32).toString("hex") },
    bytes: renewal(otherKey.request),
    codes: ["renewal-foreign"],
  }),
  "a renewal for another key or name": (chance, { sensor, key, otherKey }) => ({
    peer: { ...sensor, standing: chance.pick(["trusted", "expired"] as const) },
    bytes: renewal(chance.pick([key, otherKey]).request),
    codes: ["renewal-other-key"],
  }),
  "a renewal after the identity was taken back": (chance, { revoked, otherKey }) => ({
    peer: { ...revoked, standing: chance.pick(["trusted", "expired"] as const) },
    bytes: renewal(otherKey.request),
    codes: ["renewal-other-key", "sensor-revoked"],
  }),
  "a way that leads nowhere": (chance) => ({
    peer: stranger,
    bytes: Buffer.from(
      `${chance.pick(["GET", "PUT", "DELETE", "POST"])} ${chance.pick(["/", "/api/v1/sites", `${enrolmentPath}/`, "/%2e%2e/v1/enrolment", "/v1/uploads/x"])} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    ),
    codes: ["http-unknown-route"],
  }),
  "no HTTP": (chance) => ({
    peer: stranger,
    bytes: Buffer.concat([
      Buffer.from([chance.below(32)]),
      chance.pick([chance.bytes(60), Buffer.from("GET / HTTP/9.9\r\n\r\n"), Buffer.from(`x: ${"y".repeat(5000)}\r\n`)]),
      Buffer.from("\r\n\r\n"),
    ]),
    codes: ["http-malformed"],
  }),
};

export const hostileKinds: readonly string[] = Object.keys(makers);

/** A request of that kind. */
export function hostileRequest(kind: string, chance: Chance, material: HostileMaterial): HostileRequest {
  const make = makers[kind];
  if (make === undefined) throw new TypeError(`there is no kind ${kind}`);
  return make(chance, material);
}
