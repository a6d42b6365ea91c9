import { pino } from "pino";
import type { Log } from "./ambient.ts";

/** A log of this level and above, as lines of JSON on standard error. */
export function logTo(level: string): Log {
  const logger = pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
  return {
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
