import type { FlowOutcome, LoggedFlow, Verdict } from "@cordon/contract";
import type { FlowLine } from "../connection/flow.ts";
import { formatAddress, formatMac, parseMac } from "../packet/address.ts";
import { protocols, type AddressKey } from "../packet/packet.ts";

/** As SQLite has it: small integers take a byte or two, absent ones none. */
export type Cell = number | string | Uint8Array | null;

/** Columns of a line beside its id, in the order of {@link cellsOf}. */
export const flowColumns = [
  ...(["remote", "remote_port", "inside", "inside_port", "outside", "outside_port"] as const),
  ...(["host", "start", "duration", "code", "attempts", "bytes_out", "bytes_in", "name"] as const),
] as const;

export type FlowRow = Readonly<Record<(typeof flowColumns)[number], Cell>>;

/** 0 stands for null. New words go to the end. */
const outcomes: readonly (FlowOutcome | null)[] = [
  ...([null, "established", "refused", "unreachable", "silent"] as const),
  ...(["refused-by-us", "refused-by-gateway", "line-down"] as const),
];
const verdicts: readonly (Verdict | null)[] = [null, "clear", "watched", "suspect", "infected"];

/** IPv4 as a number, IPv6 as its 16 bytes. */
export function addressCell(address: AddressKey): number | Uint8Array {
  return typeof address === "number" ? address >>> 0 : Buffer.from(address, "latin1");
}

/** A machine's key: a MAC as a number, an address as it is written. */
export function hostCell(host: string): number | string {
  return parseMac(host) ?? host;
}

/** Lines stand in a batch in this order: spread evenly, so that where one stands can be told without looking. */
export function addressHash(address: number | Uint8Array): number {
  let state = 0;
  if (typeof address === "number") state = address | 0;
  else for (const byte of address) state = Math.imul(state ^ byte, 0x0100_0193);
  // Murmur3's finish.
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** Whether two cells hold the same address. */
export function isSameAddress(one: number | Uint8Array, other: number | Uint8Array): boolean {
  if (typeof one === "number" || typeof other === "number") return one === other;
  return Buffer.compare(one, other) === 0;
}

/** `start` counts from the batch's first. */
export function cellsOf(line: FlowLine, batchAt: number): Cell[] {
  const { protocol, isInbound, isEnded, startedAt, lastAt, outside, host } = line;
  const words = (outcomes.indexOf(line.outcome) << 3) | verdicts.indexOf(line.verdict);
  const code = (protocol << 9) | (words << 2) | (Number(isInbound) << 1) | Number(isEnded);
  const start = Math.round(startedAt) - batchAt;
  return [
    ...[addressCell(line.remote), portCell(line.remotePort), addressCell(line.inside), portCell(line.insidePort)],
    ...[outside === null ? null : addressCell(outside), portCell(line.outsidePort)],
    ...[host === null ? null : hostCell(host), start, Math.round(lastAt) - batchAt - start],
    ...[code, line.attempts, line.bytesOut, line.bytesIn, line.name],
  ];
}

/** The line as it is told, with what its clock may have been wrong by. */
export function flowOf(row: FlowRow, batchAt: number, clockErrorMs: number | null): LoggedFlow {
  const code = Number(row.code);
  const startedAt = batchAt + Number(row.start);
  const lastAt = startedAt + Number(row.duration);
  const { host } = row;
  return {
    ...{ startedAt, lastAt, endedAt: (code & 1) === 1 ? lastAt : null },
    protocol: protocolName(code >> 9),
    isInbound: (code & 2) !== 0,
    host: typeof host === "number" ? formatMac(host) : (host as string | null),
    verdict: verdicts[(code >> 2) & 7] ?? null,
    insideAddress: addressText(row.inside),
    insidePort: row.inside_port as number | null,
    outsideAddress: row.outside === null ? null : addressText(row.outside),
    outsidePort: row.outside_port as number | null,
    remoteAddress: addressText(row.remote),
    remotePort: row.remote_port as number | null,
    name: row.name as string | null,
    outcome: outcomes[(code >> 5) & 15] ?? null,
    attempts: Number(row.attempts),
    bytesOut: row.bytes_out as number | null,
    bytesIn: row.bytes_in as number | null,
    clockErrorMs,
  };
}

function portCell(port: number): number | null {
  return port < 0 ? null : port;
}

function addressText(cell: Cell): string {
  return formatAddress(typeof cell === "number" ? cell | 0 : Buffer.from(cell as Uint8Array).toString("latin1"));
}

function protocolName(number: number): string {
  const name = Object.entries(protocols).find(([, known]) => known === number)?.[0];
  return name ?? String(number);
}
