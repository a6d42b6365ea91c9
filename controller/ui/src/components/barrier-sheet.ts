import { barrierPorts, whyNoException, type BarrierMode, type BarrierWay } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { HostView } from "../../../src/api/view.ts";
import type { BarrierView } from "../../../src/api/wish-view.ts";
import { barrierOf, expectedBarrier, machineName, metWords, wayPortWords, wayWords } from "../words/barrier.ts";
import { hostName } from "../words/host.ts";
import { ChangeSheet, type ChangeWords, type First } from "./change-sheet.ts";
import { choiceField, cutTermField, endOf, textField, tickField, untilWords } from "./sheet-fields.ts";
import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";

type Mode = "off" | BarrierMode;

/** Asks before a way of spreading is counted on, shut or opened: for whom, who is excepted, why and how long. */
@customElement("barrier-sheet")
class BarrierSheet extends ChangeSheet {
  @property({ attribute: false }) way!: BarrierWay;
  @property({ attribute: false }) area!: string | null;

  @state() private _mode: Mode | null = null;
  @state() private _scope: string | null | undefined;
  @state() private _hours: number | null = 24;
  @state() private _exceptions: readonly string[] | null = null;
  @state() private _refused: string | null = null;
  @state() private _resolvers: string | null = null;

  protected override _change(reason: string): Promise<void> {
    const { app, site, way } = this;
    const expiresAt = endOf(this._hours, app.state);
    const mode = this._chosen();
    const resolvers = this._resolverList();
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) =>
        api.setBarrier(way, {
          ...{ mode, area: this._where(), exceptions: [...this._excepted()], reason, expiresAt },
          ...(way === "dns" && mode !== "off" ? { resolvers } : {}),
        }),
      ),
    );
  }

  protected override _missing(): string | null {
    if (this.way !== "dns" || this._chosen() === "off") return null;
    return this._resolverList().length === 0 ? msg`First name a resolver` : null;
  }

  protected override _first(): First | null {
    return this._chosen() === "enforce" && this._held() === null
      ? { button: msg`Count first, stop nothing`, choose: () => (this._mode = "dry") }
      : null;
  }

  protected override _changeWords(): ChangeWords {
    const { way, site } = this;
    const mode = this._chosen();
    const { what } = wayWords[way];
    const held = this._held();
    if (mode === "off") return offWords(what, held);
    const level = expectedBarrier({ way, mode, area: this._where() }, site.sensor);
    const ports: ChangeWords["consequences"][number] = ["i-hand", msg`Meant`, msg`${wayPortWords(way)}, outward.`];
    if (mode === "dry") {
      return {
        ...{
          title: msg`Count ${what} first?`,
          level,
          button: msg`Count ${untilWords(this._hours, this.app.state)}, stop nothing`,
          reason: msg`A dry run before it is stopped`,
        },
        consequences: [
          ports,
          ["i-eye", msg`Counted`, msg`each packet that would be stopped, by machine. Nothing is stopped.`],
          ["i-check", msg`Still works`, msg`everything.`],
        ],
      };
    }
    const dry = held === null || held.mode !== "dry" ? null : (metWords(site, held) ?? msg`it has met nobody.`);
    const hasPorts = barrierPorts[way].tcp.length > 0;
    const stops = hasPorts
      ? msg`it for every machine that is not excepted, connections that stand as well, and frames that hide their port.`
      : msg`it for every machine that is not excepted, connections that stand as well.`;
    const servers = way === "mail" ? msg`Declared mail servers are excepted by themselves.` : "";
    return {
      ...{
        title: msg`Stop ${what}?`,
        level,
        button: msg`${msg`Stop ${what}`} ${untilWords(this._hours, this.app.state)}`,
        reason: msg`It spreads this way`,
      },
      consequences: [
        ports,
        ["i-eye", msg`The dry run so far`, dry ?? msg`there was none: who needs this way is not known.`],
        ["i-unplug", msg`Stops`, `${stops} ${servers}`.trim()],
        ["i-check", msg`Still works`, msg`everything else, and this way among neighbours on the switch.`],
        ["i-user", msg`Nobody is told`, msg`by Cordon: whoever needs it will call you.`],
      ],
    };
  }

  protected override _fields(): TemplateResult {
    const mode = this._chosen();
    const held = this._held();
    const { areas } = this.site;
    return html`${choiceField<Mode>({
      ...{ legend: msg`This way is`, name: "mode", chosen: mode },
      options: [
        ["off", msg`Open // of a way`],
        ["dry", msg`Dry run`],
        ["enforce", msg`Stopped`],
      ].filter(([value]) => value !== "off" || held !== null) as [Mode, string][],
      onChoose: (chosen) => (this._mode = chosen),
    })}
    ${
      areas.length === 0
        ? nothing
        : html`<label class="field"
            ><span>${msg`For`}</span>
            <select
              class="in"
              name="area"
              @change=${(event: Event) => this._choose((event.target as HTMLSelectElement).value)}
            >
              <option value="" .selected=${this._where() === null}>${msg`The whole site`}</option>
              ${areas.map(({ id, name }) => html`<option value=${id} .selected=${this._where() === id}>${name}</option>`)}
            </select>
          </label>`
    }
    ${mode === "off" ? nothing : html`${this._resolverField()}${this._exceptionFields()}${cutTermField(this._hours, (hours) => (this._hours = hours), this.app.state)}`}`;
  }

  private _resolverField(): TemplateResult | typeof nothing {
    if (this.way !== "dns") return nothing;
    return textField({
      ...{ label: msg`Resolvers that may be asked`, name: "resolvers", maxLength: 1000 },
      value: this._resolvers ?? this._knownResolvers().join(", "),
      note: msg`Addresses, parted by commas. Whoever asks another gets no answer.`,
      onInput: (value) => (this._resolvers = value),
    });
  }

  private _exceptionFields(): TemplateResult | typeof nothing {
    const { site } = this;
    // Outside the router every machine has one address.
    if (site.sensor.placement === "wan") return nothing;
    const excepted = this._excepted();
    const others = site.hosts.filter(({ mac }) => mac !== null && !excepted.includes(mac));
    return html`${
        excepted.length === 0
          ? nothing
          : tickField({
              legend: msg`Excepted`,
              options: excepted.map((mac) => ({ value: mac, label: machineName(site, mac), isOn: true })),
              onTick: (mac) => (this._exceptions = excepted.filter((each) => each !== mac)),
            })
      }
      <label class="field"
        ><span>${msg`Except a machine`}</span>
        <select
          class="in"
          name="exception"
          @change=${(event: Event) => this._except(event.target as HTMLSelectElement)}
        >
          <option value="">${excepted.length === 0 ? msg`None is excepted` : msg`No other`}</option>
          ${others.map((host) => html`<option value=${host.mac ?? ""}>${hostName(host)}</option>`)}
        </select>
      </label>
      ${this._refused === null ? nothing : html`<p class="refusal" role="alert">${this._refused}</p>`}`;
  }

  private _except(select: HTMLSelectElement): void {
    const host = this.site.hosts.find(({ mac }) => mac === select.value);
    select.value = "";
    if (host === undefined) return;
    this._refused = refusalOf(host);
    if (this._refused === null && host.mac !== null) this._exceptions = [...this._excepted(), host.mac];
  }

  private _choose(area: string): void {
    this._scope = area === "" ? null : area;
    this._mode = null;
    this._exceptions = null;
  }

  private _where(): string | null {
    return this._scope === undefined ? this.area : this._scope;
  }

  private _held(): BarrierView | null {
    const held = barrierOf(this.site, this.way, this._where());
    return held === null || held.releasing ? null : held;
  }

  /** What was chosen; before that, the next step. */
  private _chosen(): Mode {
    const held = this._held();
    return this._mode ?? (held === null ? "dry" : held.mode === "dry" ? "enforce" : "off");
  }

  private _excepted(): readonly string[] {
    return this._exceptions ?? this._held()?.exceptions ?? [];
  }

  private _knownResolvers(): readonly string[] {
    const { resolvers, remedies } = this.site;
    return resolvers.length > 0 ? resolvers : (remedies?.resolvers ?? []);
  }

  private _resolverList(): string[] {
    return (this._resolvers ?? this._knownResolvers().join(", ")).split(/[\s,]+/).filter((each) => each !== "");
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "barrier-sheet": BarrierSheet;
  }
}

function refusalOf(host: HostView): string | null {
  const why = whyNoException(host);
  return why === null ? null : msg`${hostName(host)} is not excepted. ${said(why)}`;
}

function offWords(what: string, held: BarrierView | null): ChangeWords {
  const wasShut = held?.mode === "enforce";
  return {
    ...{ title: msg`Open ${what} again?`, button: msg`Open ${what}`, reason: msg`It is over` },
    level: wasShut ? msg`Whoever is infected can spread this way again.` : msg`It is no longer counted who uses it.`,
    consequences: [
      ["i-eye", msg`Goes on`, msg`Cordon judges every machine as before, and the reflex stays as it is.`],
      ["i-hand", msg`Throttles and cuts`, msg`of single machines stay as they are.`],
    ],
  };
}
