import type { Socket } from "node:net";

/** How it went on with a connection that was waited for. */
export type FirstWord = "said" | "closed" | "too-late";

// Type and version, then how long the rest is (RFC 8446 5.1).
const headBytes = 5;
const handshakeType = 22;
const maxRecordBytes = 16_384;

/** Whether more must come before somebody can be asked to answer: what is no handshake is as good as whole. */
function isUnfinished(said: Buffer): boolean {
  if (said.length === 0) return true;
  if (said[0] !== handshakeType) return false;
  if (said.length < headBytes) return true;
  const length = said.readUInt16BE(3);
  return length <= maxRecordBytes && said.length < headBytes + length;
}

/**
 * Waits until a connection has said its ClientHello, and leaves that to be read by whoever gets the connection. Until
 * then it costs a socket, so that thousands of silent ones cost no sensor anything.
 *
 * @param over called once
 */
export function awaitClientHello(
  socket: Socket,
  patience: (task: () => void) => () => void,
  over: (word: FirstWord) => void,
): void {
  let said = Buffer.alloc(0);
  const end = (word: FirstWord) => {
    cancel();
    socket.off("data", take).off("close", gone).off("end", gone);
    over(word);
  };
  const gone = () => end("closed");
  const take = (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]);
    if (isUnfinished(said)) return;
    socket.pause();
    socket.unshift(said);
    end("said");
  };
  const cancel = patience(() => end("too-late"));
  socket.on("data", take).on("close", gone).on("end", gone);
}
