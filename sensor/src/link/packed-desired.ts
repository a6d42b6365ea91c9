import { gunzipSync } from "node:zlib";
import { maxPackedDesiredBytes, maxSignedDesiredBytes, type PackedDesired, type SignedDesired } from "@cordon/contract";

export type Unpacked =
  | { readonly ok: true; readonly signed: SignedDesired }
  | { readonly ok: false; readonly code: "too-large" | "bad-signature" | "malformed"; readonly text: string };

/**
 * The signed document in a packed message. Whether the signature fits the document is still to be seen.
 *
 * Nothing is inflated that is too large as it came, or that `isSigned` does not find the signer's: so a stranger's
 * bytes never reach zlib. What the signer makes swell beyond the limit of a plain document is given up there.
 *
 * @param sizeBytes of the whole message
 */
export function unpack(
  message: PackedDesired,
  sizeBytes: number,
  isSigned: (bytes: Uint8Array, seal: string) => boolean,
): Unpacked {
  if (sizeBytes > maxPackedDesiredBytes) return tooLarge(`${sizeBytes} bytes exceed ${maxPackedDesiredBytes}`);
  const packed = Buffer.from(message.packed, "base64");
  if (!isSigned(packed, message.seal)) return refuse("bad-signature", "the seal does not fit what is packed");
  let document: string;
  try {
    document = gunzipSync(packed, { maxOutputLength: maxSignedDesiredBytes }).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return swollen();
    return refuse("malformed", `it cannot be unpacked: ${(error as Error).message}`);
  }
  const { signature, keyId } = message;
  const signed = { document, signature, keyId };
  // It is stored as plain JSON, and must be found small enough again.
  return Buffer.byteLength(JSON.stringify(signed)) > maxSignedDesiredBytes ? swollen() : { ok: true, signed };
}

function swollen(): Unpacked {
  return tooLarge(`unpacked it exceeds ${maxSignedDesiredBytes} bytes`);
}

function tooLarge(text: string): Unpacked {
  return refuse("too-large", text);
}

function refuse(code: "too-large" | "bad-signature" | "malformed", text: string): Unpacked {
  return { ok: false, code, text };
}
