import { createCipheriv, createHash } from "node:crypto";

/**
 * Bytes that both ends of a download can make from the same token, so that each byte can be
 * compared: the key stream of AES-128 in counter mode.
 */
export function payloadSource(token: string): (size: number) => Buffer {
  const digest = createHash("sha256").update(token).digest();
  const cipher = createCipheriv("aes-128-ctr", digest.subarray(0, 16), digest.subarray(16, 32));
  return (size) => cipher.update(Buffer.alloc(size));
}

/** The path that asks for so many bytes. */
export function payloadPath(token: string, bytes: number): string {
  return `/bytes/${bytes}/${token}`;
}

/** What a path asks for; null where it is no such path. */
export function parsePayloadPath(path: string): { readonly token: string; readonly bytes: number } | null {
  const match = /^\/bytes\/(\d{1,10})\/([\w.-]{1,100})$/.exec(path);
  return match?.[1] === undefined || match[2] === undefined ? null : { bytes: Number(match[1]), token: match[2] };
}
