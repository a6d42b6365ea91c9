/** Boxes that were made here and not yet fetched: profile, PIN and label are in memory alone, for an hour. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { SiteProfile } from "@cordon/contract";
import type { ImageFacts } from "../../../provision/src/box/image-facts.ts";
import { newPages } from "../../../provision/src/box/pages.ts";
import { newPin } from "../../../provision/src/box/pin.ts";
import { factsOf, type LabelFacts } from "../../../provision/src/label/facts.ts";
import { canonicalMac } from "../../../provision/src/site/hardware-address.ts";
import type { SitePlan } from "../../../provision/src/site/site-plan.ts";
import { ControllerError, errorText } from "../errors.ts";
import type { LanguageShelf } from "../language/language-shelf.ts";
import { announceSensor, reissueProfile, type EnrolmentParts } from "./enrol.ts";
import { plannedSite } from "./planned-site.ts";

export interface Parcel {
  readonly id: string;
  /** Who had it made: nobody else fetches it. */
  readonly author: string;
  readonly expiresAt: number;
  readonly profile: SiteProfile;
  readonly pin: string;
  readonly label: LabelFacts;
  /** What the image's boot partition is to hold, by name. */
  readonly files: Readonly<Record<string, string | null>>;
  progress: ParcelProgress;
}

export interface ParcelProgress {
  readonly state: "waiting" | "making" | "sending" | "sent" | "failed";
  readonly doneBytes: number;
  readonly allBytes: number;
  /** Why it failed; empty where it has not. */
  readonly text: string;
}

/** What a controller serves boxes on. */
export interface BrokerPorts {
  readonly port: number;
  /** Null where there is none. */
  readonly fallbackPort: number | null;
}

export interface BoxShelfParts extends EnrolmentParts {
  /** The images that boxes are made of, each for another kind of board. */
  readonly images: readonly string[];
  /** That labels are made in. */
  readonly languages: LanguageShelf;
  /** By which boxes find this controller where the plan names no others. */
  readonly ports: BrokerPorts;
}

const keptMs = 3_600_000;
const maxParcels = 64;
const waiting: ParcelProgress = { state: "waiting", doneBytes: 0, allBytes: 0, text: "" };

export class BoxShelf {
  readonly #parts: BoxShelfParts;
  readonly #parcelsById = new Map<string, Parcel>();

  constructor(parts: BoxShelfParts) {
    this.#parts = parts;
  }

  /** Why no image can be made here, for a person; null where one can. */
  whyNoImage(image: string | undefined = this.#parts.images[0]): string | null {
    if (image === undefined) return "This controller has no image to make boxes of (serve --box-image).";
    try {
      accessSync(image, constants.R_OK);
    } catch (error) {
      return `The image that boxes are made of cannot be read: ${errorText(error)}.`;
    }
    // Of the system, where it is there.
    const program = "mtools";
    return spawnSync(program, ["--version"]).error === undefined ? null : "This machine has no mtools.";
  }

  get ports(): BrokerPorts {
    return this.#parts.ports;
  }

  /** What there is to choose from; an image that cannot be used is not among it. */
  async images(): Promise<ImageFacts[]> {
    if (this.#parts.images.every((image) => this.whyNoImage(image) !== null)) return [];
    const { imageFacts } = await import("../../../provision/src/box/image-facts.ts");
    const facts = await Promise.all(
      this.#parts.images.map((image) =>
        imageFacts(image).catch((error: unknown) => {
          this.#parts.ambient.log.error("cannot read an image of boxes", { image, error: errorText(error) });
          return [];
        }),
      ),
    );
    return facts.flat();
  }

