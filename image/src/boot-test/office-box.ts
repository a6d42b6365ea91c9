import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Lab } from "../../../sensor/lab/index.ts";
import { machinePorts } from "../../../sensor/lab/patch-panel.ts";
import type { BoardName } from "../board.ts";
import { readBootFile, writeBootFiles } from "../boot-partition.ts";
import { signBundle } from "../build-bundle.ts";
import { runCommand } from "../command.ts";
import type { BootWord } from "./boot-words.ts";
import { emulators } from "./emulators.ts";
import { GuestAgent } from "./guest-agent.ts";
import { launchIn } from "./launch.ts";
import { Machine, type MachinePort, type Start } from "./machine.ts";
import { addAgent, cardStart, entryWithTest, fullStart, quickStart, type Place } from "./test-boot.ts";
import { TestDisk } from "./test-disk.ts";

const provision = join(import.meta.dirname, "../../../provision/src/main.ts");

export interface OfficeBoxOptions {
  readonly lab: Lab;
  readonly place: Place;
  /** Of which board's image it is made: a card is started on the processor of a Raspberry Pi 4, by what its boot partition names. */
  readonly board: BoardName;
  /** For disk and boot files. */
  readonly folder: string;
  readonly form: "quick" | "full";
  /** Where the site profile lies, or with `site` comes to lie. */
  readonly profilePath: string;
  /** What is known of the site before there is a box, in the words of a site file, and the controller's data; absent: there is a profile. */
  readonly site?: { readonly answers: object; readonly controllerData: string };
  /** Whether it believes an operator's releases, whose keys are made with it. */
  readonly takesReleases?: boolean;
  readonly memoryMb: number;
  readonly monotonic: () => number;
}

/** A box in the line of a lab: its disk stays, its machine is switched on and off. */
export class OfficeBox {
  readonly disk: TestDisk;
  /** As its label has it; empty where its profile had one before. */
  readonly pin: string;
  /** Of the certificate of its own pages, likewise. */
  readonly fingerprint: string;
  /** What was said in all boots that are over. */
  readonly pastWords: BootWord[] = [];
  /** What befell its machines, for the report. */
  readonly notes: string[] = [];
  readonly #options: OfficeBoxOptions;
  #machine: Machine | null = null;
  #agent: GuestAgent | null = null;
  #boots = 0;

  private constructor(options: OfficeBoxOptions, disk: TestDisk, label: Pick<OfficeBox, "pin" | "fingerprint">) {
    this.#options = options;
    this.pin = label.pin;
    this.fingerprint = label.fingerprint;
    this.disk = disk;
  }

  /** Makes the box as it is made for a client: by provision's own command. */
  static async create(options: OfficeBoxOptions): Promise<OfficeBox> {
    const { place, folder, profilePath, form, site } = options;
    const path = join(folder, "box.img");
    const image = ["--image", place("disk", "disk.img"), "--out", path];
    let said: string;
    if (site === undefined) {
      said = await provisioned("box", "create", ...image, "--profile", profilePath);
    } else {
      const [answers, file] = [join(folder, "answers.json"), join(folder, "office.site.yaml")];
      await writeFile(answers, JSON.stringify(site.answers), { mode: 0o600 });
      await provisioned("site", "new", "--from", answers, "--out", file);
      said = await provisioned("box", "create", ...image, "--site", file, "--controller-data", site.controllerData);
      await writeFile(profilePath, (await readBootFile(path, "profile.json")) ?? "", { mode: 0o600 });
    }
    if (options.takesReleases === true) {
      await provisioned("update-key", "create", "--out", join(folder, "keys"));
      const authority = await readFile(join(folder, "keys/update-authority.pem"), "utf8");
      await writeBootFiles(path, { "update-authority.pem": authority });
    }
    const disk = await TestDisk.at(path);
    if (form === "full" && options.board === "pc") await addAgent(place, folder, disk.path, disk.extentOf("boot"));
    return new OfficeBox(options, disk, {
      pin: /PIN +(\d{8}), said this once/.exec(said)?.[1] ?? "",
      fingerprint: /its pages +([0-9A-F:]{95})/.exec(said)?.[1] ?? "",
    });
  }

  /** What it was made of. */
  get profilePath(): string {
    return this.#options.profilePath;
  }

