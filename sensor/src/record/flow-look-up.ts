import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ClockStep, FlowLoss, LoggedFlow, LookUpAnswer, LookUpQuestion } from "@cordon/contract";
import type { FlowLine } from "../connection/flow.ts";
import { parseAddress } from "../packet/address.ts";
import {
  addressCell,
  cellsOf,
  addressHash,
  hostCell,
  flowColumns,
  flowOf,
  isSameAddress,
  type FlowRow,
} from "./flow-row.ts";
import { idsOf } from "./flow-schema.ts";
import type { Batch, FlowIndex, TimeSpan } from "./flow-index.ts";
import type { FilterKey } from "./line-filter.ts";

/** A question that says how much is to be told. */
export type BoundedQuestion = LookUpQuestion & { readonly limit: number };

/** What only the box knows of itself. */
export interface LookUpPlace {
  /** By how much its clock may be wrong now, milliseconds; null where nothing is known of that. */
  readonly clockErrorMs: number | null;
  /** Whether the port that the Internet sees is known here: this box translates, or stands beyond whoever does. */
  readonly isPortDecisive: boolean;
  /** Connections that began after this may not have been handed to the log yet, epoch milliseconds. */
  readonly completeUntil: number;
}

/** The log's file, open. */
interface Log {
  readonly database: DatabaseSync;
  readonly index: FlowIndex;
}

interface Asked {
  /** What is to be searched of lines whose clock may be so wrong; of one that nobody knows an hour is assumed. */
  readonly spanOf: (clockErrorMs: number | null) => TimeSpan;
  readonly remote: number | Uint8Array | null;
  readonly remotePort: number | null;
  readonly ourPort: number | null;
  /** As its column has it. */
  readonly host: number | string | null;
  readonly limit: number;
}

const maxLosses = 100;
const maxSteps = 100;
const assumedErrorMs = 3_600_000;
// Whoever reads an answer about a Tuesday wants to know what was done to the clock that day.
const stepsAroundMs = 86_400_000;

/** Everything beside the address is compared row by row. */
const conditions = `start <= $to AND start + duration >= $from
  AND ($remote IS NULL OR remote = $remote) AND ($remotePort IS NULL OR remote_port = $remotePort)
  AND ($ourPort IS NULL OR coalesce(outside_port, inside_port) = $ourPort) AND ($host IS NULL OR host = $host)`;
const selected = `SELECT ${flowColumns.join(", ")} FROM flows WHERE id >= $first AND id < $end`;

/** Answers from the log's file and from what waits to be written into it. Of a log that has no file: null. */
export function lookUp(
  log: Log | null,
  question: BoundedQuestion,
  rest: LookUpPlace & { readonly waiting: readonly FlowLine[]; readonly losses: readonly FlowLoss[] },
): LookUpAnswer {
  const { clockErrorMs, isPortDecisive, completeUntil, waiting } = rest;
  const { limit } = question;
  const spanOf = (errorMs: number | null): TimeSpan => {
    const spread = question.errorMs + (errorMs ?? assumedErrorMs);
    return { from: Math.max(0, question.at - spread), to: question.at + spread };
  };
  const address = question.remoteAddress === undefined ? null : parseAddress(question.remoteAddress);
  const asked: Asked = {
    ...{ spanOf, limit },
    remote: address === null ? null : addressCell(address),
    remotePort: question.remotePort ?? null,
    ourPort: question.ourPort ?? null,
    host: question.host === undefined ? null : hostCell(question.host),
  };
  const search = (each: Asked) => merged([...readFile(log, each), ...readWaiting(waiting, each, clockErrorMs)]);
  const exact = question.remoteAddress !== undefined && address === null ? [] : search(asked);
  const isOpen = asked.ourPort !== null && !isPortDecisive && exact.length <= limit && asked.remote !== null;
  // Another box may have put another port in its place.
  const others = isOpen ? search({ ...asked, ourPort: null }).filter((flow) => portOf(flow) !== asked.ourPort) : [];
  const flows = [...exact, ...others];
  const clocks = clocksOf(log, asked, waiting, clockErrorMs);
  const { from, to } = spanOf(clocks.errorMs);
  return {
    flows: flows.slice(0, limit),
    hasMore: flows.length > limit,
    ...{ from, to, clockErrorMs: clocks.errorMs, isClockKnown: clocks.isKnown, isPortDecisive, completeUntil },
    since: sinceOf(log, waiting),
    unwritten: waiting.length,
    lost: lossesOf(log, rest.losses, from, to),
    clockSteps: stepsOf(log, from - stepsAroundMs, to + stepsAroundMs),
  };
}

