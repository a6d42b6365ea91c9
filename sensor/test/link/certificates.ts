import "reflect-metadata";
import { generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate with its private key, as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** An authority made for one test. */
export interface Authority {
  readonly certificate: string;
  issue(commonName: string, dnsNames?: readonly string[], more?: IssueOptions): Promise<Identity>;
}

export interface IssueOptions {
  /** Days from now; default -1. */
  readonly fromDays?: number;
  /** Days from now; default 1. */
  readonly untilDays?: number;
  /** Default it says nothing of that. */
  readonly usage?: "client" | "server";
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

export async function anAuthority(name = "test authority"): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 10_000 * dayMs),
    notAfter: new Date(Date.now() + 10_000 * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    certificate: certificate.toString("pem"),
    async issue(commonName, dnsNames = [], { fromDays = -1, untilDays = 1, usage } = {}) {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const issued = await X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: certificate.subject,
        notBefore: new Date(Date.now() + fromDays * dayMs),
        notAfter: new Date(Date.now() + untilDays * dayMs),
        signingKey: keys.privateKey,
        publicKey: own.publicKey,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(false),
          ...(usage === undefined
            ? []
            : [new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage === "client" ? "clientAuth" : "serverAuth"]])]),
          ...(dnsNames.length === 0
            ? []
            : [new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: "dns", value })))]),
        ],
      });
      const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", own.privateKey));
      const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
      return { certificate: issued.toString("pem"), privateKey: pem };
    },
  };
}

/** The name in a certificate that a broker takes for the client's. */
export function commonNameOf(raw: Buffer): string {
  return new X509Certificate(raw).subject.replace(/^CN=/, "");
}

/** A key pair for desired documents. */
export function aSigner() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey, privateKey, pem: publicKey.export({ type: "spki", format: "pem" }) as string };
}
