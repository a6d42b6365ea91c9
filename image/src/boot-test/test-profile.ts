import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contractVersion, type SiteProfile } from "@cordon/contract";
import { runCommand } from "../command.ts";

/** Where the key is by which that nobody would sign. */
export const signerKey = (folder: string) => join(folder, "signer.key");

/** A site profile whose controller nobody is: the sensor has to judge without one. Keys are made for this boot only. */
export async function makeTestProfile(folder: string): Promise<SiteProfile> {
  const key = join(folder, "sensor.key");
  const certificate = join(folder, "sensor.crt");
  await runCommand("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", "/CN=boot-test", "-keyout", key, "-out", certificate],
  ]);
  const pem = await readFile(certificate, "utf8");
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const signer = publicKey.export({ type: "spki", format: "pem" });
  await writeFile(signerKey(folder), privateKey.export({ type: "pkcs8", format: "pem" }));
  return {
    version: contractVersion,
    sensor: "boot-test",
    site: { id: "boot-test", name: "Boot test", localNets: [] },
    placement: "lan",
    policy: "observe",
    ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
    declared: [],
    controller: {
      // RFC 5737: for documentation, routed nowhere.
      host: "192.0.2.1",
      port: 8883,
      authority: pem,
      serverName: "controller",
      signers: [signer.toString()],
    },
    credentials: { certificate: pem, privateKey: await readFile(key, "utf8") },
  };
}
