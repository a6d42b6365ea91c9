import { contractVersion, delegable, type Delegation, type Hello, type SignedDelegation } from "@cordon/contract";
import { createPublicKey } from "node:crypto";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import { readDelegation, writeDelegation } from "../store/delegation-rows.ts";
import type { DelegationRow, Rows, Store } from "../store/schema.ts";
import type { Signer } from "./signer.ts";

/** Over a long weekend a box can be its own centre; what was done with its PIN ends by itself not later. */
export const delegationLifeMs = 3 * 86_400_000;

// A line that dies today leaves the box two days at least.
const renewBelowMs = 2 * 86_400_000;
const lookEveryMs = 3_600_000;

export interface DelegationParts {
  readonly store: Store;
  readonly signer: Signer;
  readonly ambient: Ambient;
  readonly publish: (sensorId: string, message: SignedDelegation) => Promise<void>;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

/**
 * Keeps boxes able to be their own centre: signs for the key that a box has made that it may change some of what is wished for
 * itself, for three days, and renews that while the line lives. Whoever takes it back stops the renewal, and tells the box.
 */
export class DelegationKeeper {
  readonly #parts: DelegationParts;
  readonly #line = new Exclusive();
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: DelegationParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = this.#parts.ambient.clock.after(lookEveryMs, () => {
      this.#renewAll().catch((error: unknown) =>
        this.#parts.ambient.log.error("cannot renew what boxes may do by themselves", { error: errorText(error) }),
      );
      if (!this.#isClosed) this.start();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#line.idle();
  }

  /** Sends a box what it may do by itself, after its hello. */
  introduced(sensorId: string): Promise<void> {
    return this.#line.run(async () => {
      const { store, publish } = this.#parts;
      const row = await this.#upToDate(store, sensorId);
      if (row !== null) await publish(sensorId, signedOf(row));
    });
  }

  /** Takes it back, or gives it again, by a person's word. Throws `no-own-key` where the box has none to delegate to. */
  async allow(
    sensorId: string,
    isAllowed: boolean,
    by: { author: string; siteId: string; reason: string },
  ): Promise<void> {
    await this.#line.run(async () => {
      const { store, ambient, publish } = this.#parts;
      const row = await store.transaction().execute(async (rows) => {
        const before = await readDelegation(rows, sensorId);
        const key = before?.public_key ?? (await ownKeyOf(rows, sensorId));
        if (key === null) throw new ControllerError("no-own-key", `${sensorId} has no key to be its own centre with`);
        const { author, siteId, reason } = by;
        const action = isAllowed ? "delegation-given" : "delegation-withheld";
        await writeAudit(rows, ambient, { author, action, siteId, subject: sensorId, detail: reason });
        return this.#write(rows, sensorId, key, isAllowed ? null : ambient.clock.now());
      });
      await publish(sensorId, signedOf(row));
    });
  }

  async #renewAll(): Promise<void> {
    const { store, ambient } = this.#parts;
    const due = await store
      .selectFrom("delegations")
      .innerJoin("sensors", "sensors.id", "delegations.sensor_id")
      .select("sensor_id")
      .where("withheld_at", "is", null)
      .where("state", "=", "online")
      .where("not_after", "<", ambient.clock.now() + renewBelowMs)
      .execute();
    for (const { sensor_id: sensorId } of due) await this.introduced(sensorId);
  }

  async #upToDate(rows: Rows, sensorId: string): Promise<DelegationRow | null> {
    const { ambient, signer } = this.#parts;
    const row = await readDelegation(rows, sensorId);
    const key = await ownKeyOf(rows, sensorId);
    if (key === null) return null;
    if (!isKey(key)) {
      this.#parts.refused(sensorId, "own-key-unfit", "the key that the box has made is not Ed25519");
      return null;
    }
    const isDue =
      row === null ||
      row.public_key !== key ||
      row.key_id !== signer.keyId ||
      (row.withheld_at === null && row.not_after < ambient.clock.now() + renewBelowMs);
    return isDue ? this.#write(rows, sensorId, key, row?.withheld_at ?? null) : row;
  }

  async #write(rows: Rows, sensorId: string, key: string, withheldAt: number | null): Promise<DelegationRow> {
    const { ambient, signer } = this.#parts;
    const { site_id: site } = await rows
      .selectFrom("sensors")
      .select("site_id")
      .where("id", "=", sensorId)
      .executeTakeFirstOrThrow();
    const now = ambient.clock.now();
    const may = withheldAt === null ? [...delegable] : [];
    const delegation: Delegation = {
      ...{ version: contractVersion, sensor: sensorId, site, key, may },
      ...{ issuedAt: now, notAfter: now + delegationLifeMs },
    };
    const signed = signer.delegate(JSON.stringify(delegation));
    const row: DelegationRow = {
      ...{ sensor_id: sensorId, public_key: key, delegation: signed.delegation, signature: signed.signature },
      ...{ key_id: signed.keyId, not_after: delegation.notAfter, withheld_at: withheldAt },
    };
    await writeDelegation(rows, row);
    return row;
  }
}

function signedOf({ delegation, signature, key_id: keyId }: DelegationRow): SignedDelegation {
  return { delegation, signature, keyId };
}

async function ownKeyOf(rows: Rows, sensorId: string): Promise<string | null> {
  const row = await rows.selectFrom("sensors").select("hello").where("id", "=", sensorId).executeTakeFirst();
  return row?.hello == null ? null : ((JSON.parse(row.hello) as Hello).ownKey ?? null);
}

function isKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}
