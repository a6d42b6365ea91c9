import type { TestSite } from "./test-site.ts";

/** The box in the repair network; and on its other side, beyond which the provider stands. */
export const box = { inside: "10.77.0.254", outside: "192.0.2.2" } as const;

/** The provider's address beyond a gateway. */
export const farProvider = "192.0.2.1";

/** The executor's place in it, as `TestSite.executor` takes it. */
export const gatewayPlace = ["--bridge", "br0", "--outside", "out0", "--gateway", box.inside] as const;

/** Takes the outside port out of the bridge, and has the box stand between. Nothing is forwarded yet. */
export async function reshapeAsGateway(site: TestSite): Promise<void> {
  const script = [
    "ip link set out0 nomaster",
    "for port in in0 in1; do bridge link set dev $port isolated on; done",
    `ip address add ${box.inside}/16 dev br0`,
    `ip address add ${box.outside}/24 dev out0`,
    "ip -n provider address flush dev eth0",
    `ip -n provider address add ${farProvider}/24 dev eth0`,
    `ip -n provider route add 10.77.0.0/16 via ${box.outside}`,
    `for host in infected neighbour; do ip -n $host route replace default via ${box.inside}; done`,
  ].join(" && ");
  await site.run("box", "sh", "-c", script);
}
