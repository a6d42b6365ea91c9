import { drawMailbox, drawPerson, drawWords } from "../names.ts";
import type { DrawnActivity } from "../protocol.ts";
import { exponential, pick, shuffled, wholeBetween } from "../random.ts";
import { deliver } from "../smtp-client.ts";
import type { MailOutcome } from "../lab.ts";
import { pause, type ActivityContext } from "./activity.ts";

/** How many conversations the mail server holds at once for a mailing. */
const newsletterParallel = 6;
const mostTries = 4;

interface Outgoing {
  readonly from: string;
  readonly recipient: string;
  readonly text: string;
}

/** Tries the servers of the recipient's domain, best first, until one talks (RFC 5321 5.1). */
async function hand(mail: Outgoing, context: ActivityContext): Promise<MailOutcome> {
  const { names, random, signal, host } = context;
  const domain = mail.recipient.split("@")[1] ?? "";
  const helo = context.site.world.office.serverName;
  let outcome: MailOutcome = "unresolved";
  for (const server of await names.mailServersOf(domain)) {
    const addresses = await names.addressesOf(server);
    if (addresses.length === 0) continue;
    const address = pick(random, addresses);
    outcome = await deliver(
      {
        address,
        greeting: "EHLO",
        helo,
        from: mail.from,
        recipients: [mail.recipient],
        text: mail.text,
        connectTimeoutMs: 30_000,
      },
      signal,
    );
    context.report({ kind: "mail-sent", at: context.clock(), host: host.name, domain, server, helo, outcome });
    if (outcome !== "silent" && outcome !== "refused") break;
  }
  return outcome;
}

/** The office's mail server: one name, existing recipients, deferred mail is tried again. */
export async function sendMail(plan: DrawnActivity<"send-mail">, context: ActivityContext): Promise<void> {
  const { random, signal, site } = context;
  const { domain } = site.world.office;
  const staff = Array.from({ length: 6 }, () => ({ person: drawPerson(random), mailbox: drawMailbox(random) }));

  const compose = (recipient: string, sender: { person: string; mailbox: string }, subject: string): Outgoing => {
    const from = `${sender.mailbox}@${domain}`;
    const text = [
      `From: ${sender.person} <${from}>`,
      `To: <${recipient}>`,
      `Subject: ${subject}`,
      `Date: ${new Date(context.clock()).toUTCString().replace("GMT", "+0000")}`,
      `Message-ID: <${wholeBetween(random, [1e9, 9e9])}@${site.world.office.serverName}>`,
      "MIME-Version: 1.0",
      "",
      ...Array.from({ length: wholeBetween(random, [3, 30]) }, () => drawWords(random, wholeBetween(random, [5, 12]))),
    ].join("\n");
    return { from, recipient, text };
  };
  const handWithRetries = async (mail: Outgoing): Promise<void> => {
    for (let tries = 1; tries <= mostTries && !signal.aborted; tries += 1) {
      const outcome = await hand(mail, context);
      if (outcome === "accepted" || outcome === "rejected") return;
      await pause(plan.retryAfterMs * 2 ** (tries - 1), signal);
    }
  };

  const daily = async (): Promise<void> => {
    const underWay = new Set<Promise<void>>();
    while (!signal.aborted) {
      const sent = handWithRetries(
        compose(pick(random, site.world.partners), pick(random, staff), drawWords(random, 4)),
      );
      underWay.add(sent);
      void sent.finally(() => underWay.delete(sent));
      await pause(exponential(random, plan.mailEveryMs), signal);
    }
    await Promise.all(underWay);
  };
  const newsletter = async (): Promise<void> => {
    const everybody = site.world.domains.flatMap(({ name, mailboxes }) =>
      mailboxes.map((mailbox) => `${mailbox}@${name}`),
    );
    const left = shuffled(random, everybody).slice(0, Math.round(plan.newsletterRecipients));
    await pause(plan.newsletterAfterMs, signal);
    const subject = drawWords(random, 5);
    const sender = { person: "News", mailbox: "news" };
    const work = async (): Promise<void> => {
      for (let recipient = left.pop(); recipient !== undefined && !signal.aborted; recipient = left.pop()) {
        await handWithRetries(compose(recipient, sender, subject));
      }
    };
    await Promise.all(Array.from({ length: newsletterParallel }, work));
  };
  await Promise.all([daily(), newsletter()]);
}
