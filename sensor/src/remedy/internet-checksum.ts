/** The Internet checksum (RFC 1071) over bytes, beginning with a sum of what is not in them. */
export function internetChecksum(bytes: Uint8Array, begin = 0): number {
  let sum = begin;
  for (let index = 0; index < bytes.length; index += 2) {
    sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}
