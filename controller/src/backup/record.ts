/** What stands in a backup: records in JSON, one a line. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { ControllerError } from "../errors.ts";
import { unseal } from "./sealed-file.ts";

const Cell = Type.Union([Type.String(), Type.Number(), Type.Null()]);

/** The first: what made it, and which schema its tables have. */
export const Begin = Type.Object({
  kind: Type.Literal("begin"),
  software: Type.String(),
  /** How many migrations the tables have behind them. */
  schema: Type.Integer({ minimum: 1 }),
  createdAt: Type.Integer(),
});
export type Begin = Static<typeof Begin>;

export const BackupRecord = Type.Union([
  Begin,
  /** A file of the data directory. */
  Type.Object({ kind: Type.Literal("file"), path: Type.String(), text: Type.String() }),
  /** Rows of a table: tables that others refer to come before those. */
  Type.Object({
    kind: Type.Literal("rows"),
    table: Type.String({ pattern: "^[a-z_]+$" }),
    columns: Type.Array(Type.String({ pattern: "^[a-z_]+$" })),
    rows: Type.Array(Type.Array(Cell)),
  }),
  Type.Object({ kind: Type.Literal("end"), rows: Type.Integer() }),
]);
export type BackupRecord = Static<typeof BackupRecord>;

const checker = Compile(BackupRecord);

/** The records of a sealed file. Throws as {@link unseal} does, and `backup-damaged` where they are not whole. */
export async function* recordsOf(file: Readable, passphrase: string): AsyncGenerator<BackupRecord> {
  const opened = Readable.from(unseal(file, passphrase), { objectMode: false });
  const unpacked = createGunzip();
  // Told in its own words by the loop below, and not by the unpacking that ends with it.
  opened.on("error", (error) => unpacked.destroy(error));
  const lines = createInterface({ input: opened.pipe(unpacked), crlfDelay: Number.POSITIVE_INFINITY });
  unpacked.on("error", () => lines.close());
  let isEnded = false;
  for await (const line of lines) {
    const record = parsed(line);
    isEnded = record.kind === "end";
    yield record;
  }
  const cause = opened.errored ?? unpacked.errored;
  if (cause instanceof ControllerError) throw cause;
  if (cause !== null || !isEnded) throw new ControllerError("backup-damaged", "the backup is cut off", { cause });
}

function parsed(line: string): BackupRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new ControllerError("backup-damaged", "the backup is damaged: a record cannot be read", { cause });
  }
  if (!checker.Check(value)) throw new ControllerError("backup-damaged", "the backup is damaged: an unknown record");
  return value;
}
