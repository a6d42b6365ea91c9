import type { DebianLayer } from "../src/layer.ts";

/** Configured on the machine that builds, which can run what the packages bring. */
export const system: DebianLayer = {
  kind: "debian",
  name: "system",
  architecture: "amd64",
  what: "Debian trixie, configured: systemd, nft and what the sensor is linked to",
  needs: [],
  provides: ["files.tar", "packages"],
  suite: "trixie",
  besides: [],
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
    "rauc",
    "cryptsetup-bin",
    "e2fsprogs",
    // By which RAUC reads what a plain bundle says of itself.
    "squashfs-tools",
  ],
  without: ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"],
  // Their licences ask for it.
  except: ["/usr/share/doc/*/copyright"],
};

/** The same packages for a machine whose code does not run here: unpacked, and configured by the settings of the other. */
export const unpackedSystem: DebianLayer = {
  ...system,
  name: "unpacked-system",
  architecture: "arm64",
  what: "The same packages of Debian for arm64, unpacked",
  variant: "extract",
  packages: [...system.packages, "?essential"],
};

/** What `cap` is linked against, for the same machine. */
export const capLibraries: DebianLayer = {
  ...system,
  name: "cap-libraries",
  architecture: "arm64",
  what: "libpcap and libc for arm64, with their headers",
  variant: "extract",
  packages: ["libpcap0.8-dev", "libc6-dev"],
  without: ["/usr/share/*"],
  except: [],
};
