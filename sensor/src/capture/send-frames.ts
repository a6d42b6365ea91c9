import { encodeMessage, MessageDecoder } from "./framing.ts";
import { loadCap } from "./reader.ts";

const frameBytes = 2048;

/**
 * The kernel keeps room for the largest frame for each: this is room for some sixty answers, which come all at once where many
 * are asked at once. One answer that finds no room is a machine that seems to be gone.
 */
const ringBytes = 4 * 1024 * 1024;
const leastRingBytes = 64 * 1024;

/** Nothing is to be read: no frame is that short. */
const nothing = "less 1";
/** Answers by ARP, to whomever. They may be the box's own, which no rule of the bridge carries. */
const arpAnswers = "arp[6:2] = 2";

/**
 * Sends the frames that come on stdin, each with its length before it, out of a port; ends when stdin does.
 *
 * @param hearsArp whether answers by ARP that come in there are written to stdout, in the same way
 */
export function sendFrames(port: string, { hearsArp = false } = {}): void {
  const { Cap } = loadCap(import.meta.url);
  const cap = new Cap();
  const heard = Buffer.alloc(frameBytes);
  cap.open(port, hearsArp ? arpAnswers : nothing, hearsArp ? ringBytes : leastRingBytes, heard);
  if (hearsArp) {
    cap.on("packet", (sizeBytes) => process.stdout.write(encodeMessage(heard.subarray(0, Math.min(sizeBytes, 60)))));
  }
  const frames = new MessageDecoder({
    maxBytes: frameBytes,
    onMessage(frame) {
      try {
        cap.send(frame, frame.length);
      } catch {
        // The port is down or away: whoever waited for the frame asks again.
      }
    },
  });
  // Closing the handle is left to the end of the process: its descriptor would be used again before the loop has let go of it.
  const end = () => process.exit(0);
  process.stdin.on("data", (chunk: Buffer) => {
    if (!frames.push(chunk)) end();
  });
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.stdout.once("error", end);
}
