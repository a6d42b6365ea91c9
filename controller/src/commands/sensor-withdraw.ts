import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { ControllerError } from "../errors.ts";
import { RevocationBook } from "../fleet/revocation-book.ts";
import { withdraw, type Withdrawal } from "../fleet/withdrawal.ts";
import { openStore } from "../store/open-store.ts";

export interface SensorWithdrawWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly sensorId: string;
  readonly reason: string;
}

/** Throws `bad-reason`: the audit log keeps it, and a blank one says nothing. */
export function checkReason(reason: string): void {
  if (reason.trim() === "") throw new ControllerError("bad-reason", "--reason is empty; say why, for the audit log");
}

/** Takes a sensor's identity back; a controller that serves ends its connection within a second. */
export async function withdrawSensor(
  kind: Withdrawal["kind"],
  wish: SensorWithdrawWish,
  log: Log,
  print: (line: string) => void,
): Promise<void> {
  checkReason(wish.reason);
  const store = await openStore(wish.data, { url: wish.store });
  try {
    const { sensorId, reason } = wish;
    await withdraw(
      store,
      systemAmbient(log),
      { sensorId, kind, author: operator, reason },
      new RevocationBook(wish.data),
    );
    print(
      kind === "revoke"
        ? `Sensor ${sensorId} is revoked; a new token gives it another identity`
        : `Sensor ${sensorId} is out of service`,
    );
  } finally {
    await store.destroy();
  }
}
