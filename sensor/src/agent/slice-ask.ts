import { join } from "node:path";
import { parsePacketSliceQuestion } from "@cordon/contract";
import type { AskHandler } from "../link/ask-keeper.ts";
import type { PacketRecorder } from "./packet-recorder.ts";

export interface SliceAskOptions {
  readonly recorder: Pick<PacketRecorder, "slice">;
  /** Where a slice lies until it is uploaded. */
  readonly folder: string;
}

/** Answers `packet-slice` by a pcapng file with the authorisation in it; without one the recorder refuses. */
export function sliceAsk({ recorder, folder }: SliceAskOptions): AskHandler {
  return async (asked, { id, maxUploadBytes }) => {
    const question = parsePacketSliceQuestion(JSON.stringify(asked));
    if (!question.ok) {
      return { status: "refused", code: "bad-question", text: `That is no question to the ring: ${question.error}.` };
    }
    const path = join(folder, `slice-${id}.pcapng`);
    const packets = await recorder.slice(question.value, path, maxUploadBytes);
    if (packets > 0) return { status: "done", file: { path, contentType: "application/vnd.tcpdump.pcap" } };
    return { status: "failed", code: "not-recorded", text: "Of that time no such packet is held." };
  };
}
