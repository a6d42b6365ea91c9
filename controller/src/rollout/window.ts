/** Hours of a day, as clocks of a time zone show them; from and to the same minute are the whole day. */
export interface Hours {
  /** `HH:MM`. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
}

export interface Window {
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const minuteMs = 60_000;
const dayMinutes = 1440;

/** The window that is open at that moment, or the next one. */
export function windowAt(hours: Hours, at: number): Window {
  const length = lengthOf(hours);
  if (length === dayMinutes) return { notBefore: at, notAfter: at + dayMinutes * minuteMs };
  const since = modulo(localMinutes(hours.timeZone, at) - minutesOf(hours.from));
  const isOpen = since < length;
  const minute = Math.floor(at / minuteMs) * minuteMs;
  const begin = isOpen ? minute - since * minuteMs : minute + (dayMinutes - since) * minuteMs;
  // Where clocks are changed in between it is an hour off.
  const notBefore = begin + nearest(minutesOf(hours.from) - localMinutes(hours.timeZone, begin)) * minuteMs;
  const end = notBefore + length * minuteMs;
  const notAfter = end + nearest(minutesOf(hours.to) - localMinutes(hours.timeZone, end)) * minuteMs;
  // An hour that a day does not have.
  return notAfter > Math.max(notBefore, at) ? { notBefore, notAfter } : windowAt(hours, end + minuteMs);
}

function lengthOf({ from, to }: Hours): number {
  return modulo(minutesOf(to) - minutesOf(from)) || dayMinutes;
}

function minutesOf(dayTime: string): number {
  return Number(dayTime.slice(0, 2)) * 60 + Number(dayTime.slice(3, 5));
}

function localMinutes(timeZone: string, at: number): number {
  const wish = { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return minutesOf(new Intl.DateTimeFormat("en-GB", wish).format(at));
}

function modulo(minutes: number): number {
  return ((minutes % dayMinutes) + dayMinutes) % dayMinutes;
}

/** The shorter way round the clock. */
function nearest(minutes: number): number {
  const ahead = modulo(minutes);
  return ahead > dayMinutes / 2 ? ahead - dayMinutes : ahead;
}
