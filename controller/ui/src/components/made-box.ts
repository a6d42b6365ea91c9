import { consume } from "@lit/context";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { BoxImage, BoxProgress, MadeBox } from "../../../src/api/box-view.ts";
import { boxFile, labelFile } from "../api/box-api.ts";
import { appContext, type App } from "../context/app-context.ts";
import { currentLanguage, msg } from "../language/message.ts";
import { said } from "../language/said.ts";
import { copyField } from "./copy-field.ts";
import { LightElement } from "./light-element.ts";
import { choiceField } from "./sheet-fields.ts";

const lookEveryMs = 1000;

/** A box that was made: its PIN, its label, and its image with how far that is. */
@customElement("made-box")
class MadeBoxElement extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;

  @property({ attribute: false }) made!: MadeBox;
  /** Name of an image; the first where nobody has chosen. */
  @state() private _chosen = "";
  @state() private _progress: BoxProgress | null = null;
  private _timer: ReturnType<typeof setTimeout> | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._timer !== null) clearTimeout(this._timer);
  }

  protected override render(): TemplateResult {
    const { id, pin, sensorId, siteName, whyNoImage } = this.made;
    const label = labelFile(id, currentLanguage()?.language ?? "en");
    return html`${
        pin === ""
          ? nothing
          : html`<div class="reach">
              <p class="lv">${msg`PIN`} <span class="mono">${pin.slice(0, 4)} ${pin.slice(4)}</span></p>
              <p>
                ${msg`It is for the pages of the box itself, when the line is dead. It stands on the label, and nobody can show it again.`}
              </p>
            </div>`
      }
      ${whyNoImage === null ? this._image() : this._byHand(whyNoImage)}
      <p>
        <a class="btn" href=${label} target="_blank">${msg`Print the label`}</a>
      </p>
      <img
        class="label-sheet"
        src=${label}
        alt=${msg`The label of ${siteName}: its wiring, its PIN, and whom to call`}
      />
      <p class="cap">
        ${msg`Sensor ${sensorId}. All of this can be fetched for an hour, by you alone; its token counts once, until ${this.app.state.time.until(this.made.tokenUntil, this.app.state.now)}.`}
      </p>`;
  }

  private _image(): TemplateResult {
    const { id, images } = this.made;
    const image = images.find(({ name }) => name === this._chosen) ?? images[0];
    return html`${
        images.length < 2
          ? nothing
          : choiceField({
              ...{ legend: msg`Which kind of box is it?`, name: "image", chosen: image?.name ?? "" },
              options: images.map((each) => [each.name, boardWords(each)] as const),
              onChoose: (chosen) => (this._chosen = chosen),
            })
      }
      ${
        image === undefined || image.takesUpdates
          ? nothing
          : html`<p class="refusal">
              ${msg`This image names nobody who signs releases: a box made of it takes no updates, ever. It is built with --update-authority.`}
            </p>`
      }
      <p>
        <a class="btn pri" href=${boxFile(id, "image", image?.name)} download @click=${() => this._watch()}
          >${msg`Download its image`}</a
        >
      </p>
      ${this._progress === null ? nothing : this._bar(this._progress)}
      <p>
        ${msg`Write it to a card or disk as it is (Raspberry Pi Imager and balenaEtcher unpack it), put that into the box, and the box into the line.`}
      </p>`;
  }

  private _bar({ state: at, doneBytes, allBytes, text }: BoxProgress): TemplateResult {
    const megabytes = (bytes: number): number => Math.round(bytes / 1_000_000);
    const says = {
      waiting: () => msg`The image is asked for.`,
      making: () => msg`The image is being made and checked.`,
      sending: () => msg`${megabytes(doneBytes)} of ${megabytes(allBytes)} MB are read and sent.`,
      sent: () => msg`All of it is sent. The browser says where it lies.`,
      failed: () => msg`It failed: ${text}. Ask for it again.`,
    };
    return html`<p role="status">
      <progress
        max="100"
        .value=${allBytes === 0 ? 0 : (doneBytes / allBytes) * 100}
        aria-label=${msg`How far the image is`}
      ></progress>
      ${says[at]()}
    </p>`;
  }

  private _byHand(why: string): TemplateResult {
    return html`<p>
        ${said(why)}
        ${msg`Its image is made at a terminal, of this profile. Whoever has it may enrol in the box’s place.`}
      </p>
      <p><a class="btn pri" href=${boxFile(this.made.id, "profile")} download>${msg`Download its profile`}</a></p>
      ${copyField(msg`Then`, this.made.command)}`;
  }

  private _watch(): void {
    if (this._timer !== null) clearTimeout(this._timer);
    this._progress = { state: "waiting", doneBytes: 0, allBytes: 0, text: "" };
    const look = async (): Promise<void> => {
      try {
        this._progress = await this.app.actions.account(({ boxes }) => boxes.progress(this.made.id));
      } catch {
        // The browser shows its own; the next look may fare better.
      }
      const isOver = this._progress?.state === "sent" || this._progress?.state === "failed";
      if (this.isConnected && !isOver) this._timer = setTimeout(() => void look(), lookEveryMs);
    };
    this._timer = setTimeout(() => void look(), lookEveryMs);
  }
}

function boardWords({ board, name }: BoxImage): string {
  return board === "pc" ? msg`A mini PC` : board === "pi" ? msg`A Raspberry Pi` : name;
}

declare global {
  interface HTMLElementTagNameMap {
    "made-box": MadeBoxElement;
  }
}
