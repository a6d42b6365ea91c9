import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { MailOutcome } from "./lab.ts";

/** One mail as it is handed to one server. */
export interface Letter {
  readonly address: string;
  readonly greeting: "EHLO" | "HELO";
  readonly helo: string;
  readonly from: string;
  readonly recipients: readonly string[];
  /** Headers and text; lines end as they like. */
  readonly text: string;
  /** The connection is given up after. */
  readonly connectTimeoutMs: number;
}

/** Silence of a server that has begun to talk. */
const talkTimeoutMs = 20_000;

async function* repliesOf(socket: Socket): AsyncGenerator<number, void, undefined> {
  for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
    // Only the last line of a reply has a space behind its code (RFC 5321 4.2).
    if (/^\d{3}(?: |$)/.test(line)) yield Number(line.slice(0, 3));
  }
}

function outcomeOf(code: number): MailOutcome {
  if (code >= 200 && code < 400) return "accepted";
  if (code >= 500) return "rejected";
  return code >= 400 ? "deferred" : "broken";
}

async function converse(socket: Socket, letter: Letter): Promise<MailOutcome> {
  const replies = repliesOf(socket);
  const reply = async (): Promise<MailOutcome> => outcomeOf((await replies.next()).value ?? 0);
  const say = async (line: string): Promise<MailOutcome> => {
    socket.write(`${line}\r\n`);
    return reply();
  };
  const greeted = await reply();
  if (greeted !== "accepted") return greeted;
  for (const line of [`${letter.greeting} ${letter.helo}`, `MAIL FROM:<${letter.from}>`]) {
    const outcome = await say(line);
    if (outcome !== "accepted") return outcome;
  }
  let taken = 0;
  let refusal: MailOutcome = "broken";
  for (const recipient of letter.recipients) {
    const outcome = await say(`RCPT TO:<${recipient}>`);
    if (outcome === "accepted") taken += 1;
    else refusal = outcome;
  }
  if (taken === 0) {
    await say("QUIT");
    return refusal;
  }
  await say("DATA");
  const outcome = await say(
    `${letter.text
      .split(/\r?\n/)
      .map((line) => (line.startsWith(".") ? `.${line}` : line))
      .join("\r\n")}\r\n.`,
  );
  await say("QUIT");
  return outcome;
}

/** Hands one letter to the server at one address, in one connection. Failing is an outcome. */
export async function deliver(letter: Letter, signal: AbortSignal): Promise<MailOutcome> {
  const socket = connect({ host: letter.address, port: 25 });
  const failed = Promise.withResolvers<MailOutcome>();
  const onAbort = (): void => {
    failed.resolve("broken");
    socket.destroy();
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.setTimeout(letter.connectTimeoutMs, () => {
    failed.resolve(socket.connecting ? "silent" : "broken");
    socket.destroy();
  });
  socket.once("connect", () => socket.setTimeout(talkTimeoutMs));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED") failed.resolve("refused");
    else failed.resolve(error.code === "ETIMEDOUT" || error.code === "EHOSTUNREACH" ? "silent" : "broken");
  });
  try {
    const talk = converse(socket, letter).catch((): MailOutcome => "broken");
    return await Promise.race([failed.promise, talk]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}
