/** How a message goes out by each kind of channel. */
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { errorText, foreignCode } from "../errors.ts";
import type { AddressGuard } from "./address-guard.ts";
import {
  withoutSecrets,
  type Channel,
  type EmailChannel,
  type NtfyChannel,
  type Severity,
  type WebhookChannel,
} from "./channel.ts";
import { oneLine } from "./finding.ts";
import { post, type PostAnswer } from "./http-post.ts";
import { htmlOf, type Message } from "./message.ts";

export interface SenderParts {
  readonly guard: AddressGuard;
  /** PEM of authorities that receivers' certificates are held against; absent: the system's. */
  readonly authorities?: readonly string[];
  /** How long one try may take, ms. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

export interface SendOutcome {
  readonly isDelivered: boolean;
  /** True where the receiver took offence at this message and not at who sends it: a repeat will hardly do. */
  readonly isRefused: boolean;
  /** What the receiver said, in words and without any secret. */
  readonly answer: string;
}

const delivered = { isDelivered: true, isRefused: false } as const;
const undelivered = { isDelivered: false, isRefused: false } as const;

/** Tries once. Does not throw: whatever goes wrong is the answer. */
export async function send(
  channel: Channel,
  message: Message,
  parts: SenderParts,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const late = AbortSignal.timeout(parts.timeoutMs);
  try {
    const outcome = await sendBy(channel, message, parts, AbortSignal.any([signal, late]));
    return { ...outcome, answer: clean(outcome.answer, channel) };
  } catch (error) {
    if (late.aborted) {
      return { ...undelivered, answer: `Not delivered: no answer within ${Math.ceil(parts.timeoutMs / 1000)} s.` };
    }
    return { ...undelivered, isRefused: isMailRefused(error), answer: clean(troubleText(error), channel) };
  }
}

function sendBy(channel: Channel, message: Message, parts: SenderParts, signal: AbortSignal): Promise<SendOutcome> {
  switch (channel.kind) {
    case "email":
      return sendEmail(channel, message, parts, signal);
    case "webhook":
      return sendWebhook(channel, message, parts, signal);
    case "ntfy":
      return sendNtfy(channel, message, parts, signal);
  }
}

