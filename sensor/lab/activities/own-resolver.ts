import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { chance, hash, type Random } from "../random.ts";
import type { Site } from "../site.ts";
import type { ActivityContext } from "./activity.ts";
import { drawStranger } from "./scan.ts";

const dnsPort = 53;
/** The flag that says that a message is an answer, in its third byte (RFC 1035 4.1.1). */
const answerFlag = 0x80;
/** Some domains' servers were given up, and the next is asked after a second. */
const deadShare = 0.05;
const nextServerMs = 1000;
const questionsKept = 2000;

/** What is asked, of the header's end to the message's; names alone do not tell types apart. */
function questionOf(message: Buffer): string {
  return message.toString("latin1", 12).toLowerCase();
}

/** The registered domain in a question's first name: labels with their lengths before them (RFC 1035 3.1). */
function domainOf(message: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; at < message.length;) {
    const length = message[at] ?? 0;
    if (length === 0 || length > 63) break;
    labels.push(message.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return labels.slice(-2).join(".");
}

/** Asks the domain's own server, and the next where that one is dead; null where nobody answers. */
async function askWorld(question: Buffer, site: Site, random: Random, signal: AbortSignal): Promise<Buffer | null> {
  const { nameServers } = site.world;
  const own = nameServers[hash(domainOf(question)) % nameServers.length] ?? site.world.resolverAddress;
  const socket = createSocket("udp4");
  try {
    for (const server of chance(random, deadShare) ? [drawStranger(random), own] : [own]) {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(nextServerMs)]);
      socket.send(question, dnsPort, server);
      try {
        const [answer] = (await once(socket, "message", { signal: patience })) as [Buffer];
        return answer;
      } catch (error) {
        if (!patience.aborted) throw error;
      }
    }
    return null;
  } finally {
    socket.close();
  }
}

function answerTo(question: Buffer, answer: Buffer): Buffer {
  const own = Buffer.from(answer);
  question.copy(own, 0, 0, 2);
  return own;
}

async function opened(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(dnsPort, "0.0.0.0");
  await once(socket, "listening");
  return socket;
}

/** The office's own resolver: everybody's questions leave the office as its own. */
export async function resolveForEverybody({ site, random, signal }: ActivityContext): Promise<void> {
  const answers = new Map<string, Buffer>();
  const socket = await opened();
  const serve = async (question: Buffer, to: { readonly address: string; readonly port: number }): Promise<void> => {
    if (question.length < 12 || ((question[2] ?? 0) & answerFlag) !== 0) return;
    const key = questionOf(question);
    const known = answers.get(key) ?? (await askWorld(question, site, random, signal));
    if (known === null || signal.aborted) return;
    if (answers.size < questionsKept) answers.set(key, known);
    socket.send(answerTo(question, known), to.port, to.address);
  };
  // Whoever gets no answer asks again.
  socket.on("message", (question, from) => void serve(question, from).catch(() => undefined));
  if (!signal.aborted) await once(signal, "abort");
  socket.close();
}

/** Asks the office's own resolver from now on. */
export async function askOwnResolver({ site, names }: ActivityContext): Promise<void> {
  const server = site.hosts.find(({ job }) => job === "mail-server");
  if (server !== undefined) names.askAt(server.address);
}
