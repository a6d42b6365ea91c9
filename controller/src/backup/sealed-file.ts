/**
 * A file that nobody reads without its passphrase, written and read as a stream. A line that says what it is and how the key comes
 * from the passphrase (argon2id, RFC 9106), then frames of AES-256-GCM: the STREAM construction (Hoang, Reyhanitabar, Rogaway,
 * Vizár, 2015), in which each frame's nonce is its number and whether it is the last. So none can be changed, left out, moved, or
 * cut off at the end.
 */
import { argon2, createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { ControllerError } from "../errors.ts";

export const minPassphraseLength = 12;

const Head = Type.Object({
  /** Of the layout; a reader refuses a newer one. */
  cordonBackup: Type.Integer({ minimum: 1 }),
  /** KiB. */
  memory: Type.Integer({ minimum: 8, maximum: 1_048_576 }),
  passes: Type.Integer({ minimum: 1, maximum: 16 }),
  parallelism: Type.Integer({ minimum: 1, maximum: 16 }),
  /** Base64url, like all below. */
  salt: Type.String({ maxLength: 64 }),
  /** By which a wrong passphrase is told from a damaged file. */
  check: Type.String({ maxLength: 64 }),
  prefix: Type.String({ maxLength: 16 }),
});
type Head = Static<typeof Head>;

const version = 1;
/** What it costs to try one passphrase; memory in KiB. */
export type KeyCost = Pick<Head, "memory" | "passes" | "parallelism">;

// RFC 9106, the second recommended choice.
const defaultCost: KeyCost = { memory: 65_536, passes: 3, parallelism: 4 };
const frameBytes = 64 * 1024;
const tagBytes = 16;
const maxHeadBytes = 1_024;

const derive = promisify(argon2);

/** What frames are sealed with. */
export interface BackupKey {
  readonly head: Buffer;
  readonly key: Buffer;
  readonly prefix: Buffer;
}

/** Draws a key from a passphrase; takes a quarter of a second and 64 MiB, aside from the thread that serves. */
export async function newBackupKey(passphrase: string, cost: KeyCost = defaultCost): Promise<BackupKey> {
  const [salt, prefix] = [randomBytes(16), randomBytes(7)];
  const { key, check } = await keyFrom(passphrase, salt, cost);
  const head: Head = {
    ...{ cordonBackup: version, ...cost, salt: salt.toString("base64url") },
    ...{ check: check.toString("base64url"), prefix: prefix.toString("base64url") },
  };
  return { head: Buffer.from(`${JSON.stringify(head)}\n`, "utf8"), key, prefix };
}

async function keyFrom(passphrase: string, nonce: Buffer, { memory, passes, parallelism }: KeyCost) {
  const message = Buffer.from(passphrase.normalize("NFC"), "utf8");
  const drawn = await derive("argon2id", { message, nonce, memory, passes, parallelism, tagLength: 64 });
  return { key: drawn.subarray(0, 32), check: createHash("sha256").update(drawn.subarray(32)).digest() };
}

function nonceOf(prefix: Buffer, number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  prefix.copy(nonce);
  nonce.writeUInt32BE(number, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Cuts what comes into pieces of one size; the last may be smaller, and is marked. */
async function* framed(source: AsyncIterable<Uint8Array>, sizeBytes: number) {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes <= sizeBytes) continue;
    let whole = Buffer.concat(waiting);
    // Of a full piece it is not known yet whether it is the last.
    for (; whole.length > sizeBytes; whole = whole.subarray(sizeBytes)) {
      yield { frame: whole.subarray(0, sizeBytes), isLast: false };
    }
    waiting = [whole];
    waitingBytes = whole.length;
  }
  yield { frame: Buffer.concat(waiting), isLast: true };
}

/** Seals what comes. */
export async function* seal(source: AsyncIterable<Uint8Array>, { head, key, prefix }: BackupKey) {
  yield head;
  let number = 0;
  for await (const { frame, isLast } of framed(source, frameBytes)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(prefix, number, isLast)).setAAD(head);
    number += 1;
    yield Buffer.concat([cipher.update(frame), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Opens what was sealed. Throws `backup-unreadable`, `backup-newer`, `backup-locked` (the passphrase) and `backup-damaged`. */
export async function* unseal(source: AsyncIterable<Uint8Array>, passphrase: string) {
  const { head, rest } = await headOf(source);
  const parsed = parsedHead(head);
  const salt = Buffer.from(parsed.salt, "base64url");
  const { key, check } = await keyFrom(passphrase, salt, parsed);
  const expected = Buffer.from(parsed.check, "base64url");
  if (expected.length !== check.length || !timingSafeEqual(expected, check)) {
    throw new ControllerError("backup-locked", "this is not the passphrase of the backup");
  }
  const prefix = Buffer.from(parsed.prefix, "base64url");
  const damaged = (number: number, cause?: unknown) =>
    new ControllerError("backup-damaged", `the backup is damaged or cut off, in its frame ${number}`, { cause });
  if (prefix.length !== 7) throw damaged(0);
  let number = 0;
  for await (const { frame, isLast } of framed(rest, frameBytes + tagBytes)) {
    if (frame.length < tagBytes) throw damaged(number);
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(prefix, number, isLast)).setAAD(head);
    decipher.setAuthTag(frame.subarray(-tagBytes));
    let opened: Buffer;
    try {
      opened = Buffer.concat([decipher.update(frame.subarray(0, -tagBytes)), decipher.final()]);
    } catch (cause) {
      throw damaged(number, cause);
    }
    number += 1;
    yield opened;
  }
}

function parsedHead(head: Buffer): Head {
  let value: unknown;
  try {
    value = JSON.parse(head.toString("utf8"));
  } catch (cause) {
    throw new ControllerError("backup-unreadable", "this is no backup of a controller", { cause });
  }
  const found = (value as { readonly cordonBackup?: unknown } | null)?.cordonBackup;
  if (typeof found === "number" && found > version) {
    throw new ControllerError("backup-newer", `a newer controller made this backup (layout ${found}): update first`);
  }
  if (!Value.Check(Head, value)) throw new ControllerError("backup-unreadable", "this is no backup of a controller");
  return value;
}

/** The first line, and what comes behind it. */
async function headOf(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]();
  let begun: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await chunks.next();
    if (done !== true) begun = Buffer.concat([begun, value]);
    const end = begun.indexOf(0x0a);
    if (end !== -1) {
      const rest = async function* () {
        yield begun.subarray(end + 1);
        for (;;) {
          const next = await chunks.next();
          if (next.done === true) return;
          yield next.value;
        }
      };
      return { head: begun.subarray(0, end + 1), rest: rest() };
    }
    if (done === true || begun.length > maxHeadBytes) {
      throw new ControllerError("backup-unreadable", "this is no backup of a controller");
    }
  }
}
