const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** "2,310" */
export function count(n: number): string {
  return whole.format(n);
}

/** "1 machine", "2,310 machines"; the plural is given where it takes more than an s. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : plural}`;
}

/** A ledger's weight with its sign, to one decimal: "+4.2", "−0.9", "0". */
export function weight(w: number): string {
  const rounded = Math.round(w * 10) / 10;
  if (rounded === 0) return "0";
  return rounded > 0 ? `+${rounded.toFixed(1)}` : `−${Math.abs(rounded).toFixed(1)}`;
}
