import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { leftAfter, processes, treeOf, type SeenProcess } from "./process-tree.ts";

const root = resolve(import.meta.dirname, "../../..");
const allowed = namespacesAllowed();
const hasNpm = spawnSync("npm", ["--version"]).status === 0;
const skip = !allowed.ok ? allowed.reason : hasNpm ? false : "npm is not on the PATH";

interface Standing {
  readonly npm: ChildProcess;
  readonly tree: readonly SeenProcess[];
  /** The networks that the start made, the lab's and the sensor's. */
  readonly networks: ReadonlySet<string>;
  readonly output: () => string;
}

/** Runs `npm start` until it shows the login link. */
async function standUp(t: TestContext): Promise<Standing> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-start-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const before = new Set(processes().map((each) => each.network));
  const npm = spawn("npm", ["start", "--", "--seed", "11", "--http-port", "0", "--data", folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => npm.kill("SIGKILL"));
  let output = "";
  const isUp = new Promise<void>((settle) => {
    for (const stream of [npm.stdout, npm.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (/login#\S+/.test(output) && output.includes("Ctrl-C ends")) settle();
      });
    }
  });
  await Promise.race([
    isUp,
    once(npm, "exit").then(() => Promise.reject(new TypeError(`npm start ended:\n${output}`))),
  ]);
  const tree = npm.pid === undefined ? [] : treeOf(npm.pid);
  const networks = new Set(tree.flatMap(({ network }) => (network === null || before.has(network) ? [] : [network])));
  assert.ok(
    tree.length > 10,
    `only ${tree.length} processes under npm: ${tree.map((each) => each.commandLine).join("; ")}`,
  );
  assert.ok(networks.size >= 4, `only ${networks.size} networks were made`);
  return { npm, tree, networks, output: () => output };
}

function find(tree: readonly SeenProcess[], words: RegExp): SeenProcess {
  const found = tree.find((each) => words.test(each.commandLine));
  if (found === undefined) throw new TypeError(`no process is called ${words}`);
  return found;
}

/** What this machine itself has of networks: a start must leave it as it was. */
function machineNetwork(): object {
  const tables = spawnSync("nft", ["list", "tables"], { encoding: "utf8" });
  return { interfaces: readdirSync("/sys/class/net").toSorted(), tables: tables.stdout };
}

for (const { name, words } of [
  { name: "npm", words: /^npm start/ },
  { name: "the set-up", words: /\.bootstrap\/main\.mjs start/ },
  { name: "start itself", words: /sensor\/start\/main\.ts/ },
]) {
  test(`a SIGKILL of ${name} leaves no process and no network`, { skip, timeout: 90_000 }, async (t) => {
    const machineBefore = machineNetwork();
    const { tree, networks } = await standUp(t);
    process.kill(find(tree, words).pid, "SIGKILL");
    assert.deepEqual(await leftAfter(8000, tree, networks), []);
    assert.deepEqual(machineNetwork(), machineBefore);
  });
}

test("an interrupt of npm ends everything in order within two seconds", { skip, timeout: 90_000 }, async (t) => {
  const { npm, tree, networks, output } = await standUp(t);
  const exit = once(npm, "exit");
  const askedAt = performance.now();
  // npm alone is told, and passes it on; at a terminal everybody is told, by the terminal and by npm.
  process.kill(find(tree, /^npm start/).pid, "SIGINT");
  assert.deepEqual(await leftAfter(8000, tree, networks), []);
  const tookMs = performance.now() - askedAt;
  t.diagnostic(`ended after ${tookMs.toFixed(0)} ms`);
  assert.ok(tookMs < 2000, `it took ${tookMs.toFixed(0)} ms`);
  await exit;
  assert.match(output(), /Ending …\n/);
});

test("a second start on the same folder is refused while the first stands", { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-start-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const args = [join(root, "sensor/start/main.ts"), "--no-lab", "--data", folder];
  const ports = ["--http-port", "0", "--broker-port", "0", "--broker-host", "127.0.0.1"];
  const first = spawn(process.execPath, [...args, ...ports], { stdio: ["ignore", "pipe", "inherit"] });
  const end = once(first, "exit");
  t.after(() => first.kill("SIGKILL"));
  let said = "";
  for await (const text of first.stdout.setEncoding("utf8")) if ((said += String(text)).includes("Ctrl-C ends")) break;
  assert.match(said, /npm run -s provision -- box create .*\n.*--controller-data /, "a box is made by provision");
  const second = spawnSync(process.execPath, [...args, ...ports], { encoding: "utf8" });
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another start is running/);
  first.kill("SIGTERM");
  assert.deepEqual(await end, [0, null]);
});
