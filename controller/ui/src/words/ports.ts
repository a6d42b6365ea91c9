/** Ports as people write them: `tcp 135–139, 445, udp 1434`. Empty where there are none. */
export function portsInWords({
  tcp,
  udp,
}: {
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}): string {
  return [
    ...(tcp.length === 0 ? [] : [`tcp ${ranges(tcp)}`]),
    ...(udp.length === 0 ? [] : [`udp ${ranges(udp)}`]),
  ].join(", ");
}

/** Three and more that follow one another are told by the first and the last. */
function ranges(ports: readonly number[]): string {
  const runs: number[][] = [];
  for (const port of ports.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.at(-1) === port - 1) last.push(port);
    else runs.push([port]);
  }
  return runs.flatMap((run) => (run.length < 3 ? run.map(String) : [`${run[0]}–${run.at(-1)}`])).join(", ");
}
