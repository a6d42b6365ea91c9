import { verdicts, type HostSnapshot, type Vector } from "@cordon/contract";
import type { CaptureReport } from "./judge-capture.ts";

/** Writes times of one zone. */
interface Times {
  /** Day, time and zone. */
  full(at: number): string;
  /** Time of day and zone, with the day where the capture is so long that it could be another. */
  short(at: number): string;
}

const halfDayMs = 43_200_000;

const vectorWords: Readonly<Record<Vector, string>> = {
  mail: "mail",
  smb: "Windows file sharing",
  telnet: "telnet",
  rdp: "remote desktop",
  ssh: "secure shell",
  sql: "database ports",
  web: "web ports",
  other: "other ports",
};

/** The report for a technician: one sentence first, then the machines that matter, in plain text. */
export function reportText(report: CaptureReport, timeZone?: string): string {
  const times = timesIn(timeZone, (report.endedAt ?? 0) - (report.startedAt ?? 0) > halfDayMs);
  const ranked = [...report.hosts].sort((a, b) => rank(b) - rank(a) || b.score - a.score);
  const lines = [heading(report, times), "", ...firstSentences(report, ranked, times)];
  for (const host of ranked.filter(({ verdict }) => verdict !== "clear")) lines.push("", ...hostLines(host, times));
  const clear = ranked.filter(({ verdict }) => verdict === "clear").length;
  if (clear > 0) lines.push("", clear === 1 ? "1 machine is clear." : `${count(clear)} machines are clear.`);
  if (report.line.state === "dead" || report.line.state === "degraded") {
    lines.push("", `The line was ${report.line.state} at the end: ${report.line.text}`);
  }
  const odd = Object.entries(report.weird);
  if (odd.length > 0)
    lines.push("", `Odd traffic: ${odd.map(([name, times]) => `${name} ${count(times)}`).join(", ")}.`);
  if (report.error !== null) lines.push("", `Judged only in part: ${report.error.message}.`);
  return `${lines.join("\n")}\n`;
}

function heading(report: CaptureReport, times: Times): string {
  const packets = report.packets === 1 ? "1 packet" : `${count(report.packets)} packets`;
  if (report.startedAt === null || report.endedAt === null) return `${report.file}: ${packets}`;
  const lasted = duration(report.endedAt - report.startedAt);
  return `${report.file}: ${packets} within ${lasted}, from ${times.full(report.startedAt)}`;
}

function firstSentences(report: CaptureReport, ranked: readonly HostSnapshot[], times: Times): string[] {
  const infected = ranked.filter(({ verdict }) => verdict === "infected");
  if (infected.length > 0) {
    return infected.map((host) => {
      const since = host.infectedAt === null ? "" : ` since ${times.full(host.suspectAt ?? host.infectedAt)}`;
      return `INFECTED: ${named(host)} is a ${what(host)}${since}. ${whatNext(host)}`;
    });
  }
  const suspect = ranked.filter(({ verdict }) => verdict === "suspect");
  if (suspect.length > 0) {
    return suspect.map((host) => {
      const since = host.suspectAt === null ? "" : ` since ${times.full(host.suspectAt)}`;
      return `SUSPECT: ${named(host)} behaves like a ${what(host)}${since}. Check it now; capture for longer to be sure.`;
    });
  }
  if (ranked.length === 0) {
    return ["No machine of the site was seen. If its addresses are not private ones, name them with --inside."];
  }
  const watched = ranked.filter(({ verdict }) => verdict === "watched").length;
  if (watched === 0) return ["No machine behaves like an infected one."];
  return [`No machine is infected. ${watched === 1 ? "1 did" : `${watched} did`} something worth a look, see below.`];
}

function hostLines(host: HostSnapshot, times: Times): string[] {
  const facts = [`first seen ${times.short(host.firstSeenAt)}`];
  if (host.suspectAt !== null) {
    const after = host.contactsBeforeSuspect;
    const contacts = after === null ? "" : ` (after ${count(after)} ${after === 1 ? "contact" : "contacts"})`;
    facts.push(`suspect ${times.short(host.suspectAt)}${contacts}`);
  }
  if (host.infectedAt !== null) facts.push(`infected ${times.short(host.infectedAt)}`);
  const lines = [
    `${named(host)}: ${host.verdict}${host.class === null ? "" : `, ${what(host)}`}${host.risk === null ? "" : `, ${host.risk} risk`}`,
    `  ${facts.join(", ")}`,
  ];
  const others = host.addresses.slice(1);
  if (others.length > 0) lines.push(`  also had ${others.slice(0, 7).join(", ")}${others.length > 7 ? ", …" : ""}`);
  for (const evidence of [...host.evidence].sort((a, b) => Number(b.for) - Number(a.for) || b.weight - a.weight)) {
    lines.push(`  ${evidence.for ? "for    " : "against"}  ${signed(evidence.weight)}  ${evidence.text}`);
  }
  return lines;
}

/** How people know the machine: its name and address, and the MAC by which it is found on the switch. */
function named(host: HostSnapshot): string {
  const address = host.addresses[0] ?? host.host;
  const inBrackets = [host.name === null ? null : address, host.mac].filter((part) => part !== null);
  return `${host.name ?? address}${inBrackets.length === 0 ? "" : ` (${inBrackets.join(", ")})`}`;
}

function what(host: HostSnapshot): string {
  const means = vectorWords[host.vector ?? "other"];
  return host.class === "mass-mailer" ? "mass mailer" : `scanner on ${means}`;
}

function whatNext(host: HostSnapshot): string {
  return host.class === "mass-mailer"
    ? "Unplug it or cut it off, clean it, and change the passwords of the mail accounts used on it."
    : "Unplug it or cut it off, clean it, and check the machines that answered it.";
}

function rank(host: HostSnapshot): number {
  return verdicts.indexOf(host.verdict);
}

function signed(weight: number): string {
  return `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(1)}`.padStart(5);
}

function count(value: number): string {
  return value.toLocaleString("en-GB");
}

function duration(lengthMs: number): string {
  const seconds = Math.round(lengthMs / 1_000);
  if (seconds < 1) return "a second";
  if (seconds < 120) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${count(Math.round(hours / 24))} days`;
}

function timesIn(timeZone: string | undefined, isLong: boolean): Times {
  const zone = timeZone === undefined ? {} : { timeZone };
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short", ...zone } as const;
  const short = new Intl.DateTimeFormat("en-GB", clock);
  const full = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", ...clock });
  return { full: (at) => full.format(at), short: (at) => (isLong ? full : short).format(at) };
}
