import type { Health, ReportedBoot } from "@cordon/contract";
import type { Logger } from "pino";
import { readBootNotes } from "./boot-notes.ts";
import type { HealthBoard } from "./health-board.ts";

export interface BootHealthOptions {
  /** Where the notes of the boot lie. */
  readonly folder: string;
  readonly health: HealthBoard;
  readonly log: Logger;
}

interface Trouble {
  readonly severity: Health["severity"];
  /** What still works, what is lost, what a person can do. */
  readonly text: string;
}

const noData =
  "The line, the stored quarantines and the judging work. Verdicts, orders and notices that the controller has not " +
  "taken yet are in memory only: they are lost when the power goes.";
const noHeld =
  "The line works, and quarantines can be made. Those from before the start came back only if they were asked for " +
  "again, and new ones end when the power goes.";

const troubles: Readonly<Record<string, Trouble>> = {
  "skeleton-refused": {
    severity: "error",
    text: "The kernel refused the ruleset at the start: from then until the sensor ran, nothing was seen or stopped.",
  },
  "box-refused": {
    severity: "error",
    text: "The kernel refused the rules that keep the box itself away from the line. The line and its rules work.",
  },
  "stored-set-damaged": {
    severity: "error",
    text: "The stored quarantines were damaged, or somebody changed them; what was readable is in force. Look whether every machine that was cut still is.",
  },
  "stored-limits-damaged": {
    severity: "warning",
    text: "The stored throttles and the setting of the reflex were damaged; what was readable is in force. Look whether every machine is slowed or exempt as it was.",
  },
  "stored-rules-damaged": {
    severity: "error",
    text: "The stored rules of the whole site were damaged, or somebody changed them; what was readable is in force. Look whether each of them holds.",
  },
  "limits-late": {
    severity: "warning",
    text: "The disk was too slow at the start: throttles, the setting of the reflex and rules of the whole site came into force late.",
  },
  "held-missing": { severity: "error", text: `The partition of stored quarantines is missing. ${noHeld}` },
  "held-unreadable": { severity: "error", text: `The partition of stored quarantines is damaged. ${noHeld}` },
  "held-write-protected": {
    severity: "error",
    text: "The disk takes no writing any more. Stored quarantines are in force; new ones end when the power goes. Exchange the disk or card.",
  },
  "data-write-protected": {
    severity: "error",
    text: "The disk takes no writing any more: what the box learns from now on is lost when the power goes. Exchange the disk or card.",
  },
  "held-late": {
    severity: "error",
    text: "The disk was too slow at the start: machines that were cut off could pass until their quarantines were read.",
  },
  "held-given-up": {
    severity: "error",
    text: `The disk would not give the stored quarantines at the start, within a minute. ${noHeld}`,
  },
  "root-missing": {
    severity: "warning",
    text: "The system's own partition came late: from the start until then the line was up, and nothing was judged.",
  },
  "data-remade": {
    severity: "error",
    text: "The data partition was damaged and was made anew: verdicts, evidence, the log of connections and notices that the controller had not taken are lost, with the box's own key where it had made one. Line and stored quarantines are as before.",
  },
  "data-repaired": {
    severity: "warning",
    text: "The data partition was damaged and was repaired; some of what the box knew may be lost. If it comes again, exchange the disk or card.",
  },
  "data-late": { severity: "error", text: `The disk was too slow at the start for the data partition. ${noData}` },
  "data-plain": {
    severity: "warning",
    text: "This disk was made by an older image and has no place for a key: what the box keeps on it is not encrypted. Write the card anew when it suits.",
  },
  "trial-unclear": {
    severity: "warning",
    text: "A new release is on trial, and nothing says which one was before it: it stays. Send the release anew when it suits.",
  },
  "trial-stuck": {
    severity: "error",
    text: "A new release did not start well, and the one before it could not be put back. The line works. Write the card anew.",
  },
  "data-missing": { severity: "error", text: `The data partition is missing. ${noData}` },
  "data-unreadable": { severity: "error", text: `The data partition is damaged. ${noData}` },
  "boot-partition-unreadable": {
    severity: "error",
    text: "The boot partition could not be read at the start: the ports may have been taken for one another.",
  },
  "boot-partition-late": {
    severity: "error",
    text: "The disk was too slow at the start for what was made known of the ports: they may have been taken for one another.",
  },
  "profile-given-up": {
    severity: "error",
    text: "The boot partition could not be read at the start, which went on without the site profile and the names of the ports.",
  },
  "profile-unusable": {
    severity: "error",
    text: "The site profile on the boot partition is too large or unreadable and was not taken: the line works, and nothing is judged. Provision the box again.",
  },
  "ports-unusable": {
    severity: "error",
    text: "What was made known of the ports is too large or unreadable: they go by their places and may have been taken for one another. Provision the box again.",
  },
  "groups-kept": {
    severity: "warning",
    text: "The kernel would not let all frames between neighbours pass: LACP through the line does not work. Everything else does.",
  },
  "port-unnamed": {
    severity: "warning",
    text: "A port could not be given its name. Look whether the right ones are in the line.",
  },
  "ports-unmatched": {
    severity: "error",
    text: "The box has other ports than it was made for, and goes by their places: ports may be taken for one another.",
  },
  "no-management": {
    severity: "error",
    text: "Where the box stands it gets home by a port of its own, into the router's inner side, and has none: nobody hears of what it sees. Plug an adapter in, and start it again.",
  },
  "no-copies": {
    severity: "error",
    text: "The port that is to receive copies of the line does not listen: nothing is seen.",
  },
  "no-line": {
    severity: "error",
    text: "The two ports could not be joined: the box passes nothing. By hand: plug the two cables into one another.",
  },
};

