import { ProvisionError } from "./errors.ts";

/** What the image calls the ports of a box, and the bridge that joins the two on the line. */
export const imagePorts = { bridge: "br0", inside: "inside0", outside: "outside0" } as const;

/** The ports that can be told by their MACs; the last need not be. */
const portNames = [imagePorts.inside, imagePorts.outside, "mgmt0"] as const;

/**
 * Reads `inside0=02:00:…` and so on, and gives MACs by name. Empty where there are none: the box then
 * goes by the places of its ports on the bus. Throws `bad-port`.
 */
export function parsePorts(wishes: readonly string[]): ReadonlyMap<string, string> {
  const macs = new Map<string, string>();
  for (const wish of wishes) {
    const [name = "", written = "", ...rest] = wish.split("=");
    const mac = written.toLowerCase().replaceAll("-", ":");
    if (!portNames.some((each) => each === name) || rest.length > 0) {
      throw new ProvisionError(
        "bad-port",
        `--port ${JSON.stringify(wish)}: write NAME=MAC, where NAME is ${portNames.join(", ")}`,
      );
    }
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) {
      throw new ProvisionError(
        "bad-port",
        `--port ${JSON.stringify(wish)}: a MAC is six bytes in hex, such as 02:00:5e:10:00:01`,
      );
    }
    // The lowest bit of the first byte marks groups (IEEE 802 8.2).
    if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 || mac === "00:00:00:00:00:00") {
      throw new ProvisionError("bad-port", `--port ${JSON.stringify(wish)}: no port has this MAC`);
    }
    if (macs.has(name))
      throw new ProvisionError("bad-port", `--port ${JSON.stringify(wish)}: ${name} was named before`);
    const other = [...macs].find(([, known]) => known === mac)?.[0];
    if (other !== undefined)
      throw new ProvisionError("bad-port", `--port ${JSON.stringify(wish)}: this is ${other} already`);
    macs.set(name, mac);
  }
  // With one of them alone the box would have no line.
  const left = [imagePorts.inside, imagePorts.outside].filter((name) => !macs.has(name));
  if (macs.size > 0 && left.length > 0) {
    throw new ProvisionError("bad-port", `--port names both ports of the line or none: ${left.join(" and ")} missing`);
  }
  return macs;
}

/** The file `cordon/ports`, as the initramfs reads it; null where there is nothing to tell. */
export function portsFile(macs: ReadonlyMap<string, string>): string | null {
  return macs.size === 0 ? null : [...macs].map(([name, mac]) => `${name} ${mac}\n`).join("");
}
