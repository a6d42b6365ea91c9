import { join } from "node:path";

/**
 * Where the sensor keeps what must survive a restart (`state`) and where its processes meet (`run`). Node cannot ask
 * who is at the other end of a socket; who may reach it is said by the folder it lies in, one for each process that
 * listens. On the box each belongs to that process's user, and to the group of the one process that may come in.
 */
export interface SensorFolders {
  readonly state: string;
  readonly run: string;
}

/** The last adopted desired document, signed. */
export const desiredPath = (folders: SensorFolders) => join(folders.state, "desired.json");
/** The controller's document that one of the box's own goes on from, signed. */
export const desiredBasePath = (folders: SensorFolders) => join(folders.state, "desired-base.json");
/** What the box may do by itself, signed. */
export const delegationPath = (folders: SensorFolders) => join(folders.state, "delegation.json");
/** The key that it signs with then. */
export const centreKeyPath = (folders: SensorFolders) => join(folders.state, "centre-key.pem");
/** How far what was done there was told. */
export const deedsPath = (folders: SensorFolders) => join(folders.state, "deeds-told");
/** What the controller's program keeps while it runs here. */
export const centreFolder = (folders: SensorFolders) => join(folders.state, "centre");
/** What the judge knows. */
export const checkpointPath = (folders: SensorFolders) => join(folders.state, "judge.json");
/** What the judge knew where the box stood otherwise: there machines go by other names. */
export const otherCheckpointPath = (folders: SensorFolders) => join(folders.state, "judge-elsewhere.json");
/** Where the box has found that it stands. */
export const standingPath = (folders: SensorFolders) => join(folders.state, "placement.json");
/** Since when containments hold, and what was said of them. */
export const agentMemoryPath = (folders: SensorFolders) => join(folders.state, "agent.json");
/** What the policy contains by itself. */
export const automaticPath = (folders: SensorFolders) => join(folders.state, "automatic.json");
/** The open incident, and who was there before it. */
export const incidentPath = (folders: SensorFolders) => join(folders.state, "incident.json");
/** What the NAT log has accounted for. */
export const natLogPath = (folders: SensorFolders) => join(folders.state, "nat-log.json");
/** Every connection that was seen, for look-ups. */
export const flowLogPath = (folders: SensorFolders) => join(folders.state, "flows", "flows.sqlite");
/** The box's own key and its certificate; where the profile holds a key there is none. */
export const identityPath = (folders: SensorFolders) => join(folders.state, "identity.json");
/** That the box is to forget its site, or has. */
export const wipeMarkPath = (folders: SensorFolders) => join(folders.state, "wipe.json");
/** The release that is ordered: its bundle, and what is asked of whoever installs it. */
export const updateFolder = (folders: SensorFolders) => join(folders.state, "update");
/** Where the box's system looks for the order, which only the judge can lay there. */
export const wipeOrderPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "judge/wipe-order");
/** Whole packets, while a recorded authorisation allows that. */
export const packetFolder = (folders: SensorFolders) => join(folders.state, "packets");
/** Notices that the controller has not committed. */
export const spoolFolder = (folders: SensorFolders) => join(folders.state, "spool");
/** Folders that whoever starts the processes makes for them. */
export const meetingFolders = ({ run }: Pick<SensorFolders, "run">) => [
  join(run, "executor"),
  join(run, "judge"),
  join(run, "names"),
];
/** What the kernel can do with frames, once it was tried. */
export const kernelFeaturesPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "executor/kernel-features.json");
/** The judge alone comes in here: what it asks for is done. */
export const executorSocketPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "executor/executor.sock");
/** The reader alone comes in here. */
export const captureSocketPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "judge/capture.sock");
/** The reader alone: tcpdump writes whole packets into it. */
export const packetSocketPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "judge/packets.sock");
/** Whether the box can tell anybody, for its own look at its health; one word. */
export const wayHomePath = ({ run }: Pick<SensorFolders, "run">) => join(run, "judge/way-home");
/** The tracker alone comes in here. */
export const trackerSocketPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "judge/tracker.sock");
/** Names of remedies, for the name service of a repair network; the judge writes them. */
export const remedyNamesPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "names/names.json");
/** What the name service gave to whom. */
export const leasesPath = ({ run }: Pick<SensorFolders, "run">) => join(run, "names/leases");
