import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { CaptureServer } from "./capture-server.ts";
import { encodeMessage } from "./framing.ts";
import { messageKinds } from "./reader-protocol.ts";

// Prefix, port 3, link header, payload of four bytes: as little as makes a frame.
const record = Buffer.from(
  "07000047" +
    "15000a00" +
    Buffer.from("cordon:seen:arp \0").toString("hex") +
    "000000" +
    "08000600" +
    "00000003" +
    "12001500" +
    "ffffffffffff0200000000020806" +
    "0000" +
    "08000900" +
    "00010800",
  "hex",
);

function message(kind: number, time: number | null, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(time === null ? 1 : 9);
  head[0] = kind;
  if (time !== null) head.writeDoubleBE(time, 1);
  return encodeMessage(Buffer.concat([head, body]));
}

async function aServer(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-capture-"));
  const frames: string[] = [];
  let wake: () => void = () => {};
  const server = new CaptureServer({
    socketPath: join(folder, "capture.sock"),
    ports: { in0: "inside" },
    clock: () => 5000,
    monotonic: () => 0,
    readNames: () => Promise.resolve(new Map([[3, "in0"]])),
    onFrame: ({ at, side, rule, bytes }) => {
      frames.push(`${at} ${side} ${rule} ${bytes.length}`);
      wake();
    },
    onReadingChange: () => wake(),
  });
  await server.start();
  const connect = async (): Promise<Socket> => {
    const socket = createConnection({ path: join(folder, "capture.sock") });
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  const until = async (isAwaited: () => boolean) => {
    while (!isAwaited()) await new Promise<void>((resolve) => (wake = resolve));
  };
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return { server, frames, connect, until };
}

test("frames of the reader arrive, and the state says that it reads", async (t) => {
  const { server, frames, connect, until } = await aServer(t);
  assert.equal(server.state.isReading, false);
  const reader = await connect();
  reader.write(Buffer.concat([message(messageKinds.ready, null), message(messageKinds.record, 77, record)]));
  await until(() => frames.length === 1);
  assert.deepEqual(frames, ["77 inside arp 18"]);
  assert.equal(server.state.isReading, true);
  reader.destroy();
  await until(() => !server.state.isReading);
});

test("drops are summed over readers", async (t) => {
  const { server, connect, until } = await aServer(t);
  for (const [dropped, total] of [
    [5, 5],
    [3, 8],
  ] as const) {
    const reader = await connect();
    reader.write(Buffer.concat([message(messageKinds.dropped, dropped), message(messageKinds.ready, null)]));
    await until(() => server.state.isReading);
    assert.equal(server.state.droppedByReader, total);
    reader.destroy();
    await until(() => !server.state.isReading);
  }
});

test("a new reader takes the place of the old one", async (t) => {
  const { connect } = await aServer(t);
  const first = await connect();
  const gone = once(first, "close");
  await connect();
  await gone;
});

test("a partner that does not speak the protocol is cut off, and its records count as weird", async (t) => {
  const { server, connect } = await aServer(t);
  const reader = await connect();
  const gone = once(reader, "close");
  reader.write(Buffer.concat([message(messageKinds.record, 77, Buffer.from("rubbish")), message(99, null)]));
  await gone;
  assert.equal(server.state.frames, 0);
  assert.deepEqual(Object.values(server.state.weird), [1]);
});
