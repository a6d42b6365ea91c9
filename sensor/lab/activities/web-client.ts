import { once } from "node:events";
import { get, type ClientRequest, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import { payloadPath, payloadSource } from "../payload.ts";
import { clientTls } from "../tls.ts";

/** Fetches a page; whether all of it came. Failing is an answer. */
export async function fetchPage(
  name: string,
  address: string,
  path: string,
  isSecure: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const common = { host: address, path, headers: { host: name }, agent: false as const, signal, timeout: 8000 };
  const request = isSecure ? getTls({ ...common, ...clientTls, servername: name }) : get(common);
  try {
    const response = await responseOf(request);
    for await (const _chunk of response);
    return response.complete;
  } catch {
    // A page that does not come is what people see as well; the caller counts it.
    return false;
  } finally {
    request.destroy();
  }
}

async function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  request.on("timeout", () => request.destroy());
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

export type DownloadOutcome =
  | { readonly ok: true; readonly longestStallMs: number }
  | { readonly ok: false; readonly reason: string; readonly longestStallMs: number };

export interface Download {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly token: string;
  readonly bytes: number;
  readonly stallMs: number;
}

/** Downloads and compares every byte. */
export async function download(order: Download, clock: () => number, signal: AbortSignal): Promise<DownloadOutcome> {
  const expected = payloadSource(order.token);
  let longestStallMs = 0;
  let lastAt = clock();
  const progressed = (): void => {
    const now = clock();
    longestStallMs = Math.max(longestStallMs, now - lastAt);
    lastAt = now;
  };
  const request = get({
    host: order.address,
    port: order.port,
    path: payloadPath(order.token, order.bytes),
    headers: { host: order.name },
    agent: false,
    signal,
    timeout: order.stallMs,
  });
  // The time-out of a socket does not run while it connects.
  const connecting = setTimeout(() => request.destroy(), order.stallMs);
  request.on("timeout", () => request.destroy());
  try {
    const [response] = (await once(request, "response")) as [IncomingMessage];
    clearTimeout(connecting);
    let received = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      progressed();
      if (!chunk.equals(expected(chunk.length)))
        return { ok: false, reason: "other bytes than were sent", longestStallMs };
      received += chunk.length;
    }
    progressed();
    if (received === order.bytes) return { ok: true, longestStallMs };
    return { ok: false, reason: `${received} of ${order.bytes} bytes`, longestStallMs };
  } catch (error) {
    progressed();
    return { ok: false, reason: error instanceof Error ? error.message : String(error), longestStallMs };
  } finally {
    clearTimeout(connecting);
    request.destroy();
  }
}
