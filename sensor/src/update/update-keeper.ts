/**
 * Sees an order for another release through: fetches the bundle, lays the request for whoever installs it, and tells how far
 * that is. What the two say to each other is in the contract, at `UpdateRequest` and `UpdateStatus`.
 */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  parserOf,
  parseUpdateRequest,
  parseUpdateStatus,
  ReportedUpdate,
  updateFiles,
  updateStatusName,
  type DesiredDocument,
  type RunningRelease,
  type SignedDesired,
  type UpdateOrder,
  type UpdateRequest,
  type UpdateStatus,
} from "@cordon/contract";
import type { Logger } from "pino";
import type { HealthBoard } from "../agent/health-board.ts";
import { SensorError } from "../errors.ts";
import { readFileIfPresent, syncFolder, writeFileAtomic } from "../record/atomic-file.ts";
import type { BundleFetchOptions } from "./bundle-fetch.ts";

type Standing = NonNullable<ReportedUpdate["order"]>;

export interface UpdateKeeperOptions extends Pick<
  BundleFetchOptions,
  "dialer" | "identity" | "isLineWell" | "random" | "limits"
> {
  /** `update` of the judge's state. */
  readonly folder: string;
  /** Where whoever installs says how far he is. */
  readonly statusFolder: string;
  readonly health: HealthBoard;
  readonly log: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** What is reported has changed. */
  readonly onChange: () => void;
}

const outcomeName = "outcome.json";
const retryMs = 60_000;
const isEnd = ({ phase }: { readonly phase: Standing["phase"] }) =>
  phase === "good" || phase === "fell-back" || phase === "refused";
const parseOutcome = parserOf(ReportedUpdate.properties.order, { maxBytes: 16 * 1024 });

