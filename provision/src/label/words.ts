import type { LabelFacts } from "./facts.ts";
import type { Msg } from "./message.ts";

/** What stands on the sheet for each placement. */
export interface PlaceWords {
  /** The two stations that the box stands between; of a mirror, what its two ports hang on. */
  readonly outside: string;
  readonly inside: string;
  readonly steps: readonly string[];
  readonly ifItDies: readonly string[];
}

/** The words of a placement. */
export function wordsOf(msg: Msg, placement: LabelFacts["placement"]): PlaceWords {
  const join = [
    msg`Pull the two plugs with a dot.`,
    msg`Join them with a coupler, or put the one cable straight into the other device.`,
    msg`The line carries again, and nothing is watched or cut. Then call.`,
  ];
  switch (placement) {
    case "lan":
      return {
        outside: msg`Router`,
        inside: msg`Switch`,
        steps: [
          msg`Pull the cable between router and switch out of the switch; put it into OUTSIDE.`,
          msg`A second cable from INSIDE into the switch, where the first one was.`,
          msg`MANAGEMENT into any free socket of the switch.`,
        ],
        ifItDies: join,
      };
    case "wan":
      return {
        outside: msg`Modem`,
        inside: msg`Router`,
        steps: [
          msg`Pull the cable between modem and router out of the router; put it into OUTSIDE.`,
          msg`A second cable from INSIDE into the router's Internet socket.`,
          msg`MANAGEMENT into a free socket on the router's inner side.`,
        ],
        ifItDies: join,
      };
    case "auto":
      return {
        outside: msg`Modem, router`,
        inside: msg`Router, switch`,
        steps: [
          msg`Pull the cable before or behind the router at one end; put it into OUTSIDE.`,
          msg`A second cable from INSIDE to where the first one was.`,
          msg`MANAGEMENT into a free socket behind the router. The box finds out where it stands.`,
        ],
        ifItDies: join,
      };
    case "gateway":
      return {
        outside: msg`Router`,
        inside: msg`Bench`,
        steps: [
          msg`OUTSIDE into a free socket of the client's router or modem.`,
          msg`INSIDE to the machine to be repaired, or to a switch for several.`,
          msg`Nothing else may join the two networks.`,
        ],
        ifItDies: [
          msg`The machines on the bench have no network any more. That is as it should be: do not join the plugs.`,
          msg`The client's own network goes on without the box. Call.`,
        ],
      };
    case "mirror":
      return {
        outside: msg`Any socket`,
        inside: msg`Mirror port`,
        steps: [
          msg`Set up a mirror port on the switch: copies of the router's port, both directions.`,
          msg`INSIDE into that port. It only listens.`,
          msg`MANAGEMENT into any other socket of the switch: the way home.`,
        ],
        ifItDies: [
          msg`Nothing stands still: the line does not pass through the box. There are no plugs to join.`,
          msg`Nothing is watched any more. Then call.`,
        ],
      };
  }
}

/** What the power light and the lights at the sockets say; every box has these. */
export function lightsOf(msg: Msg, placement: LabelFacts["placement"]): readonly (readonly [string, string])[] {
  const off = msg`Power light off`;
  const socket = [msg`No light at a socket`, msg`No cable, or nothing on at its other end.`] as const;
  if (placement === "mirror") {
    return [[off, msg`No power: nothing is watched.`], socket, [msg`INSIDE blinks`, msg`Copies come in.`]];
  }
  const both = msg`Both sockets blink`;
  if (placement === "gateway") {
    return [[off, msg`No power: the bench has no network.`], socket, [both, msg`The bench has a network.`]];
  }
  return [[off, msg`No power, and no line: join the two plugs.`], socket, [both, msg`The line is carried.`]];
}
