import type { QuietHours } from "./channel.ts";

/** Whether a time zone of that name is known here. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function minutesOf(dayTime: string): number {
  return Number(dayTime.slice(0, 2)) * 60 + Number(dayTime.slice(3, 5));
}

/** Whether a moment lies in quiet hours; hours from and to the same minute are none. */
export function isQuiet(hours: QuietHours | null, at: number): boolean {
  if (hours === null) return false;
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone: hours.timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
  const [now, from, to] = [minutesOf(text), minutesOf(hours.from), minutesOf(hours.to)];
  return from <= to ? now >= from && now < to : now >= from || now < to;
}