/** Turns what the box noted while it started into troubles that a person sees, for as long as the notes are there. */
export class BootHealth {
  readonly #options: BootHealthOptions;
  #raised: ReadonlySet<string> = new Set();
  #hasLogged = false;
  #steps: ReadonlyMap<string, number> = new Map();

  constructor(options: BootHealthOptions) {
    this.#options = options;
  }

  /** How long the start took, as far as it was noted by the last look; undefined while nothing of it was. */
  get reported(): ReportedBoot | undefined {
    const [forwardingMs, listeningMs, judgingMs] = ["forwarding", "listening", "judging"].map((step) => {
      const seconds = this.#steps.get(step);
      return seconds === undefined ? undefined : Math.round(seconds * 1000);
    });
    const reported = {
      ...(forwardingMs === undefined ? {} : { forwardingMs }),
      ...(listeningMs === undefined ? {} : { listeningMs }),
      ...(judgingMs === undefined ? {} : { judgingMs }),
    };
    return Object.keys(reported).length === 0 ? undefined : reported;
  }

  /** Looks at the notes. */
  async look(): Promise<void> {
    const { folder, health, log } = this.#options;
    const notes = await readBootNotes(folder);
    const raised = new Set<string>();
    const raise = (code: string, severity: Health["severity"], text: string) => {
      health.raise(code, severity, text);
      raised.add(code);
    };
    if (notes === null) {
      raise("boot-notes-missing", "warning", "What the box noted while it started cannot be read.");
    } else {
      this.#steps = notes.steps;
      for (const [code, said] of notes.troubles) {
        const known = troubles[code];
        const about = known?.text ?? "Something went wrong while the box started.";
        raise(`boot-${code}`, known?.severity ?? "warning", said === "" ? about : `${about} The box says: ${said}.`);
      }
      if (notes.odd > 0) {
        raise("boot-notes-odd", "warning", `Notes of the start that cannot be understood: ${notes.odd}.`);
      }
      if (!this.#hasLogged) log.info({ seconds: Object.fromEntries(notes.steps) }, "how the box started");
      this.#hasLogged = true;
    }
    for (const code of this.#raised) if (!raised.has(code)) health.clear(code);
    this.#raised = raised;
  }
}
