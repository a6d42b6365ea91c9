import { Type, type Static } from "typebox";

/**
 * How a box gets its certificate: by HTTPS from the port of the broker (ALPN `http/1.1`). After RFC 7030
 * (enrolment over secure transport), with JSON in place of its wrappings. The box makes its key and never lets it
 * out of the house; it asks with a PKCS #10 request (RFC 2986) whose common name is the sensor's identifier.
 */
export const enrolmentPath = "/v1/enrolment";
/** The same for a box that has a certificate, be its time over or not, and shows it in the handshake. */
export const renewalPath = "/v1/renewal";

/** ALPN names of what sensors speak with a controller. */
export const mqttProtocol = "mqtt";
export const httpProtocol = "http/1.1";

/** Where a controller is sought when its own port cannot be reached: many networks let out nothing else. */
export const usualFallbackPort = 443;

/** A fingerprint: SHA-256 of a certificate as upper-case hex pairs with colons. */
export const Fingerprint = Type.String({ pattern: "^([0-9A-F]{2}:){31}[0-9A-F]{2}$" });

/** 256 random bits, base64url: good for one box, once. */
export const EnrolmentToken = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });

const CertificateRequest = Type.String({ minLength: 1, maxLength: 4096 });

/** Body of POST {@link enrolmentPath}. */
export const EnrolmentOrder = Type.Object({
  version: Type.Integer(),
  token: EnrolmentToken,
  /** PEM. */
  request: CertificateRequest,
});
export type EnrolmentOrder = Static<typeof EnrolmentOrder>;

/** Body of POST {@link renewalPath}. */
export const RenewalOrder = Type.Object({
  version: Type.Integer(),
  /** PEM; of the same key as the certificate in the handshake. */
  request: CertificateRequest,
});
export type RenewalOrder = Static<typeof RenewalOrder>;

/** Answer to both: 201. */
export const IssuedCertificate = Type.Object({
  version: Type.Integer(),
  /** PEM. */
  certificate: Type.String({ maxLength: 16_384 }),
  /** When it is to be renewed, in milliseconds from now: a span, since the box's clock may be anywhere. */
  renewAfterMs: Type.Integer({ minimum: 0 }),
});
export type IssuedCertificate = Static<typeof IssuedCertificate>;

/** What enrolment and renewal are refused for; the controller counts each by this name. */
export const enrolmentRefusals = {
  "enrolment-malformed": "The controller did not understand what the box asked.",
  "enrolment-too-large": "What the box asked is larger than any request for a certificate.",
  "enrolment-too-often": "Too many failed tries came from this address; the box asks again later.",
  "token-unknown":
    "The controller knows no such token: the box was made for another controller, or the token was replaced by a newer one. Write the card anew: box create --sensor-id.",
  "token-used":
    "The token of this box was used by another box: this card or that one is a copy. Take the copy out of the line. If the other box is not yours, revoke it (box revoke); write the right card anew (box create --sensor-id).",
  "token-expired": "The token of this box is too old. Write its card anew: box create --sensor-id.",
  "request-malformed": "The box's request for a certificate cannot be read.",
  "request-unsigned": "The box's request is not signed by the key that it names.",
  "request-weak-key": "The box's key is of a kind that is not taken.",
  "request-wrong-name": "The box asks for a certificate of another box.",
  "renewal-without-certificate": "The box asks to renew a certificate that it does not show.",
  "renewal-foreign": "The box's certificate is not of this controller's authority.",
  "renewal-other-key": "The box asks to renew a certificate for another key.",
  "sensor-unknown":
    "The controller does not know this box: it is another's, or was put back to a backup of before the box was made. Make the box known there and give it a new token.",
  "sensor-revoked": "The operator has taken this box's identity back.",
  "sensor-retired": "The operator has taken this box out of service.",
  "key-unknown":
    "The controller knows this box, but not its key: it was put back to a backup of before the box enrolled. Give the box a new token.",
  "key-superseded":
    "The controller knows another key of this box: another box, or this one anew, was enrolled in its place, or the controller was put back to a backup of before that. Where this is the right box, give it a new token.",
} as const satisfies Readonly<Record<string, string>>;
export type EnrolmentRefusalCode = keyof typeof enrolmentRefusals;

/** Answer of status 400 to 429: why not. Codes that a box does not know are shown with their text. */
export const EnrolmentRefusal = Type.Object({
  version: Type.Integer(),
  code: Type.String({ maxLength: 64 }),
  text: Type.String({ maxLength: 400 }),
});
export type EnrolmentRefusal = Static<typeof EnrolmentRefusal>;