function clean(answer: string, channel: Channel): string {
  const text = oneLine(withoutSecrets(answer, channel)).slice(0, 400);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there (connection refused)",
  ECONNRESET: "the receiver hung up",
  EHOSTUNREACH: "there is no way to it (host unreachable)",
  ENETUNREACH: "there is no way to it (network unreachable)",
  ENOTFOUND: "its name has no address",
  EAI_AGAIN: "its name cannot be looked up now",
  ETIMEDOUT: "no answer in time",
  CERT_HAS_EXPIRED: "its certificate is over",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is of an authority that is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is of an authority that is not trusted here",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

function troubleText(error: unknown): string {
  const { response } = error as { response?: unknown };
  // A mail server's own words say more than the library's.
  if (typeof response === "string" && response !== "") return `The mail server said: ${response}`;
  const cause = (error as { cause?: unknown }).cause;
  const code = foreignCode(error) ?? "";
  const words = networkWords[code] ?? networkWords[foreignCode(cause) ?? ""];
  // What follows a semicolon is advice for who runs Node by hand.
  return words === undefined ? `Not delivered: ${errorText(error).split(";")[0] ?? ""}` : `Not delivered: ${words}`;
}

/** Whether a mail server will not have this mail (RFC 5321 4.2.1: a permanent answer to the data). */
function isMailRefused(error: unknown): boolean {
  const { responseCode } = error as { responseCode?: unknown };
  return foreignCode(error) === "EMESSAGE" && typeof responseCode === "number" && responseCode >= 500;
}

async function sendEmail(
  { settings, secrets }: EmailChannel,
  message: Message,
  { guard, authorities, timeoutMs }: SenderParts,
  signal: AbortSignal,
): Promise<SendOutcome> {
  // Only whoever sends mail pays for it.
  const { createTransport } = await import("nodemailer");
  guard.check(settings.host);
  const { user } = settings;
  const transport = createTransport({
    host: settings.host,
    port: settings.port,
    // Its own look-up knows nothing of the guard.
    getSocket: (_, done) => {
      const socket = connect({
        host: settings.host,
        port: settings.port,
        lookup: guard.lookup,
        signal,
      });
      const failed = (error: Error) => done(error);
      socket.once("error", failed);
      socket.once("connect", () => {
        socket.off("error", failed);
        done(null, { connection: socket });
      });
    },
    secure: settings.security === "tls",
    requireTLS: settings.security === "starttls",
    ignoreTLS: settings.security === "none",
    ...(user === undefined ? {} : { auth: { user, pass: secrets.password ?? "" } }),
    tls: { minVersion: "TLSv1.2", ...(authorities === undefined ? {} : { ca: [...authorities] }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = await transport.sendMail({
      from: { name: "Cordon", address: settings.from },
      to: [...settings.to],
      subject: message.title,
      text: message.text,
      html: htmlOf(message),
      // The same at every try, by which mailboxes tell a repeat.
      messageId: `<${message.id}@${settings.from.slice(settings.from.lastIndexOf("@") + 1)}>`,
      headers: {
        "Auto-Submitted": "auto-generated",
        ...(message.severity === "critical" ? { Importance: "high" } : {}),
      },
      signal,
    });
    const refused = sent.rejected.length;
    const note = refused === 0 ? "" : ` ${refused} of ${settings.to.length} recipients were refused.`;
    return { ...delivered, answer: `The mail server took it: ${sent.response}.${note}` };
  } finally {
    transport.close();
  }
}

/** What a webhook is signed with: Standard Webhooks 1.0.0, `v1`. */
export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

async function sendWebhook(
  { secrets: { url, signingSecret } }: WebhookChannel,
  message: Message,
  parts: SenderParts,
  signal: AbortSignal,
): Promise<SendOutcome> {
  if (url === undefined) return { ...undelivered, answer: "It was not said where it goes." };
  const body = JSON.stringify(message);
  const timestamp = Math.floor(parts.now() / 1000);
  const signature =
    signingSecret === undefined ? {} : { "webhook-signature": signatureOf(signingSecret, message.id, timestamp, body) };
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Cordon",
    "webhook-id": message.id,
    "webhook-timestamp": String(timestamp),
    ...signature,
  };
  const answer = await post({ ...postParts(parts, signal), url, headers, body });
  return outcomeOf(answer, "");
}

const ntfyPriority: Readonly<Record<Severity, number>> = { info: 3, warning: 4, critical: 5 };
const ntfyTag: Readonly<Record<Severity, string>> = {
  info: "information_source",
  warning: "warning",
  critical: "rotating_light",
};

// Of 4,096 bytes; what is longer ntfy makes a file of.
const ntfyTextBytes = 3_800;

async function sendNtfy(
  { settings, secrets: { token } }: NtfyChannel,
  message: Message,
  parts: SenderParts,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const body = JSON.stringify({
    topic: settings.topic,
    title: message.title.slice(0, 250),
    message: shortened(message.text, ntfyTextBytes),
    priority: message.isEnd ? ntfyPriority.info : ntfyPriority[message.severity],
    tags: [message.isEnd ? "white_check_mark" : ntfyTag[message.severity], "cordon"],
    click: message.link,
    // A repeat takes the place of the first (ntfy 2.16; those before it show both).
    sequence_id: message.id,
  });
  const headers = {
    "content-type": "application/json",
    "user-agent": "Cordon",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await post({ ...postParts(parts, signal), url: `${settings.server}/`, headers, body });
  return outcomeOf(answer, ntfyError(answer.body));
}

function postParts({ guard, authorities }: SenderParts, signal: AbortSignal) {
  return { guard, authorities, signal };
}

function outcomeOf({ status }: PostAnswer, said: string): SendOutcome {
  const detail = said === "" ? "" : `: ${said}`;
  if (status >= 200 && status < 300) return { ...delivered, answer: `The receiver took it (${status}).` };
  if (status >= 300 && status < 400) {
    return { ...undelivered, answer: `The receiver sent it elsewhere (${status}), which is not followed.` };
  }
  const why =
    status === 401 || status === 403
      ? "does not let it in"
      : status === 404 || status === 410
        ? "knows nothing at this address"
        : status === 429
          ? "has had too many"
          : status >= 500
            ? "has a trouble of its own"
            : "refused it";
  const isRefused = [400, 413, 415, 422].includes(status);
  return { isDelivered: false, isRefused, answer: `The receiver ${why} (${status}${detail}).` };
}

function ntfyError(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === "string" ? error.slice(0, 200) : "";
  } catch {
    // Not ntfy's own words, for instance a proxy's page.
    return "";
  }
}

function shortened(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  // A character that was cut in two reads as a replacement.
  return `${whole
    .subarray(0, bytes)
    .toString("utf8")
    .replace(/\ufffd+$/, "")} …`;
}
