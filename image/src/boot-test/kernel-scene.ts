import { readdir, readFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { bundleKernelTests } from "../../../sensor/test/kernel/bundle.ts";
import { writeBootFiles } from "../boot-partition.ts";
import { ImageError } from "../errors.ts";
import type { SceneOptions } from "./boot-scene.ts";
import { GuestAgent } from "./guest-agent.ts";
import { launchHere } from "./launch.ts";
import { Machine } from "./machine.ts";
import type { SceneResult } from "./scene-result.ts";
import { sceneMacs } from "./scene.ts";
import { placeOf, quickStart } from "./test-boot.ts";
import { TestDisk } from "./test-disk.ts";
import { makeTestProfile } from "./test-profile.ts";
import { hangMs } from "./patience.ts";

/** Where the tests lie in the box: `cap` and its libraries are found from there. */
const home = "usr/lib/cordon/kernel-tests";
const patience = 10;
// Tests that take half a minute here, in an emulator that does everything ten times slower.
const fileMs = 900_000;

/**
 * Plays the sensor's kernel tests on the box's kernel: the same files that `npm test` runs on this machine's,
 * in namespaces of the box. What the two kernels differ in is what this is for; tests that this machine's
 * kernel skips are not skipped there.
 */
export async function kernelScene(
  name: string,
  options: SceneOptions & {
    /** Parts of names of the tests to play; none: all. */
    readonly kernelTests: readonly string[];
  },
): Promise<SceneResult> {
  const { folder, monotonic, memoryMb, kernelTests } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const startedAt = monotonic();
  const place = placeOf(options.built);
  const bundles = join(folder, "bundles");
  const tests = (await bundleKernelTests(bundles)).filter(
    (file) => kernelTests.length === 0 || kernelTests.some((part) => file.includes(part)),
  );
  if (tests.length === 0) {
    throw new ImageError("kernel-test-unknown", `no kernel test has ${kernelTests.join(" or ")} in its name`);
  }
  const files = new Map<string, Uint8Array>();
  for (const file of await readdir(bundles)) files.set(join(home, file), await readFile(join(bundles, file)));
  files.set(join(home, "test-words.mjs"), await readFile(join(import.meta.dirname, "guest/test-words.mjs")));
  const disk = await TestDisk.copyOf(place("disk", "disk.img"), join(folder, "test.img"));
  await writeBootFiles(disk.path, { "profile.json": JSON.stringify(await makeTestProfile(folder)) });
  const agentSocket = join(folder, "agent");
  const machine = new Machine({
    disk: disk.path,
    start: await quickStart(place, folder, "bare-init", [], files),
    ports: {
      management: { netdev: "user,restrict=on", mac: sceneMacs.management },
      inside: { netdev: "user,restrict=on", mac: sceneMacs.inside },
      outside: { netdev: "user,restrict=on", mac: sceneMacs.outside },
    },
    agentSocket,
    memoryMb,
    launch: launchHere,
    monotonic,
  });
  const stories = new Map<string, boolean>(tests.map((file) => [storyOf(file), false]));
  const notes: string[] = [];
  let failure: string | null = null;
  let agent: GuestAgent | null = null;
  try {
    await machine.start();
    agent = await GuestAgent.at(agentSocket);
    await machine.word("quick bare", hangMs);
    for (const file of tests) {
      const beganAt = monotonic();
      const { code, output } = await agent.run(
        `cd /${home} && CORDON_TEST_PATIENCE=${patience} ../node --disable-warning=ExperimentalWarning --test-reporter=./test-words.mjs ${file}`,
        fileMs,
      );
      const lines = output.split("\n").filter((line) => line !== "");
      const count = (kind: string) => lines.filter((line) => line.startsWith(`${kind} `)).length;
      // A file in which nothing ran has shown nothing.
      stories.set(storyOf(file), code === 0 && count("fail") === 0 && count("pass") > 0);
      const seconds = ((monotonic() - beganAt) / 1000).toFixed(0);
      notes.push(
        `${file}: ${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped in ${seconds} s`,
        ...lines.filter((line) => !line.startsWith("pass ")),
      );
    }
  } catch (error) {
    failure = (error as Error).message;
  } finally {
    agent?.close();
    await machine.cutPower();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    name,
    isFull: false,
    stories,
    words: machine.words,
    notes: [...machine.notes, ...notes],
    memoryMb: null,
    wallSeconds: (monotonic() - startedAt) / 1000,
    failure,
  };
}

function storyOf(file: string): string {
  return `kernel-${file.replace(".test.ts", "")}`;
}
