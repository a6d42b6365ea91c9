import { once } from "node:events";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { hash } from "./random.ts";

/** What a mail server says to a recipient before it has seen the mail. */
export type RecipientAnswer = "accept" | "unknown" | "later";

export interface MailServerOptions {
  /** The name it greets with. */
  readonly name: string;
  readonly address: string;
  readonly recipientAnswer: (recipient: string, helo: string) => RecipientAnswer;
  readonly onMail: (mail: ReceivedMail) => void;
}

export interface ReceivedMail {
  readonly helo: string;
  readonly from: string;
  readonly recipients: number;
}

class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.name = "SmtpRefusal";
    this.responseCode = responseCode;
  }
}

function heloOf(session: SMTPServerSession): string {
  return String(session.hostNameAppearsAs || "");
}

/** One mail server on port 25 of one address. */
export async function openMailServer(options: MailServerOptions): Promise<void> {
  const server = new SMTPServer({
    name: options.name,
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    socketTimeout: 60_000,
    onRcptTo(recipient, session, done) {
      const verdict = options.recipientAnswer(recipient.address, heloOf(session));
      if (verdict === "unknown") done(new SmtpRefusal(550, "no such user here"));
      else if (verdict === "later") done(new SmtpRefusal(450, "please try again later"));
      else done();
    },
    onData(stream: SMTPServerDataStream, session, done) {
      const from = session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address;
      const recipients = session.envelope.rcptTo.length;
      pipeline(stream, new Writable({ write: (_chunk, _encoding, next) => next() })).then(
        () => {
          options.onMail({ helo: heloOf(session), from, recipients });
          done();
        },
        (error: unknown) => done(error instanceof Error ? error : null),
      );
    },
  });
  // Clients that vanish in the middle of a conversation are part of the scene.
  server.on("error", () => undefined);
  server.listen(25, options.address);
  await once(server.server, "listening");
}

/**
 * How the world answers recipients: known mailboxes are accepted, a tenth of them only the second
 * time; of made-up ones a part is refused and a part put off.
 */
export function worldAnswers(mailboxes: ReadonlySet<string>): (recipient: string) => RecipientAnswer {
  const asked = new Set<string>();
  return (recipient) => {
    const lot = hash(recipient) % 100;
    if (mailboxes.has(recipient)) {
      if (lot >= 10 || asked.has(recipient)) return "accept";
      asked.add(recipient);
      return "later";
    }
    if (lot < 25) return "unknown";
    return lot < 40 ? "later" : "accept";
  };
}
