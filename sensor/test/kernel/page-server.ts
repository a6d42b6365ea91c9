import { Portal } from "../../src/agent/portal.ts";
import { CaptureServer, type CaptureServerOptions } from "../../src/capture/capture-server.ts";
import { portalCopyName } from "../../src/containment/skeleton.ts";
import type { TestSite } from "./test-site.ts";

/** A portal behind a real reader, as the judge's process has it. */
export interface PageServer {
  readonly portal: Portal;
  close(): Promise<void>;
}

/** Settles when the reader reads. `onFrame` is told of every frame that is no copy for the portal. */
export async function servePages(
  site: TestSite,
  {
    inside,
    onFrame = () => {},
    ...sides
  }: Pick<CaptureServerOptions, "ports" | "unnamed"> & {
    /** What the reader sends pages out of. */
    readonly inside: string;
    readonly onFrame?: CaptureServerOptions["onFrame"];
  },
): Promise<PageServer> {
  const reading = Promise.withResolvers<void>();
  const capture: CaptureServer = new CaptureServer({
    ...sides,
    socketPath: site.captureSocket,
    clock: () => Date.now(),
    monotonic: () => performance.now(),
    readNames: () => site.interfaceNames(),
    onFrame: (frame) => (frame.rule === portalCopyName ? portal.take(frame) : onFrame(frame)),
    onReadingChange: (isNow) => isNow && reading.resolve(),
  });
  const portal = new Portal({
    siteName: "Test office",
    secret: Buffer.alloc(32, 7),
    send: (frame) => capture.answer(frame),
  });
  await capture.start();
  site.reader(() => {}, 71, inside);
  await reading.promise;
  return { portal, close: () => capture.close() };
}
