import type { TimelineEntry } from "./timeline-view.ts";

/** As a spreadsheet reads it (RFC 4180). */
const columns = ["time", "kind", "what", "machine", "machine_key", "person", "text", "id"] as const;

// What a spreadsheet takes for a formula, whoever wrote it, in wide letters as well: where a field begins, and behind what parts
// fields or records for one whose country writes its numbers with a comma.
const formula = /(?<=^|[;\t\r\n])(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g;

/** One field of a CSV record: quoted, and never a formula. */
export function csvField(text: string): string {
  const plain = text.replaceAll(formula, "'");
  return `"${plain.replaceAll('"', '""')}"`;
}

const recordOf = (fields: readonly string[]): string => `${fields.map(csvField).join(",")}\r\n`;

/**
 * Rows as a file, piece by piece.
 *
 * @param pages the rows, a page at a time; returns whether these were all
 */
export async function* exported(
  format: "csv" | "json",
  pages: AsyncGenerator<readonly TimelineEntry[], boolean>,
): AsyncGenerator<string> {
  yield format === "csv" ? recordOf(columns) : '{"entries":[';
  let isFirst = true;
  for (;;) {
    const { done, value } = await pages.next();
    if (done === true) {
      if (format === "json") yield `],"isWhole":${value}}\n`;
      else if (!value) yield recordOf(["", "", "cut-here", "", "", "", "There are more rows than a file holds.", ""]);
      return;
    }
    let text = "";
    for (const entry of value) {
      text += format === "csv" ? csvRecord(entry) : `${isFirst ? "" : ",\n"}${JSON.stringify(entry)}`;
      isFirst = false;
    }
    yield text;
  }
}

function csvRecord({ at, kind, what, name, host, person, text, id }: TimelineEntry): string {
  return recordOf([new Date(at).toISOString(), kind, what, name ?? "", host ?? "", person ?? "", text, id]);
}