  get machine(): Machine {
    if (this.#machine === null) throw new TypeError("the box is switched off");
    return this.#machine;
  }

  get agent(): GuestAgent {
    if (this.#agent === null) throw new TypeError("the box is switched off");
    return this.#agent;
  }

  /** What was said in all boots. */
  get words(): readonly BootWord[] {
    return [...this.pastWords, ...(this.#machine?.words ?? [])];
  }

  /** The end of the console and of the journal, for a failure's report. A box that has died has a console only. */
  async lastWords(): Promise<readonly string[]> {
    const said = this.#machine?.console ?? [];
    const panicAt = said.findIndex((line) => /BUG:|Oops|general protection|Kernel panic/.test(line));
    if (panicAt >= 0) return said.slice(Math.max(0, panicAt - 5));
    const command =
      "systemctl --no-pager --failed; journalctl --no-pager -b -n 60 -u 'cordon-*' -u systemd-networkd; tail -n 3 /run/*.words";
    const journal = await this.#agent?.run(command, 30_000).catch(() => null);
    return [...said.slice(-15), ...(journal?.output.split("\n") ?? [])];
  }

  async switchOn({ rtcBase }: { readonly rtcBase?: string } = {}): Promise<Machine> {
    const { lab, folder, board, memoryMb, monotonic } = this.#options;
    this.#boots += 1;
    const agentSocket = join(lab.workDir, `agent-${this.#boots}`);
    const files = join(folder, "boot");
    await rm(files, { recursive: true, force: true });
    await mkdir(files);
    const machine = new Machine({
      disk: this.disk.path,
      emulator: board === "pi" ? "virt" : "pc",
      ...(rtcBase === undefined ? {} : { rtcBase }),
      start: await this.#start(files),
      ports: {
        management: { ...port("management"), mac: lab.facts.sensor.mac },
        inside: port("inside"),
        outside: port("outside"),
      },
      agentSocket,
      memoryMb,
      launch: launchIn(lab),
      monotonic,
    });
    this.#machine = machine;
    await machine.start();
    this.notes.push(...machine.notes);
    this.#agent = await GuestAgent.at(agentSocket);
    return machine;
  }

  async #start(files: string): Promise<Start> {
    const { lab, place, folder, form, board } = this.#options;
    if (form === "full" && board === "pc") return fullStart(folder);
    const words = [`address=${lab.facts.sensor.address}/24`, `gateway=${lab.facts.gateway.address}`];
    if (board === "pc") return quickStart(place, files, "office-init", words);
    const card = { path: this.disk.path, boot: this.disk.extentOf("boot") };
    const agent = `agent=${emulators.virt.agent?.line ?? ""}`;
    if (form === "quick") {
      return cardStart("virt", card, place, files, { name: "office-init", words: [...words, agent] });
    }
    return cardStart("virt", card, place, files, null, { files: new Map(), words: [`cordon.test.${agent}`] });
  }

  /** A release of its operator's for it: what it runs, under another version, and with more words for the kernel; the bundle. */
  async release(version: string, words: readonly string[] = []): Promise<Uint8Array> {
    const { place, folder } = this.#options;
    const home = join(folder, `release-${version}`);
    const entry = dirname(await entryWithTest(place, home, words));
    const parts = { root: place("root", "root.squashfs"), tree: place("root", "root.verity"), entry };
    const signer = { key: join(folder, "keys/update.key"), certificate: join(folder, "keys/update.pem") };
    const { file } = await signBundle("pc", parts, version, { out: home, signer });
    const bundle = await readFile(file);
    await rm(home, { recursive: true });
    return bundle;
  }

  /** As a power cut. */
  async switchOff(): Promise<void> {
    this.#agent?.close();
    await this.#machine?.cutPower();
    this.pastWords.push(...(this.#machine?.words ?? []));
    this.#machine = null;
    this.#agent = null;
  }
}

/** What a command of provision says. */
function provisioned(...command: readonly string[]): Promise<string> {
  return runCommand(process.execPath, ["--disable-warning=ExperimentalWarning", provision, ...command]);
}

function port(name: keyof typeof machinePorts): MachinePort {
  return { netdev: `tap,ifname=${machinePorts[name].tap},script=no,downscript=no` };
}
