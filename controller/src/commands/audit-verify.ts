import { verifyChain } from "../account/audit-chain.ts";
import { ControllerError } from "../errors.ts";
import { openStore } from "../store/open-store.ts";

export interface AuditVerifyWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly expect?: string;
}

/** Says whether the audit log stands as it was written. Throws `audit-broken` where it does not. */
export async function verifyAudit(wish: AuditVerifyWish, print: (line: string) => void): Promise<void> {
  const store = await openStore(wish.data, { url: wish.store });
  try {
    const verdict = await verifyChain(store, wish.expect ?? null);
    if (verdict.kind === "broken") {
      throw new ControllerError("audit-broken", `the audit log is broken: line ${verdict.number} ${verdict.text}`);
    }
    print(`${verdict.lines} lines, all as they were written. Note the end of the chain elsewhere: ${verdict.hash}`);
  } finally {
    await store.destroy();
  }
}
