import { senseFaults } from "./sense-faults.ts";
import { shapeFaults, type Fault } from "./shape-faults.ts";
import { SitePlan } from "./site-plan.ts";

export type CheckedPlan =
  | { readonly ok: true; readonly plan: SitePlan }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Holds what was said of a site against the format, and then against sense and what a box can do; tells all that is wrong, not
 * the first of it alone.
 *
 * @param now epoch milliseconds: an authorisation that has ended allows nothing
 */
export function checkPlan(value: unknown, now: number): CheckedPlan {
  const shape = shapeFaults(SitePlan, value);
  if (shape.length > 0) return { ok: false, faults: [...shape, ...senseOfRest(value, shape, now)] };
  const plan = withoutEmpty(value) as SitePlan;
  const faults = senseFaults(plan, now);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, plan };
}

/** What makes no sense in the fields that have the right shape; nothing where the place is not known, on which most depends. */
function senseOfRest(value: unknown, shape: readonly Fault[], now: number): readonly Fault[] {
  const wrong = new Set(shape.map(({ path }) => path[0]));
  if (wrong.has("placement") || wrong.has(undefined)) return [];
  const rest = Object.entries(withoutEmpty(value) as object).filter(([key]) => !wrong.has(key));
  // By an address, which needs no name server.
  const plan = { version: 1, name: "Site", controller: { host: "192.0.2.1" }, ...Object.fromEntries(rest) };
  return senseFaults(plan as SitePlan, now);
}

/** Without the fields that are written with nothing behind them. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutEmpty(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, withoutEmpty(each)]])),
  );
}

/** A fault in one line that a terminal shows as it is: what somebody wrote may hold characters that steer it. */
export function faultLine({ path, text }: Fault, whole: string = "the whole file"): string {
  return visible(`${fieldName(path) || whole}: ${text}`);
}

/** A text with what cannot be seen, or turns letters around, written out. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** A field as people write it: `areas[2].name`, counted from 1. */
export function fieldName(path: Fault["path"]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key + 1}]` : `${index === 0 ? "" : "."}${key}`))
    .join("");
}
