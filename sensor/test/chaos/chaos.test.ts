import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { slow } from "../slow-tests.ts";
import { Truth, type StoredAll } from "../../chaos/truth.ts";

const main = fileURLToPath(new URL("../../chaos/main.ts", import.meta.url));

// In three minutes some eighty kills, forty-five starts of the controller and eight restores; `npm run chaos` goes on for longer.
const minutes = slow === false ? 3 : 0.5;

function whyNoChaos(): string | false {
  const namespaces = [process.getuid?.() === 0 ? "-mp" : "-Urmp", "--fork", "--kill-child", "--mount-proc"];
  const { status, stderr } = spawnSync("unshare", [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  return status === 0 ? false : `this machine allows no mount in a namespace: ${stderr.trim().split("\n")[0]}`;
}

test(
  "whatever breaks between box and controller, each notice is stored once or counted, and each wish reached",
  { skip: whyNoChaos() },
  async (t) => {
    const child = spawn(process.execPath, [main, "--minutes", String(minutes)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGTERM"));
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    const [code] = (await once(child, "close")) as [number | null];
    for (const line of text.trim().split("\n")) t.diagnostic(line);
    assert.equal(code, 0, text);
    assert.match(text, /everything held/);
  },
);

/** Ten notices of one boot, all promised, and what the store has of them. */
function judged(
  changes: (all: { -readonly [K in keyof StoredAll]: StoredAll[K] }) => void,
  taken: readonly number[] = [],
) {
  const truth = new Truth();
  truth.began("boot-one", 1);
  truth.tried(12);
  truth.kept(10);
  truth.taken(taken);
  const all = {
    notices: Array.from({ length: 10 }, (_, index) => ({ bootId: "boot-one", sequence: index + 1, number: index + 1 })),
    spools: [{ bootId: "boot-one", contiguous: 10, lost: 0 }],
    translated: [] as number[],
  };
  changes(all);
  return truth.judge(all).faults;
}

const only = (all: StoredAll, keep: (sequence: number) => boolean) =>
  all.notices.filter(({ sequence }) => keep(sequence));

const cases: readonly [string, RegExp | null, Parameters<typeof judged>[0], (readonly number[])?][] = [
  ["all are there", null, () => undefined],
  ["one is there twice", /stored twice/, (all) => (all.notices = [...all.notices, ...all.notices.slice(0, 1)])],
  ["one is gone without a word", /promised and is gone/, (all) => (all.notices = only(all, (each) => each !== 4))],
  [
    "one that we have taken is gone and not counted",
    /has 9 of 10, and counts 0/,
    (all) => (all.notices = only(all, (each) => each !== 4)),
    [4],
  ],
  [
    "one that we have taken is gone and counted",
    null,
    (all) => {
      all.notices = only(all, (each) => each !== 4);
      all.spools = [{ bootId: "boot-one", contiguous: 10, lost: 1 }];
    },
    [4],
  ],
  ["nothing is known of the boot", /nothing is known/, (all) => (all.spools = [])],
  ["the last are not in", /in up to 8 of 10/, (all) => (all.spools = [{ bootId: "boot-one", contiguous: 8, lost: 0 }])],
  [
    "two have changed places",
    /is notice 2, not 1/,
    (all) => (all.notices = all.notices.map((each, at) => ({ ...each, number: at < 2 ? 2 - at : each.number }))),
  ],
  [
    "one was never given",
    /never given/,
    (all) => (all.notices = [...all.notices, { bootId: "boot-one", sequence: 13, number: 13 }]),
  ],
];

for (const [name, fault, changes, taken] of cases) {
  test(`chaos is judged by a truth of its own: ${name}`, () => {
    const faults = judged(changes, taken);
    if (fault === null) assert.deepEqual(faults, []);
    else assert.match(faults.join("\n"), fault);
  });
}
