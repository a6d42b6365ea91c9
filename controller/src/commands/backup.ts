import { createWriteStream, linkSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { operator } from "../account/people.ts";
import { writeAudit } from "../account/audit.ts";
import { systemAmbient, type Log } from "../ambient.ts";
import { createBackup } from "../backup/create.ts";
import { checkBackup, endRestore, restoreBackup } from "../backup/restore.ts";
import { minPassphraseLength, newBackupKey } from "../backup/sealed-file.ts";
import { ControllerError, errorText } from "../errors.ts";
import { openStore } from "../store/open-store.ts";
import { lockForServing } from "../store/serve-lock.ts";

interface PassphraseWish {
  /** Absent: `CORDON_PASSPHRASE` of the environment. */
  readonly passphraseFile?: string;
}

export interface BackupCreateWish extends PassphraseWish {
  readonly data: string;
  readonly store?: string;
  readonly output: string;
}

export interface BackupRestoreWish extends PassphraseWish {
  readonly data: string;
  readonly store?: string;
  readonly input: string;
}

export interface BackupCheckWish extends PassphraseWish {
  readonly input: string;
}

// Never an argument: everybody on the machine reads those.
function passphraseOf({ passphraseFile }: PassphraseWish): string {
  let text = process.env["CORDON_PASSPHRASE"] ?? "";
  if (passphraseFile !== undefined) {
    try {
      text = readFileSync(passphraseFile, "utf8").replace(/\r?\n$/, "");
    } catch (error) {
      throw new ControllerError("passphrase-missing", `cannot read the passphrase: ${errorText(error)}`, {
        cause: error,
      });
    }
  }
  if (text === "") throw new ControllerError("passphrase-missing", "give --passphrase-file, or CORDON_PASSPHRASE");
  return text;
}

/** Writes everything of a controller into one sealed file; also while it is served. */
export async function makeBackup(wish: BackupCreateWish, log: Log, print: (line: string) => void): Promise<void> {
  const ambient = systemAmbient(log);
  const passphrase = passphraseOf(wish);
  if (passphrase.length < minPassphraseLength) {
    throw new ControllerError("passphrase-short", `the passphrase needs ${minPassphraseLength} letters at least`);
  }
  const store = await openStore(wish.data, { url: wish.store });
  try {
    await writeAudit(store, ambient, { author: operator, action: "backup-created", detail: "" });
  } finally {
    await store.destroy();
  }
  const beside = `${wish.output}.${ambient.random(8).toString("hex")}`;
  const source = { dataDir: wish.data, storeUrl: wish.store, now: ambient.clock.now() };
  try {
    const sealed = await createBackup(source, await newBackupKey(passphrase));
    await pipeline(sealed, createWriteStream(beside, { flags: "wx", mode: 0o600, flush: true }));
    // What was written is what can be read.
    const { rows } = await checkBackup(await openInput(beside), passphrase);
    linkSync(beside, wish.output);
    print(
      `${wish.output} holds ${rows} rows and the keys. Nobody opens it without the passphrase: keep that elsewhere.`,
    );
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    throw new ControllerError("file-unavailable", `cannot write ${wish.output}: ${errorText(error)}`, { cause: error });
  } finally {
    rmSync(beside, { force: true });
  }
}

async function openInput(file: string): Promise<Readable> {
  try {
    return (await open(file)).createReadStream();
  } catch (error) {
    throw new ControllerError("file-unavailable", `cannot read ${file}: ${errorText(error)}`, { cause: error });
  }
}

/** Says whether a backup can be restored. */
export async function verifyBackup(wish: BackupCheckWish, print: (line: string) => void): Promise<void> {
  const { begin, rows } = await checkBackup(await openInput(wish.input), passphraseOf(wish));
  print(`Whole: ${rows} rows, of ${new Date(begin.createdAt).toISOString()}, made by ${begin.software}`);
}

/** Puts a controller back that is not served. */
export async function putBack(wish: BackupRestoreWish, log: Log, print: (line: string) => void): Promise<void> {
  const passphrase = passphraseOf(wish);
  endRestore(wish.data);
  const unlock = lockForServing(wish.data);
  try {
    const { begin, rows, before, keptKeys } = await restoreBackup(() => openInput(wish.input), passphrase, {
      ...{ dataDir: wish.data, storeUrl: wish.store, author: operator, ambient: systemAmbient(log) },
    });
    print(`Restored ${rows} rows, of ${new Date(begin.createdAt).toISOString()}`);
    if (before !== null) print(`What was there lies in ${before}${keptKeys ? "; its keys are in use still" : ""}`);
    print("Accounts, invitations and tokens are those of that time: end again what was ended since");
    print("Start it, and wait for each box to report: what boxes hold comes back into the records");
  } finally {
    unlock();
  }
}
