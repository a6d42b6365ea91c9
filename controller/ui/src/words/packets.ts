import type { ReportedRing } from "@cordon/contract";
import type { RecordingView } from "../../../src/api/recording-view.ts";
import { msg, words } from "../language/message.ts";
import type { TimeWords } from "./time.ts";

/** What Wireshark shows of one machine: its frames by hardware address, whatever it speaks. */
export function displayFilter(mac: string): string {
  return `eth.addr == ${mac.toLowerCase()}`;
}

const ringWords = words<Readonly<Record<ReportedRing["state"], string>>>({
  recording: "The box records.",
  refused: "The box refuses: no authorisation covers it.",
  ended: "The authorisation has run out.",
  failed: "The box cannot record.",
});

/** "The box records. 12 MB since 14:02." */
export function ringSentence({ wish, record }: RecordingView, time: TimeWords, now: number): string {
  if (wish?.ring === undefined) return msg`No packets are recorded. Names and headers alone are kept.`;
  const ring = record?.packets ?? null;
  if (ring === null) return msg`Allowed; the box has not said yet that it records.`;
  const size = msg`${Math.ceil(ring.sizeBytes / 1_048_576)} MB`;
  const since = ring.since === null ? msg`Nothing is held yet.` : msg`${size} since ${time.moment(ring.since, now)}.`;
  return `${ringWords[ring.state]} ${since}${ring.text === "" ? "" : ` ${ring.text}`}`;
}
