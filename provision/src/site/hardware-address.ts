/** A hardware address as the contract writes it. */
export function canonicalMac(mac: string): string {
  return mac.toLowerCase().replaceAll("-", ":");
}

/** Whether one network card can have it: the lowest bit of the first byte marks groups (IEEE 802 8.2). */
export function isOfCard(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && canonicalMac(mac) !== "00:00:00:00:00:00";
}
