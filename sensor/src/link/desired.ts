import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import {
  everyContainment,
  isNewer,
  maxSignedDesiredBytes,
  parseDesiredDocument,
  parseDesiredMessage,
  wishIds,
  type DesiredDocument,
  type SignedDesired,
} from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { unpack } from "./packed-desired.ts";

/** Why a desired document was not adopted. Counted by this name in `reported.refused`. */
export type DesiredRefusal =
  | "malformed"
  | "too-large"
  | "unknown-signer"
  | "bad-signature"
  | "other-sensor"
  | "other-site"
  | "older-revision"
  | "unanswered"
  | "expired";

/** A document that was adopted, with the signed text it came in. */
export interface AdoptedDesired {
  readonly document: DesiredDocument;
  readonly signed: SignedDesired;
}

export type Acceptance =
  /** `isChange` is false where the same document came again, as retained messages do. */
  | { readonly ok: true; readonly adopted: AdoptedDesired; readonly isChange: boolean }
  | { readonly ok: false; readonly code: DesiredRefusal; readonly text: string };

/** A public key whose documents are obeyed. */
export interface Signer {
  readonly keyId: string;
  readonly key: KeyObject;
}

export interface AcceptContext {
  readonly sensorId: string;
  readonly siteId: string;
  readonly signers: readonly Signer[];
  readonly current: AdoptedDesired | null;
  /** Epoch milliseconds; null where a stored document is verified again, which `notAfter` does not end. */
  readonly now: number | null;
  /**
   * Until when a document has to answer a current one of the box's own key; absent: it does not. After it one that answers
   * nothing is taken where it brings back nothing that was ended at the box: what was cut there has ended by itself by then, and
   * what was let go is not undone by a controller that does not know of it.
   */
  readonly answerUntil?: number;
}

/** Reads pinned public keys (PEM, Ed25519). */
export function signersFrom(pems: readonly string[]): Signer[] {
  return pems.map((pem) => {
    let key: KeyObject;
    try {
      key = createPublicKey(pem);
    } catch (cause) {
      throw new SensorError("profile-invalid", "cannot read a signer's key in the site profile", { cause });
    }
    if (key.asymmetricKeyType !== "ed25519") {
      throw new SensorError("profile-invalid", "cannot use a signer's key in the site profile: it is not Ed25519");
    }
    return { key, keyId: keyIdOf(key) };
  });
}

/** The contract's name of a public key: 16 hex digits of the SHA-256 of its SPKI. */
export function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

/** Decides whether a payload is a document to adopt. Pure but for the signature's arithmetic. */
export function acceptDesired(payload: string | Uint8Array, context: AcceptContext): Acceptance {
  const sizeBytes = typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
  if (sizeBytes > maxSignedDesiredBytes) {
    return refuse("too-large", `${sizeBytes} bytes exceed ${maxSignedDesiredBytes}`);
  }
  const message = parseDesiredMessage(payload);
  if (!message.ok) return refuse("malformed", message.error);
  const { keyId, signature } = message.value;
  const signer = context.signers.find((candidate) => candidate.keyId === keyId);
  if (signer === undefined) return refuse("unknown-signer", `key ${keyId} is not one of the site's`);

  const isSigned = (bytes: Uint8Array, by: string) => verify(null, bytes, signer.key, Buffer.from(by, "base64"));
  let signed: SignedDesired;
  if ("packed" in message.value) {
    const unpacked = unpack(message.value, sizeBytes, isSigned);
    if (!unpacked.ok) return refuse(unpacked.code, unpacked.text);
    signed = unpacked.signed;
  } else {
    signed = message.value;
  }
  const bytes = Buffer.from(signed.document, "utf8");
  if (!isSigned(bytes, signature)) return refuse("bad-signature", "the signature does not fit the document");

  const parsed = parseDesiredDocument(bytes);
  if (!parsed.ok) return refuse("malformed", parsed.error);
  const document = parsed.value;
  const ids = everyContainment(document).map((containment) => containment.id);
  if (new Set(ids).size !== ids.length) return refuse("malformed", "two containments carry the same id");
  if (document.sensor !== context.sensorId) return refuse("other-sensor", `it is for the sensor ${document.sensor}`);
  if (document.site !== context.siteId) return refuse("other-site", `it is for the site ${document.site}`);

  const adopted: AdoptedDesired = { document, signed };
  const { current } = context;
  if (current !== null) {
    if (current.signed.document === signed.document) return { ok: true, adopted: current, isChange: false };
    if (!isNewer(document, current.document)) {
      return refuse("older-revision", `${nameOf(document)} is not newer than ${nameOf(current.document)}`);
    }
    const { answerUntil, now } = context;
    if (now !== null && answerUntil !== undefined && !answers(document, current.document)) {
      const back = endedAtBox(document, current.document);
      if (now <= answerUntil || back !== undefined) {
        const text = `${nameOf(document)} knows nothing of what was done at the box`;
        return refuse("unanswered", back === undefined ? text : `${text}: ${back} was let go there`);
      }
    }
  }
  if (context.now !== null && document.notAfter < context.now) {
    return refuse("expired", `it was not to be adopted after ${new Date(document.notAfter).toISOString()}`);
  }
  return { ok: true, adopted, isChange: true };
}

/** Whether a document has taken up the one of the box's own key. */
function answers({ answers: name }: DesiredDocument, { epoch, revision, issuedAt }: DesiredDocument): boolean {
  return name?.epoch === epoch && name.revision === revision && name.issuedAt === issuedAt;
}

/** A wish in it that somebody at the box has ended; undefined where there is none. */
function endedAtBox(document: DesiredDocument, { local }: DesiredDocument): string | undefined {
  const wished = wishIds(document);
  return local?.ended.find((id) => wished.has(id));
}

function nameOf(document: DesiredDocument): string {
  return `revision ${document.epoch}.${document.revision}`;
}

function refuse(code: DesiredRefusal, text: string): Acceptance {
  return { ok: false, code, text };
}
