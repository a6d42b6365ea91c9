import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { officeOutbreak, type HostFacts } from "../../../sensor/lab/index.ts";
import { bringUpOffice, type Office } from "../../../sensor/start/office.ts";
import { hostOf, Operator, type SiteSeen } from "../../../sensor/test/line/operator.ts";
import { ImageError } from "../errors.ts";
import type { SceneOptions } from "./boot-scene.ts";
import { holdConnection } from "./held-connection.ts";
import { OfficeBox } from "./office-box.ts";
import type { SceneResult } from "./scene-result.ts";
import { StoryBook } from "./story-book.ts";
import { placeOf } from "./test-boot.ts";

/** An office with a box in its line, as the acts of a scene find it. */
export interface OfficeSetting {
  readonly office: Office;
  readonly box: OfficeBox;
  readonly operator: Operator;
  readonly book: StoryBook;
  readonly mailer: HostFacts;
  /** Names of the machines that people work at. */
  readonly neighbours: readonly string[];
}

/** One act: what it will tell, and how it is played. Acts follow one another on the same stage. */
export interface Act {
  readonly stories: readonly string[];
  readonly play: (setting: OfficeSetting) => Promise<void>;
}

export interface OfficeScene {
  readonly name: string;
  readonly form: "quick" | "full";
  readonly acts: readonly Act[];
}

const seed = 7;
// A machine in an emulator on two cores, with a dozen processes of the office beside it.
const judgingMs = 120_000;

/** Puts a box into the line of a lab's office and plays the scene. */
export async function officeScene(scene: OfficeScene, options: SceneOptions): Promise<SceneResult> {
  const { folder, monotonic, memoryMb } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const book = new StoryBook(scene.acts.flatMap((act) => act.stories));
  const startedAt = monotonic();
  let box: OfficeBox | null = null;
  let office: Office | null = null;
  let failure: string | null = null;
  try {
    office = await bringUpOffice({
      seed,
      folder,
      siteName: "Office of the boot test",
      httpPort: 0,
      brokerPort: 0,
      line: {
        inLine: "machine",
        async occupy(lab, profilePath) {
          const { form } = scene;
          const place = placeOf(options.built);
          box = await OfficeBox.create({ lab, place, folder, form, profilePath, memoryMb, monotonic });
          const machine = await box.switchOn();
          try {
            await machine.word(form === "quick" ? "quick judging" : "judging", judgingMs);
          } catch (error) {
            // The lab goes with this failure, and the machine with the lab.
            book.notes.push(...(await box.lastWords().catch(() => [])));
            throw error;
          }
        },
      },
    });
    const setting = await settingOf(office, box, book);
    for (const act of scene.acts) await act.play(setting);
  } catch (error) {
    failure = (error as Error).message;
    const last = await (box as OfficeBox | null)?.lastWords().catch(() => []);
    book.notes.push(...(last ?? []), ...(office?.lab.logs().slice(-10) ?? []));
  } finally {
    await (box as OfficeBox | null)?.switchOff();
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    name: scene.name,
    stories: book.stories(),
    words: (box as OfficeBox | null)?.words ?? [],
    notes: book.notes,
    wallSeconds: (monotonic() - startedAt) / 1000,
    failure,
  };
}

async function settingOf(office: Office, box: OfficeBox | null, book: StoryBook): Promise<OfficeSetting> {
  const { hosts } = office.lab.facts;
  const mailer = hosts.find(({ job }) => job === "mass-mailer");
  if (mailer === undefined || box === null) throw new ImageError("scene-impossible", "the lab has no mass mailer");
  const operator = await Operator.signIn(office.controller.url, office.controller.loginLink);
  const neighbours = hosts.filter(({ job }) => job === "workstation").map(({ name }) => name);
  return { office, box, operator, book, mailer, neighbours };
}

/** Packets of a machine that have reached the provider's side so far. */
export async function arrivedOf({ office, mailer }: OfficeSetting): Promise<number> {
  const counts = (await office.lab.witness()).byHost.get(mailer.name);
  if (counts === undefined) throw new ImageError("scene-impossible", `the witness does not know ${mailer.name}`);
  return Object.values(counts).reduce((sum, { packets }) => sum + packets, 0);
}

