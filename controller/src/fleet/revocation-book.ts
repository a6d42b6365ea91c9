/**
 * Whose key was taken back, in a file beside our own keys: a store that is put back to a backup has forgotten it, and whoever
 * stole a box would be let in again by that.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText, foreignCode } from "../errors.ts";
import type { Store } from "../store/schema.ts";
import { voidTokens } from "./tokens.ts";

const Revocation = Type.Object({
  sensorId: Type.String(),
  kind: Type.Union([Type.Literal("revoke"), Type.Literal("retire")]),
  /** Null where it had none, or one in its profile that is known by its certificate alone. */
  keyHash: Type.Union([Type.String(), Type.Null()]),
  /** Of its certificate; empty where it had none. */
  fingerprint: Type.String(),
  /** Epoch milliseconds. */
  at: Type.Integer(),
  reason: Type.String(),
});
export type Revocation = Static<typeof Revocation>;

/** One line of JSON for each, never changed and never removed. */
export class RevocationBook {
  readonly #file: string;

  constructor(dataDir: string) {
    this.#file = join(dataDir, "keys", "revocations.jsonl");
  }

  /** Every one that was written down; a line that broke off is none. Throws `file-unavailable`. */
  read(): Revocation[] {
    return this.#text()
      .split("\n")
      .flatMap((line) => {
        try {
          const value: unknown = JSON.parse(line);
          return Value.Check(Revocation, value) ? [value] : [];
        } catch {
          return [];
        }
      });
  }

  /** Whether a key was ever taken back: it never counts again, whoever shows it. Throws `file-unavailable`. */
  has(keyHash: string): boolean {
    return this.read().some((each) => each.keyHash === keyHash);
  }

  /** Writes one down; durable once this returns. Throws `file-unavailable`. */
  add(revocation: Revocation): void {
    // Behind a line that broke off a new one begins.
    const before = this.#text();
    const line = `${before === "" || before.endsWith("\n") ? "" : "\n"}${JSON.stringify(revocation)}\n`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const handle = openSync(this.#file, "a", 0o600);
      try {
        writeSync(handle, line);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      throw unavailable(this.#file, error);
    }
  }

  #text(): string {
    try {
      return readFileSync(this.#file, "utf8");
    } catch (error) {
      if (foreignCode(error) === "ENOENT") return "";
      throw unavailable(this.#file, error);
    }
  }
}

/**
 * Brings store and file together: what the store has forgotten is taken back again, and what the file lacks is written there.
 * Throws `file-unavailable` where the file cannot be read; that it cannot be written is logged alone.
 */
export async function reconcileRevocations(store: Store, ambient: Ambient, book: RevocationBook): Promise<void> {
  const written = book.read();
  const sensors = await store
    .selectFrom("sensors")
    .select(["id", "site_id", "key_hash", "certificate_fingerprint", "revoked_at", "retired_at"])
    .execute();
  for (const sensor of sensors) {
    const own = written.filter(({ sensorId }) => sensorId === sensor.id);
    const isIts = ({ kind, keyHash, fingerprint }: Revocation) =>
      kind === "retire" ||
      (keyHash === sensor.key_hash && (keyHash !== null || fingerprint === sensor.certificate_fingerprint));
    for (const kind of ["revoke", "retire"] as const) {
      const column = kind === "revoke" ? "revoked_at" : "retired_at";
      const known = own.find((each) => each.kind === kind && isIts(each));
      const at = sensor[column];
      if (at === null && known !== undefined) {
        await store.transaction().execute(async (rows) => {
          await rows
            .updateTable("sensors")
            .set({ [column]: known.at })
            .where("id", "=", sensor.id)
            .execute();
          await voidTokens(rows, sensor.id, ambient.clock.now());
          await writeAudit(rows, ambient, {
            author: "controller",
            action: kind === "revoke" ? "sensor-revoked" : "sensor-retired",
            siteId: sensor.site_id,
            subject: sensor.id,
            detail: `These records had forgotten it; the file beside the keys has not: ${known.reason}`,
          });
        });
      } else if (at !== null && known === undefined) {
        const of = { sensorId: sensor.id, kind, keyHash: sensor.key_hash, fingerprint: sensor.certificate_fingerprint };
        keepRevocation(book, ambient, { ...of, at, reason: "" });
      }
    }
  }
}

/** Writes one down, or says in the log that a restore would forget it: taking a key back must not fail for that. */
export function keepRevocation(book: RevocationBook, ambient: Ambient, revocation: Revocation): void {
  try {
    book.add(revocation);
  } catch (error) {
    const { sensorId } = revocation;
    ambient.log.error("a restore would forget that this sensor was withdrawn", { sensorId, error: errorText(error) });
  }
}

function unavailable(file: string, cause: unknown): ControllerError {
  return new ControllerError("file-unavailable", `cannot use ${file}: ${errorText(cause)}`, { cause });
}