/** The most that any line of the searched time may be off; where there is none, what one of now may be. */
function clocksOf(log: Log | null, { spanOf }: Asked, waiting: readonly FlowLine[], nowErrorMs: number | null) {
  const errors = (log?.index.inTime((batch) => spanOf(batch.clock_error)) ?? []).map((batch) => batch.clock_error);
  const { from, to } = spanOf(nowErrorMs);
  const isNow = errors.length === 0 || waiting.some(({ startedAt, lastAt }) => startedAt <= to && lastAt >= from);
  if (isNow) errors.push(nowErrorMs);
  return {
    errorMs: errors.reduce<number>((most, errorMs) => Math.max(most, errorMs ?? assumedErrorMs), 0),
    isKnown: !errors.includes(null),
  };
}

/** Newest batches first, until no older one can hold anything newer than what was found. */
function* readFile(log: Log | null, asked: Asked): Generator<LoggedFlow> {
  if (log === null) return;
  const statement = log.database.prepare(`${selected} AND ${conditions} ORDER BY start DESC LIMIT $limit`);
  const place = new AddressPlaces(log.database, asked.remote);
  const limit = asked.limit + 1;
  // Of what is told anew of long connections nothing is counted: it may be there already.
  let starts: number[] = [];
  const inTime = log.index.inTime((batch) => asked.spanOf(batch.clock_error));
  for (const batch of log.index.candidates(inTime, keysOf(asked))) {
    const { from, to } = asked.spanOf(batch.clock_error);
    const { first_start: first, last_start: last, is_late: isLate } = batch;
    if (starts.length >= limit && (starts[limit - 1] ?? 0) > last) return;
    const ids = place.in(batch);
    if (ids.first === ids.end) continue;
    const rows = statement.all({
      ...{ $first: ids.first, $end: ids.end, $from: from - first, $to: to - first, $limit: limit },
      ...{ $remote: asked.remote, $remotePort: asked.remotePort, $ourPort: asked.ourPort },
      $host: asked.host,
    }) as unknown as FlowRow[];
    const flows = rows.map((row) => flowOf(row, first, batch.clock_error));
    yield* flows;
    if (isLate === 1 || flows.length === 0) continue;
    starts = [...starts, ...flows.map(({ startedAt }) => startedAt)].toSorted((one, other) => other - one);
    starts.length = Math.min(starts.length, limit);
  }
}

function keysOf({ remote, remotePort, ourPort }: Asked): FilterKey[] {
  return [
    ...(remote === null ? [] : [{ of: "remote", value: remote } as const]),
    ...(remotePort === null ? [] : [{ of: "remote-port", value: remotePort } as const]),
    ...(ourPort === null ? [] : [{ of: "our-port", value: ourPort } as const]),
  ];
}

/** Lines that are read around the place where an address should stand: hardly ever is it further off. */
const guessed = 48;

/** Where in its batches an address stands: about where its hash says, so that hardly more than that page is read. */
class AddressPlaces {
  readonly #remote: Asked["remote"];
  readonly #hash: number;
  readonly #around: StatementSync;
  readonly #at: StatementSync;

  constructor(database: DatabaseSync, remote: Asked["remote"]) {
    this.#remote = remote;
    this.#hash = remote === null ? 0 : addressHash(remote);
    this.#around = database.prepare("SELECT remote FROM flows WHERE id >= ? AND id < ?");
    this.#at = database.prepare("SELECT remote FROM flows WHERE id = ?");
  }

