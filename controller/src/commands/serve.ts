import { systemAmbient, type Log } from "../ambient.ts";
import type { RestoreOrder } from "../backup/restore-desk.ts";
import { startController, type Controller, type ControllerOptions } from "../controller.ts";
import { ControllerError, errorText } from "../errors.ts";
import { restoreAndStart } from "./restoring.ts";

export interface ServeWish {
  readonly data: string;
  /** Of the store in PostgreSQL. */
  readonly store?: string;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly brokerHost: string;
  readonly brokerPort: number;
  readonly fallbackPort?: number;
  readonly boxImage?: readonly string[];
  readonly ui: string;
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly acmeDomain?: string;
  readonly acmeEmail?: string;
  readonly acmeDirectory?: string;
  readonly acmePort: number;
  readonly trustedProxy?: readonly string[];
  readonly notifyAllow?: readonly string[];
}

/** What a parent process that forked us is told once everything listens, and again after a backup was put back. */
export interface ReadyMessage {
  readonly kind: "ready";
  readonly url: string;
  readonly loginLink: string;
  readonly brokerPort: number;
  /** Null where it is not served. */
  readonly fallbackPort: number | null;
  readonly httpPort: number;
}

// What nobody can write down any more is not waited for.
const closeWithinMs = 5_000;

/** Throws `tls-unclear` where half of something is wished. */
function tlsOf(wish: ServeWish): Pick<ControllerOptions, "tls"> {
  const { tlsCert: certFile, tlsKey: keyFile, acmeDomain: domain, acmeEmail: email, acmeDirectory: directory } = wish;
  if (domain !== undefined) {
    if (certFile !== undefined || keyFile !== undefined) {
      throw new ControllerError("tls-unclear", "a certificate is either in files or got by ACME");
    }
    const more = { ...(email === undefined ? {} : { email }), ...(directory === undefined ? {} : { directory }) };
    return { tls: { domain, challengePort: wish.acmePort, ...more } };
  }
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) {
    throw new ControllerError("tls-unclear", "--tls-cert and --tls-key belong together");
  }
  return { tls: { certFile, keyFile } };
}

/** Serves until a signal comes or the parent process is gone. Throws `store-taken-over` where another controller serves instead. */
export async function serve(wish: ServeWish, log: Log, print: (line: string) => void): Promise<void> {
  const takenOver = Promise.withResolvers<"taken-over">();
  const ambient = systemAmbient(log);
  let restoreAsked = Promise.withResolvers<RestoreOrder>();
  const start = (at: Pick<ControllerOptions, "httpPort" | "brokerPort" | "failedRestore">): Promise<Controller> =>
    startController({
      dataDir: wish.data,
      ...(wish.store === undefined ? {} : { storeUrl: wish.store }),
      storeTakenOver: () => takenOver.resolve("taken-over"),
      httpHost: wish.httpHost,
      brokerHost: wish.brokerHost,
      ...(wish.fallbackPort === undefined ? {} : { fallbackPort: wish.fallbackPort }),
      ...(wish.boxImage === undefined ? {} : { boxImages: wish.boxImage }),
      uiDir: wish.ui,
      ...(wish.publicUrl === undefined ? {} : { publicUrl: wish.publicUrl }),
      ...tlsOf(wish),
      ...(wish.trustedProxy === undefined ? {} : { trustedProxies: wish.trustedProxy }),
      ...(wish.notifyAllow === undefined ? {} : { notifyAllow: wish.notifyAllow }),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ambient,
      restore: (order) => restoreAsked.resolve(order),
      ...at,
    });
  let controller = await start({ httpPort: wish.httpPort, brokerPort: wish.brokerPort });
  const ended = new Promise<"ended">((resolve) => {
    const end = () => resolve("ended");
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
    if (process.send !== undefined) process.once("disconnect", end);
  });
  // Whoever renews the certificate's files says so.
  const reload = (): void => controller.reload();
  process.on("SIGHUP", reload);
  if (wish.httpPort !== 0 && controller.httpPort !== wish.httpPort) {
    print(`Port ${wish.httpPort} is taken; using ${controller.httpPort}.`);
  }
  const announce = async (tellPorts: () => void): Promise<void> => {
    const { url, brokerPort, fallbackPort, httpPort } = controller;
    const loginLink = await controller.createLoginLink();
    print(`Cordon is at ${url}`);
    tellPorts();
    print(`Sign in, once, within 15 minutes: ${loginLink}`);
    const ready: ReadyMessage = { kind: "ready", url, loginLink, brokerPort, fallbackPort, httpPort };
    if (process.connected) process.send?.(ready);
  };
  await announce(() => {
    const { brokerPort, fallbackPort } = controller;
    print(`Sensors connect to port ${brokerPort}${fallbackPort === null ? "" : ` or ${fallbackPort}`}`);
    if (wish.fallbackPort !== undefined && fallbackPort === null) {
      print(`Port ${wish.fallbackPort} cannot be had: sensors whose networks let out nothing else cannot connect`);
    }
  });
  let why: "ended" | "taken-over" | RestoreOrder;
  while (typeof (why = await Promise.race([ended, takenOver.promise, restoreAsked.promise])) === "object") {
    // Pages and boxes come again to where they were.
    const { httpPort, brokerPort } = controller;
    restoreAsked = Promise.withResolvers();
    print("Putting back a backup that the page brought");
    await controller.close();
    controller = await restoreAndStart(wish.data, why, ambient, (failed) =>
      start({ httpPort, brokerPort, ...(failed === null ? {} : { failedRestore: failed }) }),
    );
    await announce(() => undefined);
  }
  if (why === "taken-over") {
    setTimeout(() => process.exit(1), closeWithinMs).unref();
    await controller.close().catch((error: unknown) => log.error("cannot end well", { error: errorText(error) }));
    if (process.connected) process.disconnect();
    throw new ControllerError("store-taken-over", "another controller serves the store now");
  }
  await controller.close();
  if (process.connected) process.disconnect();
  // An order of a certificate that is under way would keep the process for minutes.
  setTimeout(() => process.exit(), closeWithinMs).unref();
}
