import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Transform, type Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { writeBootFiles } from "../../../image/src/boot-partition.ts";
import { Leftovers } from "../leftovers.ts";
import { beginImage, verifyImage } from "../output/image-copy.ts";

/** What an image that is being sent has come to: bytes of the image, before they are packed. */
export type Progress = (doneBytes: number, allBytes: number) => void;

/**
 * Makes a box's image and gives it as a stream of gzip, which the programs that write cards unpack by themselves. The copy is
 * gone when the stream is, however that ends. Throws as `writeBootFiles` and `verifyImage` do.
 *
 * @param files of the boot partition, by their names
 */
export async function packedImage(
  image: string,
  files: Readonly<Record<string, string | null>>,
  progress: Progress,
): Promise<Readable> {
  const leftovers = new Leftovers();
  try {
    const copy = await beginImage(image, { kind: "stdout" }, leftovers);
    await writeBootFiles(copy, files);
    await verifyImage(image, copy, files, () => undefined);
    const { size } = await stat(copy);
    let done = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        done += chunk.length;
        progress(done, size);
        next(null, chunk);
      },
    });
    const read = createReadStream(copy, { highWaterMark: 1 << 20 });
    // Nine tenths of it are zeroes or packed already: more would cost time and save nothing.
    const packed = createGzip({ level: 1 });
    read.once("error", (error) => packed.destroy(error));
    packed.once("close", () => {
      read.destroy();
      leftovers.remove();
    });
    return read.pipe(counted).pipe(packed);
  } catch (error) {
    leftovers.remove();
    throw error;
  }
}
