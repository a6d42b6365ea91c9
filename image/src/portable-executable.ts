import { ImageError } from "./errors.ts";

/** One more section of a UEFI program. */
export interface Section {
  /** At most eight characters, such as `.linux`. */
  readonly name: string;
  readonly content: Uint8Array;
}

// Microsoft's PE format, "Optional Header Windows-Specific Fields" and "Section Table".
const optionalHeaderAt = 24;
const sectionHeaderBytes = 40;
/** Initialised data that may be read. */
const dataCharacteristics = 0x4000_0040;

/**
 * The loader stub with sections added, as the UEFI loader and the stub expect a unified kernel. Written
 * here because the tools for it either come with newer systems only, or for one architecture only.
 * Throws `stub-unusable`.
 */
export function withSections(stub: Uint8Array, sections: readonly Section[]): Uint8Array {
  const view = new DataView(stub.buffer, stub.byteOffset, stub.byteLength);
  const peAt = view.getUint32(0x3c, true);
  if (view.getUint32(peAt, true) !== 0x4550) throw new ImageError("stub-unusable", "the loader stub is no PE program");
  const count = view.getUint16(peAt + 6, true);
  const optionalAt = peAt + optionalHeaderAt;
  const sectionAlignment = view.getUint32(optionalAt + 32, true);
  const fileAlignment = view.getUint32(optionalAt + 36, true);
  const headersSize = view.getUint32(optionalAt + 60, true);
  const tableAt = optionalAt + view.getUint16(peAt + 20, true);
  if (tableAt + (count + sections.length) * sectionHeaderBytes > headersSize) {
    throw new ImageError("stub-unusable", "the loader stub has no room for the headers of our sections");
  }
  let imageEnd = 0;
  for (let at = tableAt; at < tableAt + count * sectionHeaderBytes; at += sectionHeaderBytes) {
    imageEnd = Math.max(imageEnd, view.getUint32(at + 12, true) + view.getUint32(at + 8, true));
  }
  let fileEnd = align(stub.byteLength, fileAlignment);
  const placed = sections.map((section) => {
    const place = { section, imageAt: align(imageEnd, sectionAlignment), fileAt: fileEnd };
    imageEnd = place.imageAt + section.content.length;
    fileEnd = align(place.fileAt + section.content.length, fileAlignment);
    return place;
  });

  const result = new Uint8Array(fileEnd);
  result.set(stub);
  const header = new DataView(result.buffer);
  header.setUint16(peAt + 6, count + sections.length, true);
  header.setUint32(optionalAt + 56, align(imageEnd, sectionAlignment), true);
  // No UEFI checks the checksum, and the old one is wrong now.
  header.setUint32(optionalAt + 64, 0, true);
  for (const [index, { section, imageAt, fileAt }] of placed.entries()) {
    const at = tableAt + (count + index) * sectionHeaderBytes;
    result.set(Buffer.from(section.name.padEnd(8, "\0"), "latin1").subarray(0, 8), at);
    header.setUint32(at + 8, section.content.length, true);
    header.setUint32(at + 12, imageAt, true);
    header.setUint32(at + 16, align(section.content.length, fileAlignment), true);
    header.setUint32(at + 20, fileAt, true);
    header.setUint32(at + 36, dataCharacteristics, true);
    result.set(section.content, fileAt);
  }
  return result;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
