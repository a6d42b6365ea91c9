/**
 * A salted hash (FNV-1a, 32 bit) for what is only ever compared: whose mail it was is nobody's
 * business here, so names and senders are not kept.
 */
export function envelopeHash(salt: number, text: string): number {
  let hash = (0x811c_9dc5 ^ salt) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193) >>> 0;
  }
  return hash;
}

/** What stands behind the at sign, or the whole where there is none. */
export function senderDomain(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