export class UpdateKeeper {
  readonly #options: UpdateKeeperOptions;
  /** Undefined while no document of the controller's is known. */
  #order: UpdateOrder | null | undefined;
  /** The document that says so, for whoever installs. */
  #signed: SignedDesired | undefined;
  /** For which request such a document lies there. */
  #laidFor: string | null = null;
  #running: RunningRelease | undefined;
  #standing: Standing | undefined;
  #fetch: { readonly order: UpdateOrder; readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  /** After a fault that is none of the bundle's. */
  #retryAt = 0;
  #isClean = false;
  #round: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: UpdateKeeperOptions) {
    this.#options = options;
  }

  /** A document is in effect, as it was signed. */
  adopt(document: DesiredDocument, signed: SignedDesired): void {
    const { update, local } = document;
    // The box's own key says nothing of releases.
    if (local !== undefined) return;
    if (update !== undefined && update.id !== this.#order?.id) {
      this.#options.log.info({ order: update.id, version: update.version }, "another release is ordered");
    }
    this.#order = update ?? null;
    this.#signed = signed;
  }

  /** What runs, and how the order stands. */
  get reported(): ReportedUpdate {
    return {
      ...(this.#running === undefined ? {} : { running: this.#running }),
      ...(this.#standing === undefined ? {} : { order: this.#standing }),
    };
  }

  /** Looks what has become of it; a look that is not over yet is not followed by another. */
  look(): void {
    if (this.#round !== null || this.#isClosed) return;
    this.#round = this.#look()
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, "cannot see to the ordered release");
        this.#options.health.raise("update-stuck", "warning", `The ordered release does not get on: ${textOf(error)}.`);
      })
      .finally(() => (this.#round = null));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#fetch?.abort.abort();
    await this.#round;
    await this.#fetch?.ended;
  }

  async #look(): Promise<void> {
    const { folder, statusFolder, now } = this.#options;
    const order = this.#order;
    const status = await readStatus(join(statusFolder, updateStatusName));
    this.#take(status?.running);
    if (this.#fetch !== null && this.#fetch.order.id !== order?.id) {
      this.#fetch.abort.abort();
      await this.#fetch.ended;
    }
    if (order === undefined) return;
    if (order === null) return this.#forget();
    this.#isClean = false;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // How that stands it says itself, to its very end.
    if (this.#fetch !== null) return;
    const known = await this.#outcome();
    if (known?.id === order.id) return this.#stand(known);
    const told = status?.id === order.id ? status : null;
    if (told === null && status?.running?.version === order.version) {
      return this.#end(this.#standingOf(order, { phase: "good", words: "The box runs it already.", at: now() }));
    }
    if (told !== null && isEnd(told)) return this.#end(this.#standingOf(order, told));
    const request = await readRequest(join(folder, updateFiles.request));
    const isTaken = told !== null && told.phase !== "received";
    if (isTaken || (request?.sha256 === order.sha256 && (await this.#hasBundle(order)))) {
      await this.#ask(order, request);
      const waits = { phase: "waiting", words: "The bundle is here, and not taken up yet.", at: now() } as const;
      this.#stand(this.#standingOf(order, told ?? waits));
    } else if (this.#options.monotonic() >= this.#retryAt) {
      // One that was whole when the power went is looked through again.
      await rename(join(folder, updateFiles.bundle), this.#partPath(order)).catch(() => undefined);
      await this.#removeAllBut(`${order.sha256}.part`);
      this.#begin(order);
    }
  }

  #begin(order: UpdateOrder): void {
    this.#laidFor = null;
    // Whoever closes it has ended the fetch that there was, and waits for this look: nothing would end another one.
    if (this.#isClosed) return;
    const { folder, now, monotonic, log, ...rest } = this.#options;
    const abort = new AbortController();
    const onProgress = (fetchedBytes: number, why: string | null) => {
      if (abort.signal.aborted) return;
      const words = why ?? "The bundle is on its way.";
      // In steps: each change is a message.
      const step = order.size / 50;
      const standing = this.#standingOf(order, { phase: "fetching", words, at: now() });
      this.#stand({ ...standing, fetchedBytes: Math.floor(Math.floor(fetchedBytes / step) * step) });
    };
    const fetched = async () => {
      // Seldom needed, and nothing for the start.
      const { fetchBundle } = await import("./bundle-fetch.ts");
      await fetchBundle({ ...rest, path: this.#partPath(order), order, onProgress }, abort.signal);
      await rename(this.#partPath(order), join(folder, updateFiles.bundle));
      await syncFolder(folder);
      await this.#ask(order, null);
      rest.health.clear("update-stuck");
      log.info({ order: order.id, version: order.version }, "the bundle of the ordered release is here");
    };
    const ended = fetched()
      .catch(async (error: unknown) => {
        if (abort.signal.aborted) return;
        log.warn({ err: error, order: order.id }, "cannot fetch the ordered release");
        const isHopeless = error instanceof SensorError && ["update-damaged", "update-no-room"].includes(error.code);
        if (!isHopeless) {
          this.#retryAt = monotonic() + retryMs;
          rest.health.raise("update-stuck", "warning", `The ordered release does not get on: ${textOf(error)}.`);
          return;
        }
        const words = `The bundle was not taken: ${textOf(error)}.`;
        await this.#end(this.#standingOf(order, { phase: "refused", words, at: now() }));
      })
      .finally(() => {
        this.#fetch = null;
        this.look();
      });
    this.#fetch = { order, abort, ended };
  }

  /** Lays the request, where it does not say the same already. */
  async #ask(order: UpdateOrder, before: UpdateRequest | null): Promise<void> {
    const { id, version, notBefore, notAfter, sha256, size, isOlderMeant } = order;
    const meant = isOlderMeant === undefined ? {} : { isOlderMeant };
    const request: UpdateRequest = { id, version, notBefore, notAfter, sha256, size, ...meant };
    const text = JSON.stringify(request);
    const { folder } = this.#options;
    if (this.#laidFor !== text) {
      await writeFileAtomic(join(folder, updateFiles.order), JSON.stringify(this.#signed));
      this.#laidFor = text;
    }
    if (text === JSON.stringify(before)) return;
    await writeFileAtomic(join(folder, updateFiles.request), text);
  }

  /** Keeps an end of it: whoever installs may say nothing of it after the next start. */
  async #end(standing: Standing): Promise<void> {
    const { folder, log } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(folder, outcomeName), JSON.stringify(standing));
    await this.#removeAllBut(outcomeName, updateFiles.request, updateFiles.order);
    log.info(
      { order: standing.id, phase: standing.phase, words: standing.words },
      "the ordered release came to an end",
    );
    this.#stand(standing);
  }

  /** No order: nothing of one stays. */
  async #forget(): Promise<void> {
    if (!this.#isClean) await rm(this.#options.folder, { recursive: true, force: true });
    this.#isClean = true;
    this.#stand(undefined);
  }

  #standingOf(
    { id, version }: UpdateOrder,
    said: Pick<UpdateStatus, "words" | "at"> & Pick<Standing, "phase">,
  ): Standing {
    return { id, version, phase: said.phase, words: said.words, at: said.at };
  }

  #stand(standing: Standing | undefined): void {
    const { health, onChange } = this.#options;
    const before = this.#standing;
    const isSame =
      standing?.id === before?.id &&
      standing?.phase === before?.phase &&
      standing?.words === before?.words &&
      standing?.fetchedBytes === before?.fetchedBytes;
    if (standing !== undefined && isEnd(standing) && standing.phase !== "good") {
      const { version, phase, words } = standing;
      const text = `Release ${version} ${phase === "refused" ? "was not installed" : "did not work, and the box came back from it"}: ${words}`;
      health.raise("update-failed", "warning", text);
    } else health.clear("update-failed");
    if (standing === undefined) health.clear("update-stuck");
    if (isSame) return;
    this.#standing = standing;
    onChange();
  }

  #take(running: RunningRelease | undefined): void {
    if (JSON.stringify(running) === JSON.stringify(this.#running)) return;
    this.#running = running;
    this.#options.onChange();
  }

  async #outcome(): Promise<Standing | null> {
    const text = await readFileIfPresent(join(this.#options.folder, outcomeName));
    const parsed = text === null ? null : parseOutcome(text);
    return parsed?.ok === true ? (parsed.value ?? null) : null;
  }

  async #hasBundle({ size }: UpdateOrder): Promise<boolean> {
    const found = await stat(join(this.#options.folder, updateFiles.bundle)).catch(() => null);
    return found?.isFile() === true && found.size === size;
  }

  #partPath({ sha256 }: UpdateOrder): string {
    return join(this.#options.folder, `${sha256}.part`);
  }

  /** Room for another one. */
  async #removeAllBut(...kept: readonly string[]): Promise<void> {
    for (const name of await readdir(this.#options.folder)) {
      if (!kept.includes(name)) await rm(join(this.#options.folder, name), { recursive: true, force: true });
    }
  }
}

const textOf = (error: unknown) => (error as Error).message;

async function readStatus(path: string): Promise<UpdateStatus | null> {
  const text = await readFileIfPresent(path);
  const parsed = text === null ? null : parseUpdateStatus(text);
  return parsed?.ok === true ? parsed.value : null;
}

async function readRequest(path: string): Promise<UpdateRequest | null> {
  const text = await readFileIfPresent(path);
  const parsed = text === null ? null : parseUpdateRequest(text);
  return parsed?.ok === true ? parsed.value : null;
}