export const enrolmentActs: readonly Act[] = [
  {
    stories: ["box-enrols", "box-reports-lan", "box-tells-its-kernel-features"],
    async play({ operator, book }) {
      const site = await operator.until("the box is online", 120_000, ({ sensor }) => sensor.state === "online");
      book.tell("box-enrols", true);
      const placed = await operator.until("it says where it stands", 60_000, ({ sensor }) => sensor.placement !== null);
      book.tell("box-reports-lan", placed.sensor.placement === "lan", `it reports ${site.sensor.placement}`);
      book.tell("box-tells-its-kernel-features", true);
    },
  },
];

export const quarantineActs: readonly Act[] = [
  {
    stories: ["mailer-is-named", "nobody-else-is-accused"],
    async play({ office, operator, book, mailer }) {
      await office.lab.run(officeOutbreak);
      const beganAt = Date.now();
      const isNamed = (site: SiteSeen) =>
        site.hosts.some(({ host, verdict }) => host === mailer.mac && verdict === "infected");
      const site = await operator.until("the mailer is named", 180_000, isNamed);
      book.note(`the mailer was named ${((Date.now() - beganAt) / 1000).toFixed(1)} s after the office began to work`);
      const seen = hostOf(site, mailer.mac);
      book.tell("mailer-is-named", seen.class === "mass-mailer" && seen.vector === "mail", `as ${seen.class}`);
      const infected = office.lab.facts.hosts.filter(({ job }) => ["mass-mailer", "worm"].includes(job));
      const accused = site.hosts.filter(
        ({ host, verdict }) => ["suspect", "infected"].includes(verdict) && infected.every(({ mac }) => mac !== host),
      );
      book.tell("nobody-else-is-accused", accused.length === 0, accused.map(({ host }) => host).join(", "));
    },
  },
  {
    stories: [
      "established-connection-is-reset",
      "new-connection-is-reset",
      "level-is-reported",
      "counter-grows",
      "nothing-of-it-passes",
      "neighbours-download",
    ],
    async play(setting) {
      const { office, operator, book, mailer, neighbours } = setting;
      const { lab } = office;
      const held = await holdConnection(lab, mailer.name);
      const cut = await operator.cutOff((await operator.site()).id, mailer.mac);
      const site = await operator.until("the cut is in force", 60_000, (site) =>
        hostOf(site, mailer.mac).containments.some(({ id, inForceSince }) => id === cut.id && inForceSince !== null),
      );
      const level = hostOf(site, mailer.mac).containments[0]?.level ?? "none";
      book.tell("level-is-reported", level === "internet-cut", `the level is ${level}`);
      const before = await arrivedOf(setting);
      const ending = await Promise.race([held.ended, delay(20_000, "silence")]);
      book.tell("established-connection-is-reset", ending === "ECONNRESET", ending);
      const refused = await lab.exec(mailer.name, [process.execPath, "-e", knock(lab.facts.controllerAddress)]);
      book.tell("new-connection-is-reset", /^ECONNREFUSED \d+$/.test(refused.stdout.trim()), refused.stdout);
      const downloads = await lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: 20_000 });
      book.tell("neighbours-download", downloads.ok === neighbours.length, downloads.reasons.join("; "));
      await operator.until(
        "the counter shows stopped packets",
        60_000,
        (site) => (hostOf(site, mailer.mac).containments[0]?.packetsStopped ?? 0) > 20,
      );
      book.tell("counter-grows", true);
      const passed = (await arrivedOf(setting)) - before;
      book.tell("nothing-of-it-passes", passed === 0, `${passed} packets of it reached the provider`);
    },
  },
];

/** A program that tries a port where nobody listens and says what came of it, and after how many ms. */
function knock(address: string): string {
  return `const at = Date.now();
require("node:net").connect({ host: "${address}", port: 81, timeout: 5000 })
  .on("connect", function () { console.log("connected"); this.destroy(); })
  .on("timeout", function () { console.log("silence"); this.destroy(); })
  .on("error", (error) => console.log(error.code, Date.now() - at));`;
}
