/** What a layer is, as its file in `layers/` declares it. Data only: how a kind is built stands in `builders/`. */

import type { Role } from "./users.ts";

/** The machines whose code an image can hold, as Debian calls them. */
export const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** Where a Debian system of this architecture has its libraries, below its root. */
export const libraryFolders: Readonly<Record<Architecture, string>> = {
  amd64: "usr/lib/x86_64-linux-gnu",
  arm64: "usr/lib/aarch64-linux-gnu",
};

interface LayerWords {
  readonly name: string;
  /** Whose code is in it. What two boards have in common is of one architecture, and built once. */
  readonly architecture: Architecture;
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
  /** Suites beside it, from which only what is asked for by `package/suite` is taken. */
  readonly besides: readonly string[];
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
  /**
   * Files that the start of this board takes, by their path in this layer, and where the packages have them;
   * RELEASE stands for the kernel's.
   */
  readonly parts: Readonly<Record<string, string>>;
}

/** The Node that everything runs under, verified against the lock file. */
export interface RuntimeLayer extends LayerWords {
  readonly kind: "runtime";
  /** The npm package that holds it. */
  readonly package: string;
}

/** The sensor's program with its parts, and `cap` built for the runtime. */
export interface SensorLayer extends LayerWords {
  readonly kind: "sensor";
  /** The checkout's own `cap`, or one that is built here for another machine. */
  readonly cap:
    | { readonly kind: "checkout" }
    /** `compiler`: the prefix of its names; `libraries`: the layer it is linked against; `runtime`: the layer with Node's headers. */
    | { readonly kind: "cross"; readonly compiler: string; readonly libraries: string; readonly runtime: string };
}

/** What the box carries of the controller: the program of its own centre, and the user interface. */
export interface CentreLayer extends LayerWords {
  readonly kind: "centre";
}

/** The read-only root: system, kernel modules, runtime, sensor, centre and our files, with its hash tree. */
export interface RootLayer extends LayerWords {
  readonly kind: "root";
  /** The word for the kind of box; a release for another is refused. */
  readonly compatible: string;
  /** The only kind of bundle that it takes. */
  readonly bundleFormat: "verity" | "plain";
  /** The layer of the packages. */
  readonly system: string;
  /**
   * The layer whose `/etc` and alternatives are taken in place of the system's own, which was unpacked and never configured:
   * they are the same on every architecture. Null where the system was configured itself.
   */
  readonly configuredBy: string | null;
  /** Folders of files laid over the system one after the other, from the root of the checkout. */
  readonly files: readonly string[];
  readonly enabledUnits: readonly string[];
  readonly disabledUnits: readonly string[];
  readonly maskedUnits: readonly string[];
  /** Paths removed from the system. */
  readonly without: readonly string[];
}

/** The initramfs: everything the line needs before there is a root. */
export interface InitramfsLayer extends LayerWords {
  readonly kind: "initramfs";
  /** Folders laid over one another, from the root of the checkout. */
  readonly files: readonly string[];
  /** Programs, with the libraries they are linked to. */
  readonly programs: readonly string[];
  /** Commands that busybox stands in for. */
  readonly busybox: readonly string[];
  /** Modules, with what they depend on. */
  readonly modules: readonly string[];
  /** Folder of device trees in the kernel layer, whose drivers are taken too; null where the machine says itself what is in it. */
  readonly deviceTrees: string | null;
  /** Identifiers of partitions by their names, for a disk whose table knows no names; null where it does. */
  readonly partitionIds: Readonly<Record<string, string>> | null;
  /** What the line's port towards the provider is called on the box; the ruleset knows it by that. */
  readonly outsidePort: string;
}

/** Loader stub, kernel, initramfs and command line as one UEFI program. */
export interface UnifiedKernelLayer extends LayerWords {
  readonly kind: "unified-kernel";
  readonly commandLine: readonly string[];
}

/** Files for the firmware of a Raspberry Pi, which loads kernel and initramfs by itself. */
export interface PiFirmwareLayer extends LayerWords {
  readonly kind: "pi-firmware";
  readonly commandLine: readonly string[];
  /** The lines of its `config.txt`. */
  readonly config: readonly string[];
}

interface PartitionWords {
  /** The initramfs looks for it: in a GPT by this name, else by its identifier. */
  readonly name: string;
  /** In a GPT a UUID, in an MBR a byte such as 0xC. */
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
  readonly table:
    | { readonly kind: "gpt"; readonly uuid: string }
    /** `extended`: the number of the partition that holds all after the first three. */
    | { readonly kind: "mbr"; readonly signature: number; readonly extended: number };
  readonly volumeId: string;
  readonly partitions: readonly Partition[];
}

export type Layer =
  | DebianLayer
  | KernelLayer
  | RuntimeLayer
  | SensorLayer
  | CentreLayer
  | RootLayer
  | InitramfsLayer
  | UnifiedKernelLayer
  | PiFirmwareLayer
  | DiskLayer;
