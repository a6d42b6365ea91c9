import { join } from "node:path";

/** Where the sensor keeps what must survive a restart (`state`) and its sockets (`run`). */
export interface SensorFolders {
  readonly state: string;
  readonly run: string;
}

/** The last adopted desired document, signed. */
export const desiredPath = (folders: SensorFolders) => join(folders.state, "desired.json");
/** What the judge knows. */
export const checkpointPath = (folders: SensorFolders) => join(folders.state, "judge.json");
/** Since when containments hold, and what was said of them. */
export const agentMemoryPath = (folders: SensorFolders) => join(folders.state, "agent.json");
/** Notices that the controller has not committed. */
export const spoolFolder = (folders: SensorFolders) => join(folders.state, "spool");
/** What the kernel can do with frames, once it was tried. */
export const kernelFeaturesPath = (folders: Pick<SensorFolders, "run">) => join(folders.run, "kernel-features.json");
export const executorSocketPath = (folders: SensorFolders) => join(folders.run, "executor.sock");
export const captureSocketPath = (folders: SensorFolders) => join(folders.run, "capture.sock");
