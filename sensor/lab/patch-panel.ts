import type { Site } from "./site.ts";

/** A machine's ports: the tap that its emulator opens, and the cable that the tap is joined to. */
export const machinePorts = {
  management: { tap: "tapm", cable: "mgmt0" },
  inside: { tap: "tapi", cable: "inside0" },
  outside: { tap: "tapo", cable: "outside0" },
} as const;

/**
 * Joins taps and cables frame by frame. Not by bridges: those keep frames to link-local groups
 * (IEEE 802.1D 7.12.6) for themselves, and a machine in the line is to show that it passes them.
 */
export function patchRules({ facts }: Site): string {
  const joints = [
    [machinePorts.management.tap, machinePorts.management.cable],
    [machinePorts.inside.tap, facts.ports.inside],
    [machinePorts.outside.tap, facts.ports.outside],
  ] as const;
  const chain = (from: string, to: string): string => `  chain from_${from} {
    type filter hook ingress device "${from}" priority 0; policy accept;
    fwd to "${to}"
  }
`;
  return `table netdev patch {
${joints.map(([tap, cable]) => chain(tap, cable) + chain(cable, tap)).join("")}}
`;
}
