import { contained, hasSaid } from "./judgements.ts";
import type { Scene } from "./scene.ts";
import { hangMs } from "./patience.ts";

/** The box is the gateway of a repair network: it routes under its rules, and is no cable. */
export const gatewayScene: Scene = {
  name: "as the gateway of a repair network",
  history: { placement: "gateway", quarantined: contained, damaged: [] },
  form: "quick",
  hasSensor: false,
  ends: { word: "quick done", patienceMs: hangMs },
  stories: {
    "gateway-carries-no-frame": ({ machine, witness }) =>
      hasSaid(machine, "forwarding for the repair network") && witness.firstAt() === null,
    "gateway-forwards-under-its-rules": ({ machine }) =>
      hasSaid(machine, "quick gateway forwards 1") &&
      hasSaid(machine, "quick gateway tables table bridge cordon table inet cordon ") &&
      hasSaid(machine, "quick gateway bridge inside0 ") &&
      hasSaid(machine, "quick gateway address 10.213.77.1/24"),
    "gateway-resets-where-it-cuts": ({ machine }) => hasSaid(machine, "quick gateway refusal 1"),
    "gateway-keeps-stored-quarantine": ({ machine }) => hasSaid(machine, "quick stored 1"),
    "gateway-asks-for-its-address-outside": ({ machine }) => hasSaid(machine, "quick gateway outside 1"),
    "gateway-has-its-programs": ({ machine }) => hasSaid(machine, "quick gateway programs 2."),
    "gateway-starts-without-trouble": ({ machine }) => hasSaid(machine, "quick troubles 0"),
  },
};
