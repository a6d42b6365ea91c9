/** The process that sends the reader's frames, on its own: `send-frames-main.ts PORT [--hears-arp]`. */
import { sendFrames } from "../../src/capture/send-frames.ts";

sendFrames(process.argv[2] ?? "", { hearsArp: process.argv.includes("--hears-arp") });
