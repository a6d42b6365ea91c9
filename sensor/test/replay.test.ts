import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { PcapWriter } from "../src/capture/capture-file/write-pcap.ts";
import { linkTypes } from "../src/capture/frame.ts";
import { ethernet, ipv4, tcp, tcpFrame } from "../src/packet/frame-builder.ts";

const program = fileURLToPath(new URL("../src/replay/main.ts", import.meta.url));
const startsAt = 1_767_225_600_000;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function replay(args: readonly string[], input: Uint8Array = new Uint8Array(0)): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "cordon-replay-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** A machine that tries one address after the other on port 445 and is never answered; DNS of a neighbour is. */
function scan(source: string, targets = 40): Uint8Array {
  const writer = new PcapWriter();
  const frames = Array.from({ length: targets }, (_, index) =>
    tcpFrame({ source, destination: `198.51.100.${index + 1}`, sourcePort: 40_000 + index }),
  );
  return Buffer.concat([
    writer.header(),
    ...frames.map((frame, index) => writer.record(startsAt + index * 100, frame)),
  ]);
}

interface Line {
  readonly file: string;
  readonly packets: number;
  readonly weird: Record<string, number>;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly hosts: readonly Record<string, unknown>[];
}

function lines(stdout: string): Line[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

test("names a scanner in one JSON object a line", async (t) => {
  const path = join(folder(t), "scan.pcap");
  writeFileSync(path, scan("192.168.1.23"));
  const run = await replay(["--json", path]);
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  const [line, ...rest] = lines(run.stdout);
  assert.equal(rest.length, 0);
  assert.deepEqual(Object.keys(line ?? {}), ["file", "packets", "weird", "startedAt", "endedAt", "hosts"]);
  assert.deepEqual([line?.file, line?.packets, line?.weird, line?.startedAt], [path, 40, {}, startsAt]);
  const [host] = line?.hosts ?? [];
  assert.deepEqual(Object.keys(host ?? {}), [
    "host",
    "addresses",
    "verdict",
    "class",
    "vector",
    "risk",
    "firstSeenAt",
    "suspectAt",
    "infectedAt",
    "contactsBeforeSuspect",
    "evidence",
  ]);
  assert.deepEqual(
    [host?.["host"], host?.["addresses"], host?.["verdict"], host?.["class"], host?.["vector"]],
    ["02:00:00:00:00:01", ["192.168.1.23"], "infected", "scanner", "smb"],
  );
  const [evidence] = (host?.["evidence"] ?? []) as Record<string, unknown>[];
  assert.deepEqual(Object.keys(evidence ?? {}), ["kind", "for", "weight", "count", "firstAt", "lastAt", "text"]);
});

test("says to people who is infected, from standard input and from gzip", async () => {
  const run = await replay(["-"], gzipSync(scan("192.168.1.23")));
  assert.equal(run.code, 0);
  assert.match(run.stdout, /^-: 40 packets/);
  assert.match(run.stdout, /\nINFECTED: 192\.168\.1\.23 .*scanner on Windows file sharing/);
});

test("--inside says which addresses are the site's", async () => {
  const capture = scan("203.0.113.23");
  const without = lines((await replay(["--json", "-"], capture)).stdout);
  assert.deepEqual(without[0]?.hosts, []);
  const inside = lines((await replay(["--json", "--inside", "192.0.2.0/24, 203.0.113.0/24", "-"], capture)).stdout);
  assert.deepEqual(inside[0]?.hosts[0]?.["addresses"], ["203.0.113.23"]);
});

test("where MACs say nothing a host goes by its address", async () => {
  const writer = new PcapWriter({ linkType: linkTypes.raw });
  const records = Array.from({ length: 20 }, (_, index) =>
    writer.record(startsAt + index * 100, Uint8Array.from(ipv4(6, tcp(), { destination: `198.51.100.${index}` }))),
  );
  const run = await replay(["--json", "-"], Buffer.concat([writer.header(), ...records]));
  assert.equal(lines(run.stdout)[0]?.hosts[0]?.["host"], "192.168.1.10");
});

test("odd traffic is counted and stops nothing", async () => {
  const writer = new PcapWriter();
  const capture = Buffer.concat([
    scan("192.168.1.23"),
    writer.record(startsAt + 5000, Uint8Array.of(1, 2, 3)),
    writer.record(1000, ethernet(0xbeef, [])),
    writer.record(4_294_967_295_000, tcpFrame({ headerWords: 4 })),
  ]);
  const run = await replay(["--json", "-"], capture);
  assert.equal(run.code, 0);
  const [line] = lines(run.stdout);
  assert.deepEqual(line?.weird, {
    "bad-tcp-offset": 1,
    "time-went-backwards": 1,
    "truncated-ethernet-header": 1,
    "unknown-ethertype": 1,
  });
});

test("files that cannot be judged get one line each, and the others are judged", async (t) => {
  const path = folder(t);
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(path, name), bytes);
    return join(path, name);
  };
  const pipe = join(path, "pipe");
  execFileSync("mkfifo", [pipe]);
  const sound = file("sound.pcap", scan("192.168.1.23"));
  const cut = file("cut.pcap", scan("192.168.1.23").subarray(0, -5));
  const bad: readonly (readonly [path: string, says: RegExp])[] = [
    [join(path, "absent"), /: there is no such file$/],
    [file("empty", new Uint8Array(0)), /: it is empty$/],
    [file("note.txt", Buffer.from("remember the milk")), /: it is no capture file/],
    [path, /: it is a directory$/],
    [pipe, /: it is no regular file$/],
    ["/dev/zero", /: it is no regular file$/],
    [cut, /: damaged at byte \d+ after 39 packets: it ends in the middle of a record$/],
  ];
  const run = await replay(["--json", ...bad.map(([name]) => name), sound]);
  assert.equal(run.code, 1);
  const errors = run.stderr.trimEnd().split("\n");
  assert.equal(errors.length, bad.length);
  bad.forEach(([name, says], index) => {
    assert.ok(errors[index]?.startsWith(`cordon: cannot judge ${name}: `), errors[index]);
    assert.match(errors[index] ?? "", says);
  });
  assert.deepEqual(
    lines(run.stdout).map(({ file: name, packets, hosts }) => [name, packets, hosts[0]?.["verdict"]]),
    [
      [cut, 39, "infected"],
      [sound, 40, "infected"],
    ],
  );
});

test("without a file, or with a net that is none, it shows its usage and ends with 2", async () => {
  for (const args of [[], ["--json"], ["--inside", "office", "x.pcap"], ["--nonsense", "x.pcap"]]) {
    const run = await replay(args);
    assert.equal(run.code, 2, args.join(" "));
    assert.match(run.stderr, /Usage: replay/);
    assert.equal(run.stdout, "");
  }
  const help = await replay(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Usage: replay/);
});

test("a reader that goes away ends it quietly", async (t) => {
  const path = join(folder(t), "scan.pcap");
  writeFileSync(path, scan("192.168.1.23"));
  const child = spawn(process.execPath, [program, "--json", ...Array<string>(300).fill(path)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [stderr] = await Promise.all([text(child.stderr), once(child, "close")]);
  assert.equal(stderr, "");
});
