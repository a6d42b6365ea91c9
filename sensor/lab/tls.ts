/**
 * HTTPS without certificates: both ends know a key (RFC 4279), which makes a real handshake with a
 * real server name and costs no authority.
 */
const sharedKey = Buffer.from("the lab's web servers and browsers share this");
const common = { ciphers: "PSK-AES128-GCM-SHA256", maxVersion: "TLSv1.2" } as const;

export const serverTls = { ...common, pskCallback: (): Buffer => sharedKey };

export const clientTls = {
  ...common,
  pskCallback: (): { identity: string; psk: Buffer } => ({ identity: "browser", psk: sharedKey }),
  // No certificate, so nothing to compare the name with.
  checkServerIdentity: (): undefined => undefined,
};
