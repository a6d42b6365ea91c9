import type { Duty } from "@cordon/contract";
import { msg, words } from "../language/message.ts";

interface DutyWords {
  readonly label: string;
  /** What it does: "It …". */
  readonly does: string;
  /** What of that is not weighed. */
  readonly spared: string;
}

export const dutyWords = words<Readonly<Record<Duty, DutyWords>>>({
  monitoring: {
    label: "Monitoring",
    does: "It watches other machines.",
    spared: "calls and pings within the site, and services outside that it calls again and again",
  },
  scanner: {
    label: "Scanner // a duty",
    does: "It looks for weak spots of the site.",
    spared: "calls within the site, and ports that it tries there",
  },
  backup: {
    label: "Backup",
    does: "It fetches backups from a list of machines.",
    spared: "calls within the site, whoever is switched off",
  },
  mail: {
    label: "Mail // a duty",
    does: "It hands over the mail of the site.",
    spared: "calls to the mail servers of many providers",
  },
});

/** The words for a duty, as the contract writes it; those for one that is not known here. */
export function wordsOfDuty(duty: string): Pick<DutyWords, "label" | "does"> {
  const known = Object.entries(dutyWords).find(([name]) => name === duty)?.[1];
  return known ?? { label: duty, does: msg`What that is is not known here.` };
}
