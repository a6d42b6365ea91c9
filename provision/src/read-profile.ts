import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  hostFault,
  isKeyed,
  networkFault,
  parseSiteProfile,
  siteNameFault,
  type KeyedProfile,
  type SiteProfile,
} from "@cordon/contract";
import { ProvisionError } from "./errors.ts";
import { imagePorts } from "./port-names.ts";

/** A profile that a box of this image can start from, with its text as it was written. */
export interface ReadyProfile {
  readonly text: string;
  readonly profile: SiteProfile;
  /** Of the key that the profile holds; null where the box makes its own. */
  readonly certificate: X509Certificate | null;
}

/**
 * Reads a site profile and holds it against what a box needs: a wrong one would only be noticed at the
 * client's. Throws `profile-unreadable` or `profile-invalid`, naming file, field and what is allowed.
 */
export async function readProfile(file: string): Promise<ReadyProfile> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new ProvisionError("profile-unreadable", `cannot read the site profile: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = parseSiteProfile(text);
  if (!parsed.ok) throw invalid(file, parsed.error);
  const profile = parsed.value;
  for (const port of ["bridge", "inside", "outside"] as const) {
    if (profile.ports[port] === imagePorts[port]) continue;
    throw invalid(file, `/ports/${port} is ${profile.ports[port]}; the image calls it ${imagePorts[port]}`);
  }
  if ((profile.gateway?.insidePorts ?? []).length > 0) {
    throw invalid(
      file,
      `/gateway/insidePorts names more ports; the image has ${imagePorts.inside} alone for a repair network`,
    );
  }
  const { site, controller } = profile;
  for (const [field, said, fault] of [
    ["/site/name", site.name, siteNameFault(site.name)] as const,
    ["/controller/host", controller.host, hostFault(controller.host)] as const,
    ...site.localNets.map((net, index) => [`/site/localNets/${index}`, net, networkFault(net)] as const),
  ]) {
    if (fault !== null) throw invalid(file, `${field} is ${JSON.stringify(said)}; ${fault}`);
  }
  return { text, profile, certificate: isKeyed(profile) ? certificateOf(file, profile) : null };
}

function invalid(file: string, fault: string, cause?: unknown): ProvisionError {
  return new ProvisionError("profile-invalid", `cannot use the site profile ${file}: ${fault}`, { cause });
}

/** The sensor's certificate, where it, its key and its authority belong together. */
function certificateOf(file: string, { sensor, controller, credentials }: KeyedProfile): X509Certificate {
  const read = <T>(field: string, what: string, make: () => T): T => {
    try {
      return make();
    } catch (cause) {
      // Without the cause's words: they may quote the key.
      throw invalid(file, `${field} is no ${what} in PEM`, cause);
    }
  };
  const authority = read("/controller/authority", "certificate", () => new X509Certificate(controller.authority));
  const certificate = read(
    "/credentials/certificate",
    "certificate",
    () => new X509Certificate(credentials.certificate),
  );
  const key = read("/credentials/privateKey", "private key", () => createPrivateKey(credentials.privateKey));
  if (!certificate.checkPrivateKey(key)) throw invalid(file, "/credentials/privateKey is not the certificate's key");
  if (!certificate.verify(authority.publicKey)) {
    throw invalid(file, "/credentials/certificate is not signed by /controller/authority");
  }
  if (!certificate.subject.split("\n").includes(`CN=${sensor}`)) {
    throw invalid(file, `/credentials/certificate is made out to ${certificate.subject}; the sensor is ${sensor}`);
  }
  return certificate;
}
