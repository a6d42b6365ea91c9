import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { HostFacts, LineForm } from "../../../sensor/lab/index.ts";
import type { BoardName } from "../board.ts";
import { bringUpOffice, type Office } from "../../../sensor/start/office.ts";
import { Operator, type SiteSeen } from "../../../sensor/test/line/operator.ts";
import { ImageError } from "../errors.ts";
import type { SceneOptions } from "./boot-scene.ts";
import { OfficeBox } from "./office-box.ts";
import type { SceneResult } from "./scene-result.ts";
import { StoryBook } from "./story-book.ts";
import { placeOf } from "./test-boot.ts";
import { hangMs } from "./patience.ts";

/** An office with a box in its line, as the acts of a scene find it. */
export interface OfficeSetting {
  readonly office: Office;
  readonly box: OfficeBox;
  readonly operator: Operator;
  readonly book: StoryBook;
  readonly mailer: HostFacts;
  /** Names of the machines that people work at. */
  readonly neighbours: readonly string[];
  /** MACs of machines that the test itself had try the ports of others. */
  readonly scanned: Set<string>;
}

/** One act: what it will tell, and how it is played. Acts follow one another on the same stage. */
export interface Act {
  readonly stories: readonly string[];
  readonly play: (setting: OfficeSetting) => Promise<void>;
}

export interface OfficeScene {
  readonly name: string;
  /** Of which board's image the box is made; a PC by default. */
  readonly board?: BoardName;
  /** Where in the line it stands; by default between router and switch. */
  readonly line?: LineForm;
  readonly form: "quick" | "full";
  /** What the office is drawn from; absent: the one that all share. */
  readonly seed?: number;
  /** Whether the box makes its own key and enrols by a token, as one made for a client does. Absent: its profile holds the key. */
  readonly isByToken?: boolean;
  /** Whether it is made from a site file, by what provision offers a person, and takes releases. Absent: the controller writes its profile. */
  readonly isShipped?: boolean;
  readonly acts: readonly Act[];
}

const usualSeed = 7;
const siteName = "Office of the boot test";

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
      seed: scene.seed ?? usualSeed,
      folder,
      siteName,
      form: scene.line ?? "lan",
      isByToken: scene.isByToken === true,
      httpPort: 0,
      brokerPort: 0,
      line: {
        inLine: "machine",
        isEnrolling: scene.isShipped === true,
        async occupy(lab, profilePath) {
          const { form } = scene;
          const place = placeOf(options.built);
          const { board = "pc" } = scene;
          const asked = { lab, place, board, folder, form, profilePath, memoryMb, monotonic };
          const { controllerAddress: host, controllerPort, localNets } = lab.facts;
          const answers = {
            ...{ version: 1, name: siteName, placement: "lan", networks: localNets },
            controller: { host, port: controllerPort },
            contacts: [{ name: "Ada of the boot test", phone: "+49 30 23125 000" }],
          };
          const site = { answers, controllerData: join(folder, "controller") };
          box = await OfficeBox.create(scene.isShipped === true ? { ...asked, site, takesReleases: true } : asked);
          const machine = await box.switchOn();
          try {
            await machine.word(form === "quick" ? "quick judging" : "judging", hangMs);
          } catch (error) {
            // The lab goes with this failure, and the machine with the lab.
            book.notes.push(...(await box.lastWords().catch(() => [])));
            throw error;
          }
        },
      },
    });
    const setting = await settingOf(office, box, book);
    const took: string[] = [];
    for (const act of scene.acts) {
      const begunAt = monotonic();
      await act.play(setting);
      took.push(((monotonic() - begunAt) / 1000).toFixed(1));
    }
    book.note(`its acts took ${took.join(", ")} s`);
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
    isFull: scene.form === "full",
    stories: book.stories(),
    words: (box as OfficeBox | null)?.words ?? [],
    notes: [...((box as OfficeBox | null)?.notes ?? []), ...book.notes],
    memoryMb: book.memoryMb,
    bytesWrittenPerHour: book.bytesWrittenPerHour,
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
  return { office, box, operator, book, mailer, neighbours, scanned: new Set() };
}

/** Packets of a machine that have reached the provider's side so far. */
export async function arrivedOf({ office, mailer }: OfficeSetting): Promise<number> {
  const counts = (await office.lab.witness()).byHost.get(mailer.name);
  if (counts === undefined) throw new ImageError("scene-impossible", `the witness does not know ${mailer.name}`);
  return Object.values(counts).reduce((sum, { packets }) => sum + packets, 0);
}

/** MACs of the machines that are infected. */
export function infectedOf({ office }: OfficeSetting): readonly string[] {
  return office.lab.facts.hosts.filter(({ job }) => job === "mass-mailer" || job === "worm").map(({ mac }) => mac);
}

/**
 * Names, verdicts and ledgers of the machines that are worse than they may be. One that the test itself had scan is
 * rightly accused of that, and may be of nothing else.
 */
export function accused(
  { scanned }: OfficeSetting,
  site: SiteSeen,
  isAccused: (host: SiteSeen["hosts"][number]) => boolean,
): string {
  const isForScanOnly = ({ host, evidence }: SiteSeen["hosts"][number]): boolean =>
    scanned.has(host) && evidence.every(({ kind, weight }) => weight <= 0 || kind === "port-scan");
  return site.hosts
    .filter((host) => isAccused(host) && !isForScanOnly(host))
    .map(({ host, verdict, evidence }) => `${host} is ${verdict}: ${evidence.map(({ text }) => text).join(" ")}`)
    .join("; ");
}
