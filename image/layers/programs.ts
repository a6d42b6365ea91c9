import type { Board } from "../src/board.ts";
import type { CentreLayer, RuntimeLayer, SensorLayer } from "../src/layer.ts";

export const runtime = (board: Board): RuntimeLayer => ({
  kind: "runtime",
  name: "runtime",
  architecture: board.architecture,
  what: "Node as the lock file names it, the same version the tests ran under",
  needs: [],
  provides: ["node", "version", "include"],
  package: board.runtime,
});

export const sensor = ({ architecture, sensor: { cap, needs } }: Board): SensorLayer => ({
  kind: "sensor",
  name: "sensor",
  architecture,
  what: "The sensor's program and the native module that reads what the kernel selected",
  needs: [...needs.map(({ name }) => name), ...(cap.kind === "cross" ? ["runtime"] : [])],
  provides: ["cordon-sensor.mjs", "cordon-sensor.parts", "node_modules/cap/build/Release/cap.node"],
  cap,
});

export const centre = ({ architecture }: Board): CentreLayer => ({
  kind: "centre",
  name: "centre",
  architecture,
  what: "What makes a box its own centre: the controller's program for one site, and its user interface",
  needs: [],
  provides: [
    "cordon-centre.mjs",
    "cordon-centre.parts",
    "ui/index.html",
    "beside.json",
    "node_modules/oui-data/index.json",
  ],
});
