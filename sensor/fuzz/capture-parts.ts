import { readCaptureStream } from "../src/capture/capture-file/read-capture-file.ts";
import { PcapWriter } from "../src/capture/capture-file/write-pcap.ts";

/** A frame of a capture, on its own. */
export interface Part {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** More frames of one file than this say nothing new to whoever changes them. */
const mostParts = 400;

/** The frames of a capture, and what their link layer is; none where it cannot be read. */
export async function partsOf(capture: Uint8Array): Promise<{ readonly linkType: number; readonly parts: Part[] }> {
  const parts: Part[] = [];
  let linkType = 1;
  try {
    await readCaptureStream(inPieces(capture, 65_536), (frame) => {
      if (parts.length >= mostParts) return;
      linkType = frame.linkType;
      parts.push({ at: frame.at, bytes: frame.bytes.slice(frame.start ?? 0, frame.end ?? frame.bytes.length) });
    });
  } catch {
    // A file that is no capture has no frames.
  }
  return { linkType, parts };
}

/** A capture of these frames. */
export function captureOf(linkType: number, parts: readonly Part[]): Uint8Array {
  const writer = new PcapWriter({ linkType });
  return Buffer.concat([writer.header(), ...parts.map(({ at, bytes }) => writer.record(Math.max(0, at), bytes))]);
}

/** As a stream would bring it. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