  /** Makes a site with its box, as it was planned. */
  async make(plan: SitePlan, author: string): Promise<Parcel> {
    const { ambient } = this.#parts;
    this.#makeRoom();
    const announced = await announceSensor(this.#parts, plannedSite(plan, ambient, author, this.#parts.ports));
    return this.#wrap(announced, author, portsOf(plan));
  }

  /**
   * A card with a new token for a box that is known; the token it had counts no longer, its certificate until another key
   * is there. Throws `unknown-sensor`, `sensor-retired` and `profile-unknown`.
   */
  async remake(
    { sensorId, ports, url }: { readonly sensorId: string; readonly ports?: SitePlan["ports"]; readonly url: string },
    author: string,
  ): Promise<Parcel> {
    this.#makeRoom();
    const known = await reissueProfile(this.#parts, { sensorId, author });
    const controller = { ...(url === "" ? {} : { url }), ...known.controller };
    return this.#wrap({ ...known, controller }, author, portsOf(ports === undefined ? {} : { ports }));
  }

  async #wrap(bare: SiteProfile, author: string, ports: ReadonlyMap<string, string>): Promise<Parcel> {
    const { ambient } = this.#parts;
    const { pin, hash } = newPin((size) => ambient.random(size));
    const profile: SiteProfile = { ...bare, pin: hash, pages: await newPages(bare) };
    const named = ports.size === 0 ? null : [...ports].map(([name, mac]) => `${name} ${mac}\n`).join("");
    const parcel: Parcel = {
      id: ambient.random(16).toString("hex"),
      author,
      expiresAt: ambient.clock.now() + keptMs,
      profile,
      pin,
      label: factsOf({ profile, ports, plan: null, pin }),
      files: { "profile.json": `${JSON.stringify(profile, null, 2)}\n`, ports: named },
      progress: waiting,
    };
    this.#parcelsById.set(parcel.id, parcel);
    return parcel;
  }

  /** Null where there is none of that author's, or it has waited too long. */
  find(id: string, author: string): Parcel | null {
    this.#forgetOld();
    const parcel = this.#parcelsById.get(id);
    return parcel?.author === author ? parcel : null;
  }

  /** Its label as SVG. @param tag of a language, BCP 47; throws `unknown-language`, with those that there are */
  async label({ label }: Parcel, tag: string): Promise<string> {
    const { languages } = this.#parts;
    const language = await languages.closest(tag);
    if (language === null) throw new ControllerError("unknown-language", await languages.choices());
    const [{ msgIn }, { labelSheet, titleOf }, { toSvg }, { openTypeface }] = await Promise.all([
      import("../../../provision/src/label/message.ts"),
      import("../../../provision/src/label/sheet.ts"),
      import("../../../provision/src/label/svg.ts"),
      import("../../../provision/src/label/typeface.ts"),
    ]);
    const msg = msgIn(language);
    const typeface = openTypeface(fontFolder());
    const head = { title: titleOf(msg, label), language: language.language };
    return toSvg(typeface, labelSheet(typeface, label, msg), head);
  }

  /** Its image, packed, as a stream; how far that is stands in its progress. @param name of the image that it is made of; absent: the first */
  async image(parcel: Parcel, name?: string): Promise<Readable> {
    const { images } = this.#parts;
    const image = name === undefined ? images[0] : images.find((each) => basename(each) === name);
    const why = image === undefined && images.length > 0 ? `There is no image ${name}.` : this.whyNoImage(image);
    if (why !== null || image === undefined) throw new ControllerError("no-box-image", why ?? "");
    parcel.progress = { ...waiting, state: "making" };
    const failed = (error: unknown): void => {
      parcel.progress = { ...parcel.progress, state: "failed", text: errorText(error) };
    };
    try {
      const { packedImage } = await import("../../../provision/src/box/packed-image.ts");
      const stream = await packedImage(image, parcel.files, (doneBytes, allBytes) => {
        parcel.progress = { state: "sending", doneBytes, allBytes, text: "" };
      });
      stream.once("error", failed);
      stream.once("end", () => (parcel.progress = { ...parcel.progress, state: "sent" }));
      return stream;
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  #makeRoom(): void {
    this.#forgetOld();
    if (this.#parcelsById.size >= maxParcels) {
      throw new ControllerError("too-many-wishes", `${maxParcels} boxes wait to be fetched`);
    }
  }

  #forgetOld(): void {
    const now = this.#parts.ambient.clock.now();
    for (const { id, expiresAt } of this.#parcelsById.values()) if (expiresAt <= now) this.#parcelsById.delete(id);
  }
}

function portsOf({ ports }: Pick<SitePlan, "ports">): ReadonlyMap<string, string> {
  if (ports === undefined) return new Map();
  const { inside, outside, management } = ports;
  return new Map([
    ["inside0", canonicalMac(inside)],
    ["outside0", canonicalMac(outside)],
    ...(management === undefined ? [] : [["mgmt0", canonicalMac(management)] as const]),
  ]);
}

/** Beside the bundled program, or where the sources are. */
function fontFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundled = join(here, "label-fonts");
  return existsSync(bundled) ? bundled : join(here, "../../../provision/fonts");
}
