/** What a layer is, as its file in `layers/` declares it. Data only: how a kind is built stands in `builders/`. */

import type { Role } from "./users.ts";

/** The machines an image can be built for. */
export const architectures = ["amd64"] as const;
export type Architecture = (typeof architectures)[number];

interface LayerWords {
  readonly name: string;
  /** One sentence: what it is. */
  readonly what: string;
  /** Names of the layers whose files it is made from. */
  readonly needs: readonly string[];
  /** Files that its folder holds when it is built. */
  readonly provides: readonly string[];
}

/** Packages of Debian, by mmdebstrap, as one tar. */
export interface DebianLayer extends LayerWords {
  readonly kind: "debian";
  readonly suite: string;
  readonly components: readonly string[];
  /** `extract` unpacks and runs no code of the target; `minbase` also configures the packages. */
  readonly variant: "extract" | "minbase";
  readonly packages: readonly string[];
  /** Paths that are never unpacked, and exceptions from them. */
  readonly without: readonly string[];
  readonly except: readonly string[];
}

/** Kernel and loader parts, taken out of an extracted layer. */
export interface KernelLayer extends LayerWords {
  readonly kind: "kernel";
  /** Folders of modules that no box needs, below `kernel/`. */
  readonly withoutModules: readonly string[];
}

/** The Node that everything runs under, verified against the lock file. */
export interface RuntimeLayer extends LayerWords {
  readonly kind: "runtime";
}

/** The sensor's program with its parts, and `cap` built for the runtime. */
export interface SensorLayer extends LayerWords {
  readonly kind: "sensor";
}

/** The read-only root: system, kernel modules, runtime, sensor and our files, with its hash tree. */
export interface RootLayer extends LayerWords {
  readonly kind: "root";
  /** A folder of files laid over the system, from the root of the checkout. */
  readonly files: string;
  readonly enabledUnits: readonly string[];
  readonly disabledUnits: readonly string[];
  readonly maskedUnits: readonly string[];
  /** Paths removed from the system. */
  readonly without: readonly string[];
}

/** The initramfs: everything the line needs before there is a root. */
export interface InitramfsLayer extends LayerWords {
  readonly kind: "initramfs";
  readonly files: string;
  /** Programs, with the libraries they are linked to. */
  readonly programs: readonly string[];
  /** Commands that busybox stands in for. */
  readonly busybox: readonly string[];
  /** Modules, with what they depend on. */
  readonly modules: readonly string[];
  /** What the line's port towards the provider is called on the box; the ruleset knows it by that. */
  readonly outsidePort: string;
}

/** Loader stub, kernel, initramfs and command line as one UEFI program. */
export interface UnifiedKernelLayer extends LayerWords {
  readonly kind: "unified-kernel";
  readonly commandLine: readonly string[];
}

interface PartitionWords {
  /** GPT name; the initramfs looks for it. */
  readonly name: string;
  readonly type: string;
  readonly uuid: string;
  readonly sizeMb: number;
}

export type Partition =
  | (PartitionWords & { readonly content: "boot" | "root" | "verity" | "empty" })
  /** An empty filesystem that belongs to one process of the sensor. */
  | (PartitionWords & { readonly content: "ext4"; readonly owner: Role });

/** The whole disk. */
export interface DiskLayer extends LayerWords {
  readonly kind: "disk";
  readonly uuid: string;
  readonly volumeId: string;
  readonly partitions: readonly Partition[];
}

export type Layer =
  | DebianLayer
  | KernelLayer
  | RuntimeLayer
  | SensorLayer
  | RootLayer
  | InitramfsLayer
  | UnifiedKernelLayer
  | DiskLayer;
