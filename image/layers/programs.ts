import type { RuntimeLayer, SensorLayer } from "../src/layer.ts";

export const runtime: RuntimeLayer = {
  kind: "runtime",
  name: "runtime",
  what: "Node as the lock file names it, the same file the tests ran under",
  needs: [],
  provides: ["node", "version"],
};

export const sensor: SensorLayer = {
  kind: "sensor",
  name: "sensor",
  what: "The sensor's program and the native module that reads what the kernel selected",
  needs: [],
  provides: ["cordon-sensor.mjs", "cordon-sensor.parts", "node_modules/cap/build/Release/cap.node"],
};
