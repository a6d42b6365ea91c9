import type {
  Architecture,
  DiskLayer,
  KernelLayer,
  Layer,
  PiFirmwareLayer,
  SensorLayer,
  UnifiedKernelLayer,
} from "./layer.ts";

/** The boards an image can be built for. */
export const boardNames = ["pc", "pi"] as const;
export type BoardName = (typeof boardNames)[number];

/** What one kind of board has that another has not; everything else is the same on all. */
export interface Board {
  readonly name: BoardName;
  /** One line, for people. */
  readonly what: string;
  readonly architecture: Architecture;
  readonly kernel: {
    /** Debian's packages of kernel and loader, and the suites and components that they come from. */
    readonly packages: readonly string[];
    readonly besides: readonly string[];
    readonly components: readonly string[];
    readonly parts: KernelLayer["parts"];
  };
  /** The layer with the packages of its root, and where that is only unpacked the layer that configures. */
  readonly system: { readonly layers: readonly Layer[]; readonly name: string; readonly configuredBy: string | null };
  /**
   * How its releases are signed: `verity` is verified as it is read. RAUC 1.13 cannot read what kernels from 6.19 on say of such a
   * device ("Unexpected dm-verity status"); there it is `plain`, verified as a whole before, and nobody may have it open to write.
   */
  readonly bundleFormat: "verity" | "plain";
  /** npm's package of the runtime. */
  readonly runtime: string;
  readonly sensor: { readonly needs: readonly Layer[]; readonly cap: SensorLayer["cap"] };
  /** Modules of its ports and disks in the initramfs, beside those of all boards. */
  readonly modules: readonly string[];
  readonly deviceTrees: string | null;
  readonly partitionIds: Readonly<Record<string, string>> | null;
  /** What its firmware starts, of kind and content; the name is `start`. */
  readonly start: UnifiedKernelLayer | PiFirmwareLayer;
  readonly disk: DiskLayer;
}
