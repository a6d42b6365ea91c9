import type { GatewayProfile, SiteProfile } from "@cordon/contract";
import { readerExitCodes } from "../capture/reader-protocol.ts";
import { withPrivilegesOf, type Role } from "../containment/process-privileges.ts";
import type { SupervisedRole } from "./supervisor.ts";

export interface RolesOptions {
  /** Program and first arguments that run this program's sub-commands. */
  readonly program: readonly string[];
  /** For the judge alone: it holds a key. */
  readonly profilePath: string;
  /** What executor and reader have to know of the profile. */
  readonly ports: SiteProfile["ports"];
  readonly placement: SiteProfile["placement"];
  /** Counts for placement `gateway` alone. */
  readonly gateway: GatewayProfile;
  readonly state: string;
  readonly run: string;
  readonly capture: { readonly path: string; readonly isLoop: boolean } | null;
  /** Whether there are privileges to give up; an ordinary user has none. */
  readonly isRoot: boolean;
  /** What else the judge is told. */
  readonly judgeMore?: readonly string[];
}

/** The processes of a sensor and their command lines, in the order of their start. */
export function rolesOf(options: RolesOptions): SupervisedRole[] {
  const { program, profilePath, ports, placement, gateway, state, run, capture, isRoot, judgeMore = [] } = options;
  const places = ["--state", state, "--run", run];
  const judging = ["--profile", profilePath, ...places, ...judgeMore];
  const named = Object.entries(ports).flatMap(([name, port]) => [`--${name}`, port]);
  const address = placement === "gateway" ? ["--address", gateway.inside] : [];
  const holding = ["--placement", placement, ...named, ...address, ...places];
  const command = (role: Role, args: readonly string[]) => {
    const line = [...program, role, ...args, "--exit-with-parent"];
    return isRoot ? withPrivilegesOf(role, line) : line;
  };
  if (capture !== null) {
    const file = ["--capture", capture.path, ...(capture.isLoop ? ["--loop"] : [])];
    return [{ role: "judge", command: command("judge", [...judging, ...file]) }];
  }
  const resolvers = (gateway.resolvers ?? []).flatMap((address) => ["--resolver", address]);
  const naming = ["--bridge", ports.bridge, "--address", gateway.inside, ...resolvers, "--run", run];
  const routing: readonly SupervisedRole[] =
    placement === "gateway"
      ? [
          { role: "names", command: command("names", naming) },
          { role: "tracker", command: command("tracker", ["--run", run]) },
        ]
      : [];
  return [
    { role: "executor", command: command("executor", holding) },
    { role: "judge", command: command("judge", judging) },
    {
      role: "reader",
      // A gateway has several ports inside, and its bridge knows which machine hangs on which.
      command: command("reader", ["--inside", placement === "gateway" ? ports.bridge : ports.inside, "--run", run]),
      // It comes and goes with the judge's socket.
      quietCodes: [readerExitCodes.closed, readerExitCodes.noJudge],
    },
    ...routing,
  ];
}
