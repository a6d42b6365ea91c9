import { open } from "node:fs/promises";

/** What a bundle says of itself, which only the box's own key ring can vouch for. */
export interface BundleManifest {
  readonly version: string;
  readonly compatible: string;
}

// RAUC refuses manifests and signatures that are larger.
const maxSignatureBytes = 64 * 1024;

/**
 * Reads the manifest of a bundle of RAUC's formats `verity` and `crypt`: it ends with a CMS message (RFC 5652) that holds the
 * manifest, and eight bytes that say how long that is. Null where it is another file. The signature is not looked at: that is
 * the box's to do, which trusts nobody here.
 */
export async function manifestOf(path: string): Promise<BundleManifest | null> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < 8) return null;
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, size - 8);
    const signatureBytes = Number(length.readBigUInt64BE());
    if (signatureBytes < 1 || signatureBytes > Math.min(maxSignatureBytes, size - 8)) return null;
    const signature = Buffer.alloc(signatureBytes);
    await file.read(signature, 0, signatureBytes, size - 8 - signatureBytes);
    // A key file in the clear amid the message's own bytes.
    const text = /\[update\][\t\n\r\x20-\x7e]*/.exec(signature.toString("latin1"))?.[0] ?? "";
    const section = text.split(/\n\[/, 1)[0] ?? "";
    const field = (name: string) => new RegExp(`^${name}=(.+)$`, "m").exec(section)?.[1]?.trim() ?? null;
    const [version, compatible] = [field("version"), field("compatible")];
    return version === null || compatible === null ? null : { version, compatible };
  } finally {
    await file.close();
  }
}
