import { vectorPorts, vectorUdpPorts, type Evidence, type FlowOutcome, type LoggedFlow } from "@cordon/contract";
import type { TimelineEntry } from "../../../src/api/timeline-view.ts";
import type { HostView } from "../../../src/api/view.ts";
import { msg, plural, words } from "../language/message.ts";

/** How far back a connection that has not ended is looked for: the most that one look-up reaches. */
export const liveSpanMs = 12 * 3_600_000;

// What a row of the time line tells of went on for about so long before it.
const toldWithinMs = 10 * 60_000;

export const outcomeWords: Readonly<Record<FlowOutcome, string>> = words({
  established: "answered",
  refused: "refused by its target",
  unreachable: "unreachable",
  silent: "no answer",
  "refused-by-us": "stopped by this box",
  "refused-by-gateway": "refused by the gateway",
  "line-down": "the line was down",
});

/** What stands and would end; newest first. A conversation without a connection has no end that could be cut. */
export function standing(flows: readonly LoggedFlow[], host: string): LoggedFlow[] {
  return flows.filter(
    (flow) => flow.host === host && flow.protocol === "tcp" && flow.outcome === "established" && flow.endedAt === null,
  );
}

const kinds: readonly (readonly [word: (n: number, at: string) => string, ports: readonly number[]])[] = [
  [(n) => plural(n, "{n} web", "{n} web"), [80, 443, 8080, 8443]],
  [(n, at) => plural(n, "{n} mail box at {0}", "{n} mail boxes, such as {0}", at), [110, 143, 993, 995]],
  [(n, at) => plural(n, "{n} outgoing mail to {0}", "{n} outgoing mails, such as to {0}", at), [25, 465, 587]],
  [(n, at) => plural(n, "{n} remote desktop with {0}", "{n} remote desktops, such as with {0}", at), [3389, 5900]],
  [(n, at) => plural(n, "{n} secure shell with {0}", "{n} secure shells, such as with {0}", at), [22]],
];

/** "2 web, 1 mail box at imap.example.com" */
export function kindsOf(flows: readonly LoggedFlow[]): string {
  const known = new Set(kinds.flatMap(([, ports]) => ports));
  const groups = kinds.map(
    ([word, ports]) => [word, flows.filter(({ remotePort }) => ports.includes(remotePort ?? -1))] as const,
  );
  const rest = flows.filter(({ remotePort }) => !known.has(remotePort ?? -1));
  const others = plural(rest.length, "{n} other, to {0}", "{n} others, such as to {0}", targetOf(rest[0]));
  return [
    ...groups.flatMap(([word, each]) => (each.length === 0 ? [] : [word(each.length, targetOf(each[0]))])),
    ...(rest.length === 0 ? [] : [others]),
  ].join(", ");
}

/** The name by which the other end was looked up, else its address. */
export function targetOf(flow: LoggedFlow | undefined): string {
  return flow === undefined ? "" : (flow.name ?? flow.remoteAddress);
}

/** "tcp 25 at mx.example.net (192.0.2.9)" */
export function flowWords(flow: LoggedFlow): string {
  const port = flow.remotePort === null ? flow.protocol : `${flow.protocol} ${flow.remotePort}`;
  const where = flow.name === null ? flow.remoteAddress : `${flow.name} (${flow.remoteAddress})`;
  return flow.isInbound ? msg`${port} from ${where}` : msg`${port} to ${where}`;
}

/** Whether a connection is of those that a line of the ledger may rest on: on the ports of the way it spreads by. */
export function isBehind(
  flow: LoggedFlow,
  line: Pick<Evidence, "for">,
  { host, vector }: Pick<HostView, "host" | "vector">,
): boolean {
  if (flow.host !== host) return false;
  if (!line.for || vector === null || vector === "other") return true;
  const ports = flow.protocol === "udp" ? vectorUdpPorts[vector] : vectorPorts[vector];
  return ports.includes(flow.remotePort ?? -1);
}

/** Where to look for what a line rests on: the middle of its time, and how far to either side. */
export function spanOf(line: Pick<Evidence, "firstAt" | "lastAt">): { readonly at: number; readonly errorMs: number } {
  // The newest half day, where it goes on for longer.
  const from = Math.max(line.firstAt, line.lastAt - liveSpanMs);
  const at = Math.round((from + line.lastAt) / 2);
  return { at, errorMs: Math.min(liveSpanMs, Math.ceil((line.lastAt - from) / 2) + 5000) };
}

/**
 * The line of the ledger that a row of the time line told of, with the time until then: from the ledger as it is now, or, where it holds no
 * such line any more, the minutes before it was told.
 */
export function evidenceOf({ at, detail }: TimelineEntry, host: Pick<HostView, "evidence">): Evidence {
  const kind = String(detail["behaviour"]);
  const kept = host.evidence.find((line) => line.kind === kind);
  const told = { kind, for: detail["for"] === true, weight: Number(detail["weight"]), count: Number(detail["count"]) };
  const firstAt = Math.min(kept?.firstAt ?? at - toldWithinMs, at);
  return { ...told, firstAt, lastAt: at, text: String(detail["text"]) };
}
