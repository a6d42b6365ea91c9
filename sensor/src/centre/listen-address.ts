import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { SensorError } from "../errors.ts";

/** Where the box's own centre is served. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** An address, or the first IPv4 address that an interface has at a time; `host` is then its name. */
export type ListenPlace = ListenAddress & { readonly isInterface: boolean };

/** Reads `192.0.2.1:8420`, `[fd00::1]:8420` or `mgmt0:8420`. Throws `address-invalid`. */
export function listenPlaceOf(text: string): ListenPlace {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const isInterface = plain !== undefined && /^[a-z][\w.-]{0,14}$/i.test(plain);
  if ((isIP(host) === 0 && !isInterface) || Number(port) > 65_535 || /^(0\.0\.0\.0|::)$/.test(host)) {
    throw new SensorError(
      "address-invalid",
      `cannot serve at ${text}: an address of one interface or its name, and a port are needed`,
    );
  }
  return { host, port: Number(port), isInterface };
}

/** Where that is now; null while the interface is not there or has no address. */
export function addressNow({ host, port, isInterface }: ListenPlace): ListenAddress | null {
  if (!isInterface) return { host, port };
  const own = networkInterfaces()[host]?.find(({ family }) => family === "IPv4");
  return own === undefined ? null : { host: own.address, port };
}
