import type { DebianLayer } from "../src/layer.ts";

export const system: DebianLayer = {
  kind: "debian",
  name: "system",
  what: "Debian trixie, configured: systemd, nft and what the sensor is linked to",
  needs: [],
  provides: ["files.tar"],
  suite: "trixie",
  components: ["main"],
  variant: "minbase",
  packages: [
    "systemd",
    "systemd-sysv",
    "systemd-resolved",
    "systemd-timesyncd",
    "dbus",
    "udev",
    "kmod",
    "nftables",
    "dnsmasq-base",
    "conntrack",
    "tcpdump",
    "iproute2",
    "netbase",
    "libpcap0.8t64",
    "libstdc++6",
    "ca-certificates",
    "util-linux",
  ],
  without: ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"],
  // Their licences ask for it.
  except: ["/usr/share/doc/*/copyright"],
};
