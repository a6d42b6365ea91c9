/** Small parts of sentences for a tired technician. */

import type { PortClass } from "../connection/port-class.ts";

const portWords: Readonly<Record<PortClass, string>> = {
  mail: "mail",
  smb: "Windows file sharing",
  telnet: "telnet",
  rdp: "remote desktop",
  ssh: "secure shell",
  sql: "database access",
  web: "web",
  device: "router and camera maintenance",
  other: "other services",
  udp: "datagrams",
  ping: "pings",
};

export function wordsOf(portClass: PortClass): string {
  return portWords[portClass];
}

/** `1 address`, `12 addresses`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How long something took: `1 s`, `40 s`, `12 min`, `3 h`. */
export function duration(ms: number): string {
  if (ms < 90_000) return `${Math.max(1, Math.ceil(ms / 1000))} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** `none answered`, `3 answered`, `all answered`. */
export function answeredWords(answered: number, all: number): string {
  if (answered === 0) return "none answered";
  return answered >= all ? "all answered" : `${answered} answered`;
}
