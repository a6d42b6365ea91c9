import type { LabEvent, MailOutcome } from "./lab.ts";

const outcomeWords: Readonly<Record<MailOutcome, string>> = {
  accepted: "accepted",
  rejected: "refused the recipient",
  deferred: "asked to try later",
  refused: "refused the connection",
  silent: "did not answer",
  unresolved: "could not be found",
  broken: "hung up",
};

const lineWords: Readonly<Record<Extract<LabEvent, { kind: "line" }>["state"], string>> = {
  cut: "the provider has cut the line",
  walled: "the provider's portal answers everything",
  warned: "the firewall answers the web with a warning page",
  narrowed: "the line takes no more than its share",
  answered: "strangers answer on some ports",
  restored: "the line is as it was",
};

/** One line for people about something that happened; null for what is not worth one. */
export function narrate(event: LabEvent): string | null {
  switch (event.kind) {
    case "page":
      return `${event.host} opened ${event.site} (${event.names} names${event.failed === 0 ? "" : `, ${event.failed} failed`})`;
    case "mail-sent":
      return `${event.host} mailed to ${event.domain} as ${event.helo}: ${event.server || "its server"} ${outcomeWords[event.outcome]}`;
    case "mail-received":
      return null;
    case "office-mail-received":
      return `${event.host} took a mail from ${event.from}`;
    case "mail-servers-resolved":
      return `${event.host} looked up the mail servers of ${event.domains} domains and found ${event.servers}`;
    case "scan":
      return (
        `${event.host} has tried ${event.started} addresses on port ${event.port}: ${event.answered} answered, ` +
        `${event.refused} refused, ${event.unreachable} unreachable, ${event.silent} silent`
      );
    case "announced":
      return event.acknowledged ? `${event.host} has its address` : `${event.host} got no answer to its DHCP request`;
    case "begins":
      return `${event.host} begins: ${event.activity}`;
    case "line":
      return lineWords[event.state];
    case "session":
      return event.place === "router" ? `the router's PPPoE session is ${event.state}` : null;
    case "scenario":
      return `scenario ${event.name} ${event.state}`;
    case "sensor-ended":
      return `the sensor ended (${event.code ?? event.signal})`;
    case "program-ended":
      return `${event.name} ended (${event.code ?? event.signal})`;
    case "log":
      return `${event.from}: ${event.text}`;
  }
}
