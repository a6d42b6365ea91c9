import { mendedPlan } from "./mended-plan.ts";
import { senseFaults } from "./sense-faults.ts";
import { shapeFaults, type Fault } from "./shape-faults.ts";
import { SitePlan } from "./site-plan.ts";

const places: readonly SitePlan["placement"][] = ["lan", "wan", "gateway", "mirror", "auto"];

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

/**
 * What makes no sense beside what has no right shape: what is wrong whatever was meant there, be it left out or some value. Where
 * the place is not known, on which much depends, that is what is wrong in every one.
 */
function senseOfRest(value: unknown, shape: readonly Fault[], now: number): readonly Fault[] {
  if (shape.some(({ path }) => path.length === 0)) return [];
  const isPlaced = !shape.some(({ path }) => path[0] === "placement");
  const said = withoutEmpty(value);
  const [first = [], ...others] = [true, false].flatMap((keepsAll) => {
    const mended = mendedPlan(SitePlan, said, keepsAll);
    const plan = mended.value as SitePlan;
    return (isPlaced ? [plan.placement] : places).map((placement) =>
      senseFaults({ ...plan, placement }, now).filter(
        ({ path }) => !mended.places.some((place) => place.every((key, index) => path[index] === key)),
      ),
    );
  });
  return first.filter((each) => others.every((faults) => faults.some((other) => isSame(each, other))));
}

function isSame(a: Fault, b: Fault): boolean {
  return a.text === b.text && fieldName(a.path) === fieldName(b.path);
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
function fieldName(path: Fault["path"]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key + 1}]` : `${index === 0 ? "" : "."}${key}`))
    .join("");
}
