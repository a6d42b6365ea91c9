import type { Board } from "../src/board.ts";
import type { DebianLayer, KernelLayer } from "../src/layer.ts";

/** Unpacked only: nothing of it is configured, so that it is the same work for any architecture. */
export const bootPackages = ({ architecture, kernel: { packages, besides, components } }: Board): DebianLayer => ({
  kind: "debian",
  name: "boot-packages",
  architecture,
  what: "Debian's kernel, what the board's firmware starts, and the few programs that run before there is a root",
  needs: [],
  provides: ["files.tar", "packages"],
  suite: "trixie",
  besides,
  components,
  variant: "extract",
  packages: [...packages, "busybox-static", "cryptsetup-bin", "nftables", "iproute2", "netbase"],
  without: ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*"],
  // For the bill of materials.
  except: ["/usr/share/doc/*/copyright"],
});

export const kernel = ({ architecture, kernel: { parts } }: Board): KernelLayer => ({
  kind: "kernel",
  name: "kernel",
  architecture,
  what: "The kernel, the modules a box may need, the loader, and the programs of the initramfs",
  needs: ["boot-packages"],
  provides: ["vmlinuz", "release", "files", ...Object.keys(parts)],
  parts,
  // No screen, no sound, no radio that we do not carry firmware for, no cluster interconnect.
  withoutModules: [
    "sound",
    "drivers/gpu",
    "drivers/media",
    "drivers/staging",
    "drivers/infiniband",
    "drivers/iio",
    "drivers/isdn",
    "drivers/bluetooth",
    "drivers/comedi",
    "drivers/accel",
    "drivers/net/wireless",
    "drivers/net/ethernet/mellanox",
    "drivers/input/touchscreen",
    "drivers/video",
    "drivers/gnss",
    "drivers/scsi/qla2xxx",
    "drivers/scsi/lpfc",
    "fs/ocfs2",
    "fs/ceph",
    "fs/smb",
    "fs/nfs",
    "fs/nfsd",
    "fs/btrfs",
    "fs/xfs",
    "fs/gfs2",
    "fs/bcachefs",
    "net/bluetooth",
    "net/sunrpc",
    "net/mac80211",
    "net/wireless",
  ],
});
