import type { FromCentre, ToCentre } from "@cordon/contract";
import { systemAmbient, type Log } from "../ambient.ts";
import { startBoxCentre, type Begin } from "../at-box/box-centre.ts";
import { ControllerError } from "../errors.ts";

export interface AtBoxWish {
  readonly data: string;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly ui: string;
}

/** Is the centre of the box whose sensor has forked this process, until that ends it. */
export async function serveAtBox(wish: AtBoxWish, log: Log): Promise<void> {
  if (process.send === undefined) throw new ControllerError("no-sensor", "a box's sensor starts this by itself");
  const send = (message: FromCentre): void => {
    if (process.connected) process.send?.(message);
  };
  const ended = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    process.once("disconnect", resolve);
  });
  const early: Exclude<ToCentre, Begin>[] = [];
  let take = (message: Exclude<ToCentre, Begin>): void => void early.push(message);
  const begin = await new Promise<Begin>((resolve) => {
    process.on("message", (message: ToCentre) => {
      if (message.kind === "begin") resolve(message);
      else take(message);
    });
  });
  const centre = await startBoxCentre({
    ...{ dataDir: wish.data, httpHost: wish.httpHost, httpPort: wish.httpPort, uiDir: wish.ui, begin, send },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ambient: systemAmbient(log),
  });
  for (const message of early) centre.take(message);
  take = (message) => centre.take(message);
  send({ kind: "ready", url: centre.url });
  await ended;
  await centre.close();
  if (process.connected) process.disconnect();
}
