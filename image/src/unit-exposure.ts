/** What `systemd-analyze security` says of a unit, 0 to 10; the least is what it was promised for. */

/** No unit of the box's own is to have more. */
export const mostExposure = 2;

/** The services among files of units. */
export function servicesIn(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(".service")).toSorted();
}

/** The figure for each unit, by its name, out of what the program prints for people. */
export function exposuresIn(text: string): Map<string, number> {
  const found = text.matchAll(/Overall exposure level for (\S+): ([\d.]+)/g);
  return new Map([...found].map(([, name = "", exposure]) => [name, Number(exposure)]));
}