  /** From the first line that may have it up to and without the last. */
  in({ id, lines }: Batch): { readonly first: number; readonly end: number } {
    const { first } = idsOf(id);
    if (this.#remote === null) return { first, end: first + lines };
    const middle = Math.floor((this.#hash / 2 ** 32) * lines);
    const [from, to] = [Math.max(0, middle - guessed), Math.min(lines, middle + guessed)];
    const around = this.#around.all(first + from, first + to) as { remote: number | Uint8Array }[];
    const hashes = around.map(({ remote }) => addressHash(remote));
    const isWhole =
      (from === 0 || (hashes[0] ?? 0) < this.#hash) && (to === lines || (hashes.at(-1) ?? 0) > this.#hash);
    const [low, high] = isWhole
      ? [
          from + hashes.filter((hash) => hash < this.#hash).length,
          from + hashes.filter((hash) => hash <= this.#hash).length,
        ]
      : [this.#search(first, lines, this.#hash), this.#search(first, lines, this.#hash + 1)];
    return { first: first + low, end: first + high };
  }

  /** The first place of a batch whose hash is not less, by halving. */
  #search(first: number, lines: number, hash: number): number {
    let [low, high] = [0, lines];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { remote } = this.#at.get(first + middle) as { remote: number | Uint8Array };
      if (addressHash(remote) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function* readWaiting(waiting: readonly FlowLine[], asked: Asked, errorMs: number | null): Generator<LoggedFlow> {
  const { from, to } = asked.spanOf(errorMs);
  for (const line of waiting) {
    if (line.startedAt > to || line.lastAt < from) continue;
    if (asked.remotePort !== null && line.remotePort !== asked.remotePort) continue;
    const port = line.outsidePort < 0 ? line.insidePort : line.outsidePort;
    if (asked.ourPort !== null && port !== asked.ourPort) continue;
    if (asked.host !== null && (line.host === null || hostCell(line.host) !== asked.host)) continue;
    if (asked.remote !== null && !isSameAddress(addressCell(line.remote), asked.remote)) continue;
    const cells = cellsOf(line, 0);
    yield flowOf(Object.fromEntries(flowColumns.map((name, index) => [name, cells[index]])) as FlowRow, 0, errorMs);
  }
}

/** Newest first; of a connection that was told twice, what was told of its end. */
function merged(flows: readonly LoggedFlow[]): LoggedFlow[] {
  const byBeginning = new Map<string, LoggedFlow>();
  for (const flow of flows) {
    const { startedAt, protocol, insideAddress, insidePort, remoteAddress, remotePort } = flow;
    const key = [startedAt, protocol, insideAddress, insidePort, remoteAddress, remotePort].join(" ");
    const other = byBeginning.get(key);
    const isLater = other === undefined || (other.endedAt ?? 0) < (flow.endedAt ?? 0) || other.lastAt < flow.lastAt;
    if (isLater) byBeginning.set(key, flow);
  }
  return [...byBeginning.values()].toSorted((one, other) => other.startedAt - one.startedAt);
}

function portOf({ outsidePort, insidePort }: LoggedFlow): number | null {
  return outsidePort ?? insidePort;
}

function sinceOf(log: Log | null, waiting: readonly FlowLine[]): number | null {
  const at = log?.index.since ?? null;
  if (at !== null || waiting.length === 0) return at;
  return waiting.reduce((least, line) => Math.min(least, Math.round(line.startedAt)), Number.POSITIVE_INFINITY);
}

function lossesOf(log: Log | null, pending: readonly FlowLoss[], from: number, to: number): FlowLoss[] {
  const stored = (log?.database
    .prepare(
      `SELECT first_at AS "from", last_at AS "to", reason, count FROM losses
       WHERE first_at <= ? AND last_at >= ? ORDER BY first_at DESC LIMIT ?`,
    )
    .all(to, from, maxLosses) ?? []) as unknown as FlowLoss[];
  const unwritten = pending.filter((loss) => loss.from <= to && loss.to >= from);
  return [...unwritten, ...stored.map((loss) => ({ ...loss }))].slice(0, maxLosses);
}

function stepsOf(log: Log | null, from: number, to: number): ClockStep[] {
  const rows = (log?.database
    .prepare("SELECT at, by_ms, is_corrected FROM steps WHERE at BETWEEN ? AND ? ORDER BY at DESC LIMIT ?")
    .all(from, to, maxSteps) ?? []) as unknown as { at: number; by_ms: number; is_corrected: number }[];
  return rows.map(({ at, by_ms: byMs, is_corrected: isCorrected }) => ({ at, byMs, isCorrected: isCorrected === 1 }));
}
