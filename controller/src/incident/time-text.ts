/** How times and spans read in a sentence. */
export interface TimeText {
  /** `14:02:11 CEST`; with its date where it lies more than half a day back. */
  readonly clock: (at: number) => string;
  /** `3 h 12 min`. */
  readonly span: (sinceAt: number) => string;
}

const halfDayMs = 43_200_000;
// The last moment a date can name; clocks of boxes may say anything.
const latestAt = 8.64e15;

/** Words for times as seen at `now` from a time zone (an IANA name). */
export function timeTextOf(now: number, timeZone: string): TimeText {
  const time = { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  const short = new Intl.DateTimeFormat("en-GB", { ...time, timeZoneName: "short" });
  const long = new Intl.DateTimeFormat("en-GB", {
    ...time,
    timeZoneName: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  return {
    clock: (at) => {
      if (!(at <= latestAt)) return "an unknown time";
      return (Math.abs(now - at) < halfDayMs ? short : long).format(at);
    },
    span: (sinceAt) => spanText(now - sinceAt),
  };
}

/** A span in its two largest units: `12 s`, `3 min`, `3 h 12 min`, `2 d 4 h`. Negative ones read as none. */
export function spanText(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
