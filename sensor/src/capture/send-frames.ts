import { MessageDecoder } from "./framing.ts";
import { loadCap } from "./reader.ts";

/** Sends the frames that come on stdin, each with its length before it, out of a port; ends when stdin does. */
export function sendFrames(port: string): void {
  const { Cap } = loadCap(import.meta.url);
  const cap = new Cap();
  // Nothing is to be read: no frame is that short.
  cap.open(port, "less 1", 64 * 1024, Buffer.alloc(2048));
  const frames = new MessageDecoder({
    maxBytes: 2048,
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
}
