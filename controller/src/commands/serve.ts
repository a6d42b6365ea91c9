import { systemAmbient, type Log } from "../ambient.ts";
import { startController } from "../controller.ts";

export interface ServeWish {
  readonly data: string;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly brokerHost: string;
  readonly brokerPort: number;
  readonly fallbackPort?: number;
  readonly ui: string;
  readonly publicUrl?: string;
  readonly notifyAllow?: readonly string[];
}

/** What a parent process that forked us is told once everything listens. */
export interface ReadyMessage {
  readonly kind: "ready";
  readonly url: string;
  readonly loginLink: string;
  readonly brokerPort: number;
  /** Null where it is not served. */
  readonly fallbackPort: number | null;
  readonly httpPort: number;
}

/** Serves until a signal comes or the parent process is gone. */
export async function serve(wish: ServeWish, log: Log, print: (line: string) => void): Promise<void> {
  const controller = await startController({
    dataDir: wish.data,
    httpHost: wish.httpHost,
    httpPort: wish.httpPort,
    brokerHost: wish.brokerHost,
    brokerPort: wish.brokerPort,
    ...(wish.fallbackPort === undefined ? {} : { fallbackPort: wish.fallbackPort }),
    uiDir: wish.ui,
    ...(wish.publicUrl === undefined ? {} : { publicUrl: wish.publicUrl }),
    ...(wish.notifyAllow === undefined ? {} : { notifyAllow: wish.notifyAllow }),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ambient: systemAmbient(log),
  });
  const ended = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    if (process.send !== undefined) process.once("disconnect", resolve);
  });
  const loginLink = await controller.createLoginLink();
  if (wish.httpPort !== 0 && controller.httpPort !== wish.httpPort) {
    print(`Port ${wish.httpPort} is taken; using ${controller.httpPort}.`);
  }
  print(`Cordon is at ${controller.url}`);
  const { fallbackPort } = controller;
  print(`Sensors connect to port ${controller.brokerPort}${fallbackPort === null ? "" : ` or ${fallbackPort}`}`);
  if (wish.fallbackPort !== undefined && fallbackPort === null) {
    print(`Port ${wish.fallbackPort} cannot be had: sensors whose networks let out nothing else cannot connect`);
  }
  print(`Sign in, once, within 15 minutes: ${loginLink}`);
  const ready: ReadyMessage = {
    kind: "ready",
    url: controller.url,
    loginLink,
    brokerPort: controller.brokerPort,
    fallbackPort,
    httpPort: controller.httpPort,
  };
  if (process.connected) process.send?.(ready);
  await ended;
  await controller.close();
  if (process.connected) process.disconnect();
}
