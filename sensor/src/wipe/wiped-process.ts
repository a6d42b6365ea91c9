/** What the judging process is on a box that was ordered to forget its site: it destroys, says so, and does nothing any more. */
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { contractVersion, takesWipe, type Hello, type Reported, type ReportedWipe } from "@cordon/contract";
import type { JudgeProcess, JudgeProcessOptions } from "../agent/judge-process.ts";
import { identityPath, wipeMarkPath } from "../agent/state-folder.ts";
import { loadOwnIdentity } from "../identity/identity-file.ts";
import { Dialer } from "../link/dialer.ts";
import type { Identity } from "../link/identity.ts";
import { Link } from "../link/link.ts";
import { destroyFiles, destroyWithin } from "./destroy.ts";
import { saveWipeMark, type WipeMark } from "./wipe-mark.ts";

const wipedText = "This box has forgotten its site, as it was ordered, and carries the line and nothing else.";

/** Destroys what is left to destroy, and tells the controller until that takes the box's key no longer. */
export async function startWiped(mark: WipeMark, options: JudgeProcessOptions): Promise<JudgeProcess> {
  const { profile, folders, log, now } = options;
  // In memory alone from here on: with it the box says for a last time who it is.
  let identity = mark.done === undefined ? await lastIdentity(options) : null;
  const done = mark.done ?? (await destroyAll(mark, options));
  if (mark.done === undefined) {
    await saveWipeMark(wipeMarkPath(folders), { ...mark, done });
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
async function destroyAll(mark: WipeMark, options: JudgeProcessOptions): Promise<ReportedWipe> {
  const { folders, profile, dataKeys = [], now } = options;
  const keys = await destroyFiles([...dataKeys, identityPath(folders)]);
  const rest = await destroyWithin(folders.state, basename(wipeMarkPath(folders)));
  const left = [...keys.left, ...rest.left];
  // What provision wrote is not this process's to change; its token is used, its PIN opens nothing here any more.
  left.push(
    profile.credentials === undefined
      ? "the site profile on the boot partition (the site's name, networks and contacts): write the card anew"
      : "the site profile on the boot partition, with the box's key: write the card anew",
  );
  return { orderId: mark.orderId, at: now(), destroyed: keys.count + rest.count, left: left.slice(0, 16) };
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
