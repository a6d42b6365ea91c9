import { isIP } from "node:net";
import { SensorError } from "../errors.ts";

/** Where the box's own centre is served. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `192.0.2.1:8420` or `[fd00::1]:8420`. Throws `address-invalid`. */
export function listenAddressOf(text: string): ListenAddress {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  if (isIP(host) === 0 || Number(port) > 65_535 || /^(0\.0\.0\.0|::)$/.test(host)) {
    throw new SensorError(
      "address-invalid",
      `cannot serve at ${text}: an address of one interface and a port are needed`,
    );
  }
  return { host, port: Number(port) };
}
