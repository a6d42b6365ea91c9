/**
 * What keeps records, each in a thread of the judge that may wait for the disk: `flow-log` and `packet-ring`. A program of
 * its own, so that a thread loads no more than it needs.
 */
import { runFlowLog } from "./flow-worker.ts";
import { runPacketRing } from "./packet-worker.ts";

if (process.argv[2] === "packet-ring") runPacketRing();
else runFlowLog();
