import encodeQR from "qr";
import { ink, type Path } from "./drawing.ts";

/** A QR code (ISO/IEC 18004) as one shape, `size` points wide with its quiet zone. */
export function code(text: string, x: number, y: number, size: number): Path {
  // A quarter of it may be scratched off.
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const side = size / rows.length;
  const at = (value: number): string => value.toFixed(2);
  const d = rows.flatMap((row, line) =>
    runsOf(row).map(
      ([from, to]) =>
        `M${at(x + from * side)} ${at(y + line * side)}H${at(x + to * side)}V${at(y + (line + 1) * side)}H${at(x + from * side)}Z`,
    ),
  );
  return { kind: "path", d: d.join(""), fill: ink.black };
}

/** Where dark runs begin and end: fewer shapes, and no hairlines between them. */
function runsOf(row: readonly boolean[]): (readonly [number, number])[] {
  const runs: (readonly [number, number])[] = [];
  for (let from = 0; from < row.length; from += 1) {
    if (row[from] !== true) continue;
    let to = from;
    while (row[to] === true) to += 1;
    runs.push([from, to]);
    from = to;
  }
  return runs;
}
