/** Builders for tests: documents, and the messages in which a signer sends them. */
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Containment, DesiredDocument } from "@cordon/contract";
import { keyIdOf } from "./desired.ts";

export const issuedAt = 1_800_000_000_000;

/** A key pair that signs, with its name. */
export interface TestSigner {
  readonly privateKey: KeyObject;
  readonly keyId: string;
  /** PEM. */
  readonly pem: string;
}

export function aSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
  return { privateKey, keyId: keyIdOf(publicKey), pem };
}

export function aContainment(changes: Partial<Containment> = {}): Containment {
  return {
    id: "c1",
    kind: "quarantine",
    host: "02:00:00:00:00:01",
    vector: null,
    reason: "mails by itself",
    author: "operator",
    startsAt: issuedAt,
    expiresAt: null,
    ...changes,
  };
}

export function aDocument(changes: Partial<DesiredDocument> = {}): DesiredDocument {
  return {
    version: 1,
    sensor: "box-1",
    site: "office",
    epoch: 1,
    revision: 2,
    issuedAt,
    notAfter: issuedAt + 60_000,
    policy: "observe",
    containments: [aContainment()],
    ...changes,
  };
}

const textOf = (document: unknown) => (typeof document === "string" ? document : JSON.stringify(document));

function signatureOf(bytes: Uint8Array, signer: TestSigner): string {
  return sign(null, bytes, signer.privateKey).toString("base64");
}

/** A message as it travels plain. A text stands for itself. */
export function signedBy(signer: TestSigner, document: unknown, keyId: string = signer.keyId): string {
  const text = textOf(document);
  return JSON.stringify({ document: text, signature: signatureOf(Buffer.from(text), signer), keyId });
}

/** The same packed; `packed` stands for what gzip makes of it. */
export function packedBy(
  signer: TestSigner,
  document: unknown,
  { keyId = signer.keyId, packed = gzipSync(textOf(document)) }: { keyId?: string; packed?: Uint8Array } = {},
): string {
  return JSON.stringify({
    packed: Buffer.from(packed).toString("base64"),
    seal: signatureOf(packed, signer),
    signature: signatureOf(Buffer.from(textOf(document)), signer),
    keyId,
  });
}

/** A document on so many hosts, in words such as a person and a controller use. */
export function aCrowdedDocument(hosts: number, changes: Partial<DesiredDocument> = {}): DesiredDocument {
  const reasons = [
    "Infected: it tried 412 addresses on port 445 within a minute, and 3 of them answered",
    "Infected: mails to 5 providers within 10 minutes, under three names",
    "Called the office at 10:40, the user opened an attachment; to be cleaned on Monday",
    "Suspect: guesses passwords of remote desktops, 30 in 5 minutes",
  ];
  const hex = (of: number, digits: number) => of.toString(16).padStart(digits, "0");
  // Spread like random ones, so that packing has as hard a time as it has with them.
  const mixed = (index: number) => Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return aDocument({
    ...changes,
    containments: Array.from({ length: hosts }, (_, index) => {
      const isVector = index % 3 === 2;
      return aContainment({
        id: `c-${hex(mixed(index), 8)}${hex(mixed(index + 70_000), 8)}`,
        kind: isVector ? "vector" : "quarantine",
        vector: isVector ? "smb" : null,
        host: `02:${hex(mixed(index + 9_000_000), 8).replace(/(..)(..)(..)(..)/, "$1:$2:$3:$4")}:${hex(index & 0xff, 2)}`,
        reason: `${reasons[index % reasons.length]} (${index})`,
        author: ["ann.miller@service.example", "operator", "Jo from the second floor"][index % 3] ?? "operator",
        startsAt: issuedAt + (mixed(index + 500) % 86_400_000),
        expiresAt: index % 2 === 0 ? issuedAt + 86_400_000 + (mixed(index + 900) % 86_400_000) : null,
      });
    }),
  });
}
