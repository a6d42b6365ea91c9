/** What the kernel's connection tracking tells of one connection that was translated. */
export interface ConnectionEvent {
  readonly change: "begun" | "ended";
  /** Epoch milliseconds. */
  readonly at: number;
  readonly protocol: string;
  /** As IP counts protocols. */
  readonly protocolNumber: number;
  readonly insideAddress: string;
  readonly insidePort: number | null;
  readonly outsideAddress: string;
  readonly outsidePort: number | null;
  readonly remoteAddress: string;
  readonly remotePort: number | null;
  /** Of an end: whether anything came back. */
  readonly isAnswered: boolean;
  /** Of an end, from inside and to it; null where the kernel does not count. Headers of IP are counted too. */
  readonly bytesOut: number | null;
  readonly bytesIn: number | null;
  /** The kernel's number; it is given again after the connection's end. */
  readonly kernelId: number;
}

const changes: Readonly<Record<string, ConnectionEvent["change"]>> = { "[NEW]": "begun", "[DESTROY]": "ended" };

/**
 * Reads a line of `conntrack -E -o timestamp,extended,id`; null for all that is no translated connection's beginning or
 * end. Each direction's addresses stand in an order of their own: first as the machine sent it, then as the answer
 * comes. Where the answer does not go to who asked, somebody translates.
 */
export function parseConnectionEvent(line: string): ConnectionEvent | null {
  const words = line.trim().split(/\s+/);
  const stamp = /^\[(\d+\.\d+)\]$/.exec(words[0] ?? "")?.[1];
  const change = changes[words[1] ?? ""];
  const protocol = words[4];
  if (stamp === undefined || change === undefined || protocol === undefined) return null;
  const values = new Map<string, string[]>();
  for (const word of words.slice(5)) {
    const equals = word.indexOf("=");
    if (equals > 0)
      values.set(word.slice(0, equals), [...(values.get(word.slice(0, equals)) ?? []), word.slice(equals + 1)]);
  }
  const [insideAddress, answerer] = values.get("src") ?? [];
  const [remoteAddress, outsideAddress] = values.get("dst") ?? [];
  if (insideAddress === undefined || remoteAddress === undefined || outsideAddress === undefined) return null;
  if (outsideAddress === insideAddress || answerer === undefined) return null;
  const [insidePort, answererPort] = values.get("sport") ?? [];
  const [remotePort, outsidePort] = values.get("dport") ?? [];
  const [bytesOut, bytesIn] = values.get("bytes") ?? [];
  // Of ICMP each direction has its own number of the question, which is translated as a port is.
  const ids = values.get("id") ?? [];
  const isNumbered = insidePort === undefined && ids.length === 3;
  return {
    change,
    at: Number(stamp) * 1000,
    protocol,
    protocolNumber: Number(words[5]),
    insideAddress,
    insidePort: portOf(isNumbered ? ids[0] : insidePort),
    outsideAddress,
    outsidePort: portOf(isNumbered ? ids[1] : outsidePort),
    remoteAddress,
    remotePort: portOf(remotePort ?? answererPort),
    isAnswered: !words.includes("[UNREPLIED]"),
    bytesOut: countOf(bytesOut),
    bytesIn: countOf(bytesIn),
    kernelId: Number(ids.at(-1) ?? 0),
  };
}

function countOf(text: string | undefined): number | null {
  const count = Number(text ?? Number.NaN);
  return Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function portOf(text: string | undefined): number | null {
  const port = Number(text ?? Number.NaN);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}
