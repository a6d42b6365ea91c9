import { systemAmbient, type Log } from "../ambient.ts";
import { operator } from "../account/people.ts";
import { orderWipe } from "../fleet/wipe.ts";
import { openStore } from "../store/open-store.ts";
import { checkReason, type SensorWithdrawWish } from "./sensor-withdraw.ts";

/** Orders a sensor to forget its site; a controller that serves sends it the order within a second or so of its being there. */
export async function wipeSensor(wish: SensorWithdrawWish, log: Log, print: (line: string) => void): Promise<void> {
  checkReason(wish.reason);
  const store = await openStore(wish.data, { url: wish.store });
  try {
    const { sensorId, reason } = wish;
    const order = { sensorId, reason, author: operator };
    await store.transaction().execute((rows) => orderWipe(rows, systemAmbient(log), order));
    print(
      `Sensor ${sensorId} is told to destroy its keys and what it knows; what is shown of it (sensor show, box show) says when it has`,
    );
  } finally {
    await store.destroy();
  }
}
