/** What the kernel's connection tracking tells of one connection that was translated. */
export interface ConnectionEvent {
  readonly change: "begun" | "ended";
  /** Epoch milliseconds. */
  readonly at: number;
  readonly protocol: string;
  readonly insideAddress: string;
  readonly insidePort: number | null;
  readonly outsideAddress: string;
  readonly outsidePort: number | null;
  readonly remoteAddress: string;
  readonly remotePort: number | null;
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
  // Of ICMP each direction has its own number of the question, which is translated as a port is.
  const ids = values.get("id") ?? [];
  const isNumbered = insidePort === undefined && ids.length === 3;
  return {
    change,
    at: Number(stamp) * 1000,
    protocol,
    insideAddress,
    insidePort: portOf(isNumbered ? ids[0] : insidePort),
    outsideAddress,
    outsidePort: portOf(isNumbered ? ids[1] : outsidePort),
    remoteAddress,
    remotePort: portOf(remotePort ?? answererPort),
    kernelId: Number(ids.at(-1) ?? 0),
  };
}

function portOf(text: string | undefined): number | null {
  const port = Number(text ?? Number.NaN);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}
