/** The process that sends the reader's frames, on its own: `send-frames-main.ts PORT`. */
import { sendFrames } from "../../src/capture/send-frames.ts";

sendFrames(process.argv[2] ?? "");
