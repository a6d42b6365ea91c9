/**
 * @typedef {object} Task
 * @property {string} script what runs under the pinned Node, from the root of the checkout
 * @property {readonly string[]} [args] arguments before the user's own
 * @property {readonly import("./system-packages.mjs").Purpose[]} purposes what the system is needed for
 * @property {boolean} needsBundles
 * @property {boolean} needsReplay the judge of capture files as one file
 * @property {boolean} isWhereAsked runs in the folder the user is in: its arguments name files
 * @property {readonly string[]} [nodeFlags] of Node itself
 */

/** @type {Omit<Task, "script">} */
const nodeOnly = { purposes: [], needsBundles: false, needsReplay: false, isWhereAsked: false };

/** Judging leaves little behind: a small nursery costs nothing, and a large one only memory. */
const judgingFlags = ["--max-semi-space-size=4"];

/** What building an image and booting it takes. @type {Task["purposes"]} */
const imageBoot = ["image", "machine"];

/**
 * The task by its name, with what it needs on this call; null when there is none of this name.
 *
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Task | null}
 */
export function findTask(name, args) {
  switch (name) {
    case "start": {
      // The controller alone, and a capture that is judged, touch no kernel.
      const isLab = !args.some((each) => each === "--no-lab" || each === "--simulate" || each === "--help");
      return {
        ...nodeOnly,
        script: "sensor/start/main.ts",
        purposes: isLab ? ["build", "lab"] : [],
        needsBundles: true,
      };
    }
    case "test":
      return {
        ...nodeOnly,
        script: ".bootstrap/gate/test.mjs",
        // Only root can build an image; for others the test that boots one says so and is skipped.
        purposes: ["build", "lab", "browser", ...(process.getuid?.() === 0 ? imageBoot : [])],
        needsBundles: true,
        needsReplay: true,
      };
    case "picture":
      return {
        ...nodeOnly,
        script: "sensor/start/picture.ts",
        purposes: ["build", "lab", "browser"],
        needsBundles: true,
      };
    case "screenshots":
      return { ...nodeOnly, script: "controller/test/gallery/screenshots.ts", purposes: ["browser"] };
    case "check":
      return { ...nodeOnly, script: ".bootstrap/gate/check.mjs" };
    case "languages":
      return { ...nodeOnly, script: "controller/ui/texts/main.ts" };
    case "format":
      return { ...nodeOnly, script: "node_modules/oxfmt/bin/oxfmt", args: ["."] };
    case "lab":
      return { ...nodeOnly, script: "sensor/lab/main.ts", purposes: ["build", "lab"] };
    case "replay":
      return {
        ...nodeOnly,
        script: "sensor/dist/cordon-replay.mjs",
        needsReplay: true,
        isWhereAsked: true,
        nodeFlags: judgingFlags,
      };
    case "score":
      return { ...nodeOnly, script: "sensor/score/main.ts", isWhereAsked: true, nodeFlags: judgingFlags };
    case "fuzz":
      return { ...nodeOnly, script: "sensor/fuzz/main.ts", isWhereAsked: true };
    case "chaos":
      return { ...nodeOnly, script: "sensor/chaos/main.ts", purposes: ["build"], needsBundles: true };
    case "bench": {
      // The others stand networks, and `cut` a whole office with its controller.
      const isBrowsed = args.includes("ui");
      const isNetworked = args.some((each) => each === "forward" || each === "cut");
      return {
        ...nodeOnly,
        script: "sensor/bench/main.ts",
        purposes: isNetworked ? ["build", "lab"] : isBrowsed ? ["browser"] : [],
        needsBundles: true,
        needsReplay: !isNetworked && !isBrowsed,
      };
    }
    case "image": {
      const isTest = args.includes("test");
      const says = (/** @type {RegExp} */ words) => args.some((each) => words.test(each));
      // Tested in full, both images are, unless one is named.
      const isPi =
        says(/^(--\w+=)?(arm64|pi)$/) || (isTest && !says(/^(--\w+=)?(amd64|pc)$|^--(reduced|kernel|scenarios)$/));
      const purposes = /** @type {Task["purposes"]} */ ([
        ...(isTest ? ["build", "lab", ...imageBoot] : ["build", "image"]),
        ...(isTest || args.includes("bundle") ? ["release"] : []),
        ...(isPi ? ["cross", ...(isTest ? ["armMachine"] : [])] : []),
      ]);
      const isWork = ["build", "bundle", "test"].some((each) => args.includes(each));
      return { ...nodeOnly, script: "image/src/main.ts", purposes: isWork ? purposes : [], needsBundles: isTest };
    }
    case "provision": {
      const isWork = args.includes("create") && !args.includes("--help");
      return {
        ...nodeOnly,
        script: "provision/src/main.ts",
        purposes: isWork ? ["provision"] : [],
        needsBundles: args.length > 0 && !args.includes("--help"),
        isWhereAsked: true,
      };
    }
    default:
      return null;
  }
}

export const taskNames = [
  "start",
  "test",
  "check",
  "format",
  "lab",
  "replay",
  "score",
  "fuzz",
  "chaos",
  "bench",
  "picture",
  "screenshots",
  "image",
  "provision",
];
