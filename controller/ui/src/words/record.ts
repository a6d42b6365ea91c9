import type { ChangeEntry, NatLogEntry } from "../../../src/api/record-view.ts";
import type { TimeWords } from "./time.ts";
import { msg, plural, words } from "../language/message.ts";

const changeWords = words<Readonly<Record<ChangeEntry["change"], string>>>({
  "in-force": "in force",
  released: "released",
  expired: "ended by itself",
  refused: "refused",
});

const scopeWords = words<Readonly<Record<Exclude<ChangeEntry["scope"], "host">, string>>>({
  barrier: "Way of spreading",
  area: "Area",
  line: "Line",
});

/** What it was for: a machine's name, or the kind of rule. */
export function changeSubject({ scope, host, name }: ChangeEntry): string {
  return scope === "host" ? (name ?? host ?? msg`A machine`) : scopeWords[scope];
}

/** "in force", "ended by itself", … */
export function changeWord({ change }: ChangeEntry): string {
  return changeWords[change];
}

/** Who it was, for a complaint: the machine, or what is known of it. */
export function natSubject({ name, host, insideAddress }: NatLogEntry): string {
  return name ?? host ?? insideAddress;
}

/** "10.213.77.20 port 50000 to 198.51.100.9 port 25 over tcp; Tue 14:02:11 until 14:02:40" */
export function natWords(entry: NatLogEntry, time: TimeWords, now: number): string {
  const end = (address: string, port: number | null) => (port === null ? address : msg`${address} port ${port}`);
  const moment = (at: number | null) => (at === null ? msg`not told` : time.moment(at, now));
  const inside = end(entry.insideAddress, entry.insidePort);
  const remote = end(entry.remoteAddress, entry.remotePort);
  const until = entry.endedAt === null ? msg`no end told` : msg`until ${moment(entry.endedAt)}`;
  return msg`${inside} to ${remote} over ${entry.protocol}; from ${moment(entry.beganAt)}, ${until}`;
}

/** What the answer cannot rule out; null where it is whole. */
export function lostWords(lost: number): string | null {
  if (lost === 0) return null;
  return plural(
    lost,
    "Of {n} connection around that time the box could tell nothing: it may have been one of these.",
    "Of {n} connections around that time the box could tell nothing: it may have been one of these.",
  );
}

/** A port as people type it; null where it is none. */
export function portOf(text: string): number | null {
  const port = Number(text.trim());
  return /^\s*\d{1,5}\s*$/.test(text) && port >= 1 && port <= 65_535 ? port : null;
}

/** The time of a field for date and time, in this machine's zone; null where it is none. */
export function momentOf(text: string): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) || at < 0 ? null : at;
}
