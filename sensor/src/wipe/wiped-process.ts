/** What the judging process is on a box that was ordered to forget its site: it destroys, says so, and does nothing any more. */
import { randomBytes, sign } from "node:crypto";
import { basename } from "node:path";
import {
  contractVersion,
  takesWipe,
  type Hello,
  type Reported,
  type ReportedWipe,
  type WipeIntegrity,
  type WipeStatement,
} from "@cordon/contract";
import type { JudgeProcess, JudgeProcessOptions } from "../agent/judge-process.ts";
import { desiredPath, identityPath, wipeMarkPath, wipeOrderPath } from "../agent/state-folder.ts";
import { loadOwnIdentity } from "../identity/identity-file.ts";
import { Dialer } from "../link/dialer.ts";
import type { Identity } from "../link/identity.ts";
import { Link } from "../link/link.ts";
import { readFileIfPresent } from "../record/atomic-file.ts";
import { destroyFiles, destroyWithin } from "./destroy.ts";
import { askSystem, type SystemReport } from "./system-report.ts";
import { saveWipeMark, type WipeMark } from "./wipe-mark.ts";

const wipedText = "This box has forgotten its site, as it was ordered, and carries the line and nothing else.";

/** Destroys what is left to destroy, and tells the controller until that takes the box's key no longer. */
export async function startWiped(mark: WipeMark, options: JudgeProcessOptions): Promise<JudgeProcess> {
  const { profile, folders, log, now } = options;
  // In memory alone from here on: with it the box says for a last time who it is.
  let identity = mark.done === undefined ? await lastIdentity(options) : null;
  const done = mark.done ?? (await destroyAll(mark, options, identity));
  if (mark.done === undefined) {
    // What it states names the site: that is told, and not kept.
    const { integrity: _, ...kept } = done;
    await saveWipeMark(wipeMarkPath(folders), { ...mark, done: kept });
    log.warn({ destroyed: done.destroyed, left: done.left }, "destroyed the box's keys and what it knew of its site");
  }
  const bootId = randomBytes(8).toString("hex");
  const link: Link = new Link({
    profile,
    dialer: new Dialer({ controller: profile.controller, trustedNow: now }),
    identity: () => identity,
    bootId,
    now,
    random: options.random,
    log,
    hello: () => helloOf(options, bootId),
    reported: () => reportOf(mark, done, options, bootId),
    // Whatever is wished for now, there is nobody who could follow it.
    onDesired: () => undefined,
    onStored: () => undefined,
    // It knows, and has taken the key back.
    onRefused: () => (identity = null),
  });
  link.start();
  return { isWell: () => true, close: () => link.close() };
}

async function lastIdentity({ profile, folders }: JudgeProcessOptions): Promise<Identity | null> {
  const { credentials, controller } = profile;
  if (credentials !== undefined) {
    return controller.authority === undefined ? null : { credentials, authority: controller.authority };
  }
  const own = await loadOwnIdentity(identityPath(folders)).catch(() => null);
  if (own?.certificate === undefined || own.authority === undefined) return null;
  return { credentials: { certificate: own.certificate, privateKey: own.privateKey }, authority: own.authority };
}

/** Keys first: what comes after may take long, and is worth nothing without them where it was encrypted. */
async function destroyAll(
  mark: WipeMark,
  options: JudgeProcessOptions,
  identity: Identity | null,
): Promise<ReportedWipe> {
  const { folders, profile, dataKeys = [], now } = options;
  const system = await systemReport(options);
  const keys = await destroyFiles([...dataKeys, identityPath(folders)]);
  const rest = await destroyWithin(folders.state, basename(wipeMarkPath(folders)));
  const left = [...keys.left, ...rest.left];
  if (system !== null) left.push(...system.left);
  // What provision wrote is not this process's to change; its token is used, its PIN opens nothing here any more.
  else {
    left.push(
      profile.credentials === undefined
        ? "the site profile on the boot partition (the site's name, networks and contacts): write the card anew"
        : "the site profile on the boot partition, with the box's key: write the card anew",
    );
    if (options.forgotten !== undefined) {
      left.push("the key of the data, and the stored quarantines: the box's system did not answer; destroy the card");
    }
  }
  const count = keys.count + rest.count;
  const at = now();
  const statement: WipeStatement = {
    ...{ sensor: profile.sensor, site: profile.site.id, orderId: mark.orderId, at, software: options.software },
    runs: system?.runs ?? [],
    destroyed: [...(system?.destroyed ?? []), `${count} files of the sensor's, its key among them`],
    left,
  };
  return {
    ...{ orderId: mark.orderId, at, left: left.slice(0, 16) },
    destroyed: count + (system?.destroyed.length ?? 0),
    ...(identity === null ? {} : { integrity: signed(statement, identity) }),
  };
}

/** What the box's system has destroyed; null where there is none that does, or it did not. */
async function systemReport({ folders, forgotten, log, monotonic }: JudgeProcessOptions): Promise<SystemReport | null> {
  if (forgotten === undefined) return null;
  try {
    const order = await readFileIfPresent(desiredPath(folders));
    if (order === null) return null;
    return await askSystem(order, { orderPath: wipeOrderPath(folders), reportPath: forgotten }, monotonic);
  } catch (error) {
    log.error({ err: error }, "cannot ask the box's system to forget the site");
    return null;
  }
}

function signed(statement: WipeStatement, { credentials }: Identity): WipeIntegrity {
  const text = JSON.stringify(statement);
  return {
    statement: text,
    signature: sign("sha256", Buffer.from(text), credentials.privateKey).toString("base64"),
    certificate: credentials.certificate,
  };
}

function helloOf({ profile, now, software }: JudgeProcessOptions, bootId: string): Hello {
  return {
    version: contractVersion,
    bootId,
    at: now(),
    software,
    kernel: "",
    placement: { kind: profile.placement, reasons: [wipedText], blindSpots: ["Everything."] },
    interfaces: [],
    kernelFeatures: {},
    canContain: false,
    takes: [takesWipe],
  };
}

function reportOf(mark: WipeMark, wiped: ReportedWipe, options: JudgeProcessOptions, bootId: string): Reported {
  const at = options.now();
  return {
    version: contractVersion,
    bootId,
    at,
    epoch: mark.epoch,
    revision: mark.revision,
    issuedAt: mark.issuedAt,
    placement: options.profile.placement,
    line: { state: "unknown", since: at, text: wipedText },
    containments: [],
    wiped,
    health: [{ code: "wiped", severity: "info", since: wiped.at, text: wipedText }],
    refused: {},
  };
}
