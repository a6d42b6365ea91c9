/** With what a box can be its own centre. What only the time then needs is loaded then. */
import type { SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import type { RefusalCounter } from "../agent/refusal-counter.ts";
import {
  centreFolder,
  centreKeyPath,
  deedsPath,
  delegationPath,
  desiredBasePath,
  type SensorFolders,
} from "../agent/state-folder.ts";
import { SensorError } from "../errors.ts";
import type { DesiredKeeperOptions } from "../link/desired-keeper.ts";
import { signersFrom } from "../link/desired.ts";
import type { CentreKeeper, CentreKeeperOptions } from "./centre-keeper.ts";
import { DeedBook, type DeedBookOptions } from "./deed-book.ts";
import { DelegationKeeper } from "./delegation-keeper.ts";
import { openCentreKey, type CentreKey } from "./own-key.ts";

export interface OwnCentreOptions {
  readonly folders: SensorFolders;
  readonly profile: SiteProfile;
  readonly refusals: RefusalCounter;
  readonly log: Logger;
  /** Something else was delegated. */
  readonly onChange: () => void;
  readonly onSaved: (error: unknown) => void;
}

type Later = Pick<
  CentreKeeperOptions,
  "listen" | "desired" | "hello" | "hosts" | "reported" | "asks" | "now" | "monotonic" | "health"
> &
  Pick<DeedBookOptions, "append" | "flush"> & {
    /** The controller's program, or a socket behind which it is started. */
    readonly program: string;
    readonly awayMs: number;
  };

export interface OwnCentreParts {
  readonly own: Omit<NonNullable<DesiredKeeperOptions["own"]>, "now"> & { readonly key: CentreKey };
  readonly delegation: DelegationKeeper;
  readonly open: (later: Later) => Promise<CentreKeeper>;
}

/** Reads or makes the box's key, and reads what was delegated to it. Throws where neither can be kept. */
export async function ownCentreParts(options: OwnCentreOptions): Promise<OwnCentreParts> {
  const { folders, profile, refusals, log, onChange, onSaved } = options;
  const { pin, pages, sensor, site, policy, contacts = [] } = profile;
  if (pin === undefined || pages === undefined) {
    throw new SensorError("profile-invalid", "the site profile has no PIN, or no certificate for the box's own pages");
  }
  const key = await openCentreKey(centreKeyPath(folders));
  const delegation = new DelegationKeeper({
    ...{ path: delegationPath(folders), sensorId: sensor, siteId: site.id, ownKey: key.publicKey, onChange, onSaved },
    signers: signersFrom(profile.controller.signers),
    onRefused(code, text) {
      log.warn({ code, text }, "refused a delegation");
      refusals.count(code);
    },
  });
  await delegation.load();
  return {
    own: { key, basePath: desiredBasePath(folders), delegation: () => delegation.current },
    delegation,
    async open({ program, append, flush, awayMs, ...later }) {
      const { CentreKeeper } = await import("./centre-keeper.ts");
      const deeds = new DeedBook({ path: deedsPath(folders), append, flush, onSaved });
      return new CentreKeeper({
        ...{ ...later, log, key, delegation, deeds, times: { awayMs } },
        place: program.endsWith(".sock")
          ? { kind: "socket", path: program }
          : { kind: "program", path: program, dataFolder: centreFolder(folders) },
        profile: { sensor, site, policy, contacts, pin, pages },
      });
    },
  };
}
