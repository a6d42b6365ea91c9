import { decimal } from "./number.ts";
import { msg, plural } from "../language/message.ts";
/**
 * Times as people read them: to the second, with the zone said once, and UTC on demand. All times
 * are epoch milliseconds.
 */
export interface TimeWords {
  /** "14:02:11" */
  readonly clock: (at: number) => string;
  /** "14:02:11 CEST" */
  readonly clockWithZone: (at: number) => string;
  /** "14:02:11" on the same day, else "Tue 14:02:11", else "12 Nov 14:02:11". */
  readonly moment: (at: number, now: number) => string;
  /** To the minute, for ends: "15:12", "Wed 14:12", "12 Dec 14:12". */
  readonly until: (at: number, now: number) => string;
  /** "14:05", for the foot of a chart. */
  readonly minute: (at: number) => string;
  /** "Monday 30 November 2026" */
  readonly day: (at: number) => string;
}

const dayMs = 24 * 60 * 60 * 1000;
// The last moment a date can name: the clock of a box may say anything, and no page stays empty for it.
const latestAt = 8.64e15;

/** Words for times in one zone and language; without a zone, that of this machine. */
export function timeWords(timeZone?: string, language = "en-GB"): TimeWords {
  const zone = timeZone === undefined ? {} : { timeZone };
  const format = (options: Intl.DateTimeFormatOptions): ((at: number) => string) => {
    const formatter = new Intl.DateTimeFormat(language, { hourCycle: "h23", ...zone, ...options });
    return (at) => (at <= latestAt ? formatter.format(at).replace(",", "") : msg`an unknown time`);
  };
  const seconds = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const minutes = { hour: "2-digit", minute: "2-digit" } as const;
  const clock = format(seconds);
  const minute = format(minutes);
  const day = format({ year: "numeric", month: "2-digit", day: "2-digit" });
  const weekday = format({ weekday: "short" });
  const date = format({ day: "numeric", month: "short" });

  const dated = (at: number, now: number, time: string): string => {
    if (at > latestAt) return time;
    if (day(at) === day(now)) return time;
    // Six days, because on the seventh the weekday's name would be today's.
    return `${Math.abs(at - now) < 6 * dayMs ? weekday(at) : date(at)} ${time}`;
  };
  return {
    clock,
    minute,
    day: format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    clockWithZone: format({ ...seconds, timeZoneName: "short" }),
    moment: (at, now) => dated(at, now, clock(at)),
    until: (at, now) => dated(at, now, minute(at)),
  };
}

/** "2026-11-20T12:12:40.000Z", for programs; empty of a time that no date can name. */
export function iso(at: number): string {
  return at <= latestAt ? new Date(at).toISOString() : "";
}

/** "2026-11-20 12:12:40 UTC" */
export function utc(at: number): string {
  return at <= latestAt ? `${iso(at).slice(0, 19).replace("T", " ")} UTC` : msg`an unknown time`;
}

/** A span in its two largest units: "3 s", "8 min 09 s", "3 h 12 min", "4 days 2 h". */
export function span(lengthMs: number): string {
  const total = Math.max(0, Math.floor(lengthMs / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  if (total < 60) return msg`${total} s`;
  if (total < 3600) return msg`${Math.floor(total / 60)} min ${two(total % 60)} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 24 * 60) return msg`${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  return plural(days, "{n} day {0} h", "{n} days {0} h", hours % 24);
}

/** How long ago: "3 s ago"; what is less than a second old or in the future is "just now". */
export function ago(at: number, now: number): string {
  return now - at < 1000 ? msg`just now` : msg`${span(now - at)} ago`;
}

/** A delay after a click: "0.8 s" below ten seconds, else as a span. */
export function delay(lengthMs: number): string {
  return lengthMs < 10_000 ? msg`${decimal(Math.max(0, lengthMs) / 1000, 1)} s` : span(lengthMs);
}
