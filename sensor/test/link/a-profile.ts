import type { SiteProfile } from "@cordon/contract";
import { aSigner, type Authority } from "./certificates.ts";

/** A site profile for a sensor of this authority, with the key that signs its desired documents. */
export async function aProfile(
  authority: Authority,
  changes: {
    readonly controller: Pick<SiteProfile["controller"], "host" | "port">;
    readonly ports?: SiteProfile["ports"];
    readonly localNets?: readonly string[];
    readonly sensor?: string;
  },
): Promise<{ readonly profile: SiteProfile; readonly signer: ReturnType<typeof aSigner> }> {
  const sensor = changes.sensor ?? "box-1";
  const signer = aSigner();
  const profile: SiteProfile = {
    version: 1,
    sensor,
    site: { id: "office", name: "Office", localNets: [...(changes.localNets ?? [])] },
    placement: "lan",
    policy: "observe",
    ports: changes.ports ?? { bridge: "br0", inside: "inside0", outside: "outside0" },
    declared: [],
    controller: {
      ...changes.controller,
      authority: authority.certificate,
      serverName: "cordon-controller",
      signers: [signer.pem],
    },
    credentials: await authority.issue(sensor),
  };
  return { profile, signer };
}
