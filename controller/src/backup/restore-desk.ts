/**
 * A backup that is brought by the page: taken in by parts beside the data directory, read to its end before anything is asked
 * for, and then handed to whoever runs the controller, for nobody can put data back under a controller that serves them.
 */
import { open, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { checkBackup, type BackupContent } from "./restore.ts";

/** Larger ones are put back at the terminal. */
export const maxRestoreBytes = 4 * 1024 ** 3;

/** Of one request: it has to be over within a request's time on a slow line. */
export const maxRestorePartBytes = 2 * 1024 ** 2;

// Whoever has gone away has not left a file of secrets for good.
const forgetAfterMs = 3_600_000;

/** What is to be put back in place of what is served. */
export interface RestoreOrder {
  readonly file: string;
  readonly passphrase: string;
  readonly author: string;
}

/** That a restore which was asked for by the page has changed nothing. */
export interface FailedRestore {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
}

interface Upload {
  readonly id: string;
  /** Of the session that brings it. */
  readonly owner: string;
  readonly sizeBytes: number;
  taken: number;
  cancel: () => void;
}

export interface RestoreDeskParts {
  readonly dataDir: string;
  readonly ambient: Ambient;
  /** Ends this controller, puts the data back and starts it again, in any case. Absent where nobody can. */
  readonly order: ((order: RestoreOrder) => void) | undefined;
  /** Of the last one; null where none failed. */
  readonly failed: FailedRestore | null;
}

/** One upload at a time: whoever begins another has thrown the first away. */
export class RestoreDesk {
  readonly #parts: RestoreDeskParts;
  readonly #file: string;
  #upload: Upload | null = null;
  #isChecking = false;
  #isOrdered = false;

  constructor(parts: RestoreDeskParts) {
    this.#parts = parts;
    this.#file = `${parts.dataDir}.incoming`;
  }

  /** Whether a backup can be put back from the page. */
  get isOffered(): boolean {
    return this.#parts.order !== undefined;
  }

  /** The data directory. */
  get dataDir(): string {
    return this.#parts.dataDir;
  }

  get failed(): FailedRestore | null {
    return this.#parts.failed;
  }

  /** Throws `restore-not-offered`, `restore-too-large` and `restore-no-room`. */
  async begin(owner: string, sizeBytes: number): Promise<string> {
    if (!this.isOffered || this.#isOrdered) throw new ControllerError("restore-not-offered", "not from here");
    if (sizeBytes > maxRestoreBytes) {
      throw new ControllerError("restore-too-large", `${sizeBytes} bytes; ${maxRestoreBytes} are taken`);
    }
    const { bavail, bsize } = await statfs(dirname(this.#file));
    // As much again for what is made of it, which was packed.
    if (bavail * bsize < 3 * sizeBytes) throw new ControllerError("restore-no-room", "the disk is too full for it");
    await this.forget();
    try {
      await (await open(this.#file, "w", 0o600)).close();
    } catch (cause) {
      throw new ControllerError("restore-not-offered", `cannot write beside the data: ${errorText(cause)}`, { cause });
    }
    const id = this.#parts.ambient.random(16).toString("hex");
    const cancel = this.#parts.ambient.clock.after(forgetAfterMs, () => void this.forget());
    this.#upload = { id, owner, sizeBytes, taken: 0, cancel };
    return id;
  }

  /** Appends. Throws `unknown-restore`, and `restore-part-elsewhere` where it does not go on from what is there. */
  async take(id: string, owner: string, offset: number, part: Uint8Array): Promise<void> {
    const upload = this.#own(id, owner);
    if (offset !== upload.taken || offset + part.length > upload.sizeBytes) {
      throw new ControllerError("restore-part-elsewhere", `${upload.taken} of ${upload.sizeBytes} bytes are there`);
    }
    // Before it is written: of two that come at once one goes on from elsewhere.
    upload.taken += part.length;
    const file = await open(this.#file, "r+");
    try {
      for (let done = 0; done < part.length;) {
        done += (await file.write(part, done, part.length - done, offset + done)).bytesWritten;
      }
    } catch (error) {
      upload.taken = offset;
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Reads it to its end. Throws what {@link checkBackup} throws, `restore-part-elsewhere` before it is all there, and `still-answering`. */
  async check(id: string, owner: string, passphrase: string): Promise<BackupContent> {
    const upload = this.#own(id, owner);
    if (upload.taken !== upload.sizeBytes || (await stat(this.#file)).size !== upload.sizeBytes) {
      throw new ControllerError("restore-part-elsewhere", `${upload.taken} of ${upload.sizeBytes} bytes are there`);
    }
    // A key takes 64 MiB and a while.
    if (this.#isChecking) throw new ControllerError("still-answering", "it is being read");
    this.#isChecking = true;
    try {
      return await checkBackup(await readableOf(this.#file), passphrase);
    } finally {
      this.#isChecking = false;
    }
  }

  /** Hands it over; the controller ends once the caller has answered. Throws what {@link check} throws. */
  async order(id: string, owner: string, passphrase: string, author: string): Promise<() => void> {
    await this.check(id, owner, passphrase);
    const upload = this.#own(id, owner);
    const { order } = this.#parts;
    if (order === undefined || this.#isOrdered) throw new ControllerError("restore-not-offered", "not from here");
    this.#isOrdered = true;
    upload.cancel();
    return () => order({ file: this.#file, passphrase, author });
  }

  /** Throws away what was brought, if it is not being put back. */
  async forget(): Promise<void> {
    if (this.#isOrdered) return;
    this.#upload?.cancel();
    this.#upload = null;
    await rm(this.#file, { force: true });
  }

  #own(id: string, owner: string): Upload {
    const upload = this.#upload;
    if (upload === null || upload.id !== id || upload.owner !== owner) {
      throw new ControllerError("unknown-restore", "it is not there any more");
    }
    return upload;
  }
}

/** Opens a backup for reading. */
export async function readableOf(file: string): Promise<Readable> {
  return (await open(file)).createReadStream();
}
