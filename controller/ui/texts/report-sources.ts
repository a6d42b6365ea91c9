import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsed, sourceFiles, type SourceFile } from "./source-files.ts";

/** Where the controller and the box write what people read: folders whole, files by name. Paths from the checkout's root. */
const folders = ["sensor/src/evidence", "sensor/src/verdict"];

const files = {
  "controller/src/incident": [
    ...["containment-view", "host-view", "identity-facts", "sentence", "site-facts", "site-row", "time-text"],
    ...["timeline-text", "wish-view"],
  ],
  "controller/src/notify": ["host-standing", "message", "words"],
  "controller/src/api": ["problem-codes"],
  "controller/src/fleet": ["adopt-report", "adoption-bounds", "box-shelf", "forgotten-keeper"],
  "controller/src/rollout": ["update-order"],
  "sensor/src/agent": [
    ...[
      "agent",
      "anchor-keeper",
      "automatic-keeper",
      "boot-health",
      "clock-watch",
      "containment-changes",
      "disk-writes",
    ],
    ...["flow-recorder", "judge-process", "line-parts", "nat-recorder", "packet-recorder", "placement-watch"],
    ...["probation-keeper", "remedy-keeper", "restored-judge", "site-changes", "source", "spool-watch"],
  ],
  "sensor/src/centre": ["centre-keeper"],
  "sensor/src/identity": ["identity-keeper"],
  "sensor/contract/src": ["barrier", "enrolment", "level", "site-level", "site-words"],
  "provision/src/site": [
    "address-faults",
    "controller-faults",
    "machine-faults",
    "sense-faults",
    "shape-faults",
    "site-plan",
  ],
  "sensor/src/update": ["bundle-fetch", "update-keeper"],
  "sensor/src/install": ["ordered-release", "update-files", "update-step", "updater"],
  "sensor/src/host": ["anchors", "host", "role", "several"],
  "sensor/src/connection": ["line-by-server", "line-health"],
  "sensor/src/placement": ["statement"],
  "sensor/src/containment": ["automatic", "probation", "protected-set", "reflex", "report-containments", "site-plan"],
} as const;

// Tables of figures, and names that nobody looks up.
const silent = /\/(likelihood-table|generated-names)\.ts$/;

/** Where requests are refused, with details. */
export function problemSources(root: string): SourceFile[] {
  return sourceFiles(join(root, "controller/src/api"));
}

export function reportSources(root: string): SourceFile[] {
  const whole = folders.flatMap((folder) => sourceFiles(join(root, folder)));
  const named = Object.entries(files).flatMap(([folder, names]) =>
    names.map((name) => {
      const path = join(root, folder, `${name}.ts`);
      return parsed(path, readFileSync(path, "utf8"));
    }),
  );
  return [...whole, ...named].filter(({ path }) => !silent.test(`/${path}`));
}
