/** By what a machine is found: what people call it, each on a line of its own, in small letters. */
import { machineName, type HostSnapshot } from "@cordon/contract";
import { sql, type RawBuilder } from "kysely";
import type { HostRow, Rows } from "./schema.ts";

const rowsAtOnce = 500;

/** Lines that can be looked for whole or in part. */
export function linesOf(words: readonly string[]): string {
  return `\n${words.map((word) => word.replaceAll(/[\r\n]+/g, " ").toLowerCase()).join("\n")}\n`;
}

/** Of a machine itself: its name, what it goes by, and its addresses. */
export function wordsOfHost(host: HostSnapshot): string {
  return linesOf([machineName(host), host.host, ...(host.mac === null ? [] : [host.mac]), ...host.addresses]);
}

const escaped = (text: string): string => text.toLowerCase().replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);

/** Whether words hold a text. */
export function hold(words: RawBuilder<string>, text: string): RawBuilder<boolean> {
  return sql<boolean>`${words} like ${`%${escaped(text)}%`} escape '\\'`;
}

/** Whether a text is one of the lines. */
export function haveLine(words: RawBuilder<string>, line: string): RawBuilder<boolean> {
  return hold(words, `\n${line}\n`);
}

/** Within the transaction that makes their column. */
export async function fillHostWords(rows: Rows): Promise<void> {
  let last: Pick<HostRow, "site_id" | "host"> = { site_id: "", host: "" };
  for (;;) {
    const found = await rows
      .selectFrom("hosts")
      .select(["site_id", "host", "snapshot"])
      .where(sql<boolean>`(site_id, host) > (${last.site_id}, ${last.host})`)
      .orderBy("site_id")
      .orderBy("host")
      .limit(rowsAtOnce)
      .execute();
    for (const { site_id: siteId, host, snapshot } of found) {
      const words = wordsOfHost(JSON.parse(snapshot) as HostSnapshot);
      await rows.updateTable("hosts").set({ words }).where("site_id", "=", siteId).where("host", "=", host).execute();
    }
    const end = found.at(-1);
    if (end === undefined) break;
    last = end;
  }
  const written = await rows.selectFrom("host_particulars").select(["site_id", "host", "owner", "place"]).execute();
  for (const { site_id: siteId, host, owner, place } of written) {
    await rows
      .updateTable("host_particulars")
      .set({ words: linesOf([owner, place]) })
      .where("site_id", "=", siteId)
      .where("host", "=", host)
      .execute();
  }
}
