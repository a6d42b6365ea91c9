import { createPrivateKey, X509Certificate } from "node:crypto";
import { ControllerError, errorText } from "../errors.ts";

/** What the user interface is served by over TLS. */
export interface ServerCredentials {
  /** PEM, the server's own first, then those that lead to its authority. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** Where credentials come from, and come anew while the controller runs. */
export interface CredentialSource {
  /** Host name that the certificate is for; null where it is for none. */
  readonly name: string | null;
  /** Resolves with what to begin with. */
  readonly open: (changed: (credentials: ServerCredentials) => void) => Promise<ServerCredentials>;
  /** Looks at once whether there are others. */
  readonly reload: () => void;
  readonly close: () => Promise<void>;
}

/** Holds certificate and key against each other. Throws `certificate-unusable`. */
export function checkCredentials({ cert, key }: ServerCredentials, what: string): X509Certificate {
  const refuse = (why: string, cause?: unknown) =>
    new ControllerError("certificate-unusable", `cannot use the certificate of ${what}: ${why}`, { cause });
  let certificate: X509Certificate;
  let isOfKey: boolean;
  try {
    certificate = new X509Certificate(cert);
    isOfKey = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw refuse(errorText(error), error);
  }
  if (!isOfKey) throw refuse("the key is another one's");
  return certificate;
}

/** The first host name in a certificate that stands for one host; null where there is none. */
export function nameIn(certificate: X509Certificate): string | null {
  return /(?:^|, )DNS:([^,*\s]+)/.exec(certificate.subjectAltName ?? "")?.[1] ?? null;
}
