import { formatTag, whole } from "../language/message.ts";

/** "2,310" */
export const count = whole;

/** With so many digits behind the point, in the language's own writing: "4.2". */
export function decimal(n: number, digits: number): string {
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(formatTag(), { ...fraction, useGrouping: false }).format(n);
}

/** A ledger's weight with its sign, to one decimal: "+4.2", "−0.9", "0". */
export function weight(w: number): string {
  const rounded = Math.round(w * 10) / 10;
  if (rounded === 0) return "0";
  return `${rounded > 0 ? "+" : "−"}${decimal(Math.abs(rounded), 1)}`;
}
