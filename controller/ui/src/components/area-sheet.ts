import { areaSentence } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { HostView } from "../../../src/api/view.ts";
import { machinesWords } from "../words/area.ts";
import { hostName } from "../words/host.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { choiceField, cutTermField, endOf, textField, tickField, untilWords } from "./sheet-fields.ts";
import { said } from "../language/said.ts";
import { msg, plural } from "../language/message.ts";

/** Names an area, or changes one. */
@customElement("area-sheet")
class AreaSheet extends ChangeSheet {
  /** Null names a new one. */
  @property({ attribute: false }) areaId!: string | null;

  @state() private _name: string | null = null;
  @state() private _hosts: readonly string[] | null = null;
  @state() private _isConfirmed = false;

  protected override _change(reason: string): Promise<void> {
    const { app, site, areaId } = this;
    const setting = {
      ...{ name: this._named().trim(), hosts: [...this._members()], reason },
      isConfirmed: this._isConfirmed,
    };
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) =>
        areaId === null ? api.nameArea(setting) : api.changeArea(areaId, setting),
      ),
    );
  }

  protected override _missing(): string | null {
    if (this._named().trim() === "") return msg`First name it`;
    return this._joiningServers().length > 0 && !this._isConfirmed ? msg`First confirm the servers` : null;
  }

  protected override _changeWords(): ChangeWords {
    const area = this._area();
    const isNew = area === undefined;
    return {
      title: isNew ? msg`Name an area` : msg`Change ${area.name}`,
      level: plural(this._members().length, "{n} machine in it.", "{n} machines in it."),
      consequences: [
        [
          "i-hand",
          isNew ? msg`For` : msg`Holds at once`,
          isNew
            ? msg`barriers and cuts of these machines together. Nothing is cut by naming it.`
            : msg`for whatever is asked for this area: who joins is cut with it, who leaves is released.`,
        ],
      ],
      reason: isNew ? msg`What hangs together` : msg`Something was moved`,
      button: isNew ? msg`Name it` : msg`Change it`,
    };
  }

  protected override _fields(): TemplateResult {
    const members = this._members();
    // A machine that was never heard of stays listed by its MAC until it is taken out.
    const known = this.site.hosts.flatMap((host) =>
      host.mac === null ? [] : [{ value: host.mac, label: hostName(host) }],
    );
    const strangers = (this._area()?.hosts ?? [])
      .filter((mac) => !known.some(({ value }) => value === mac))
      .map((mac) => ({ value: mac, label: mac }));
    return html`${textField({
      ...{ label: msg`Name`, name: "area-name", value: this._named(), maxLength: 200 },
      onInput: (value) => (this._name = value),
    })}
    ${tickField({
      legend: msg`Machines`,
      options: [...known, ...strangers].map((each) => ({ ...each, isOn: members.includes(each.value) })),
      onTick: (mac, isOn) => (this._hosts = isOn ? [...members, mac] : members.filter((each) => each !== mac)),
    })}
    ${this._joiningServers().length === 0 ? nothing : serversField(this._joiningServers(), this._isConfirmed, (isOn) => (this._isConfirmed = isOn))}`;
  }

  private _area() {
    return this.site.areas.find(({ id }) => id === this.areaId);
  }

  /** Declared servers that would be cut off by joining an area that is. */
  private _joiningServers(): readonly HostView[] {
    const { areaCuts, hosts } = this.site;
    if (!areaCuts.some(({ area, from, releasing }) => area === this.areaId && from === "internet" && !releasing))
      return [];
    const [members, before] = [this._members(), this._area()?.hosts ?? []];
    return hosts.filter(
      ({ mac, role }) => mac !== null && role.declared === true && members.includes(mac) && !before.includes(mac),
    );
  }

  private _named(): string {
    return this._name ?? this._area()?.name ?? "";
  }

  private _members(): readonly string[] {
    return this._hosts ?? this._area()?.hosts ?? [];
  }
}

type From = "internet" | "neighbours";

/** Asks before an area is cut off. */
@customElement("area-cut-sheet")
class AreaCutSheet extends ChangeSheet {
  @property({ attribute: false }) areaId!: string;

  @state() private _from: From | null = null;
  @state() private _hours: number | null = 24;
  @state() private _isConfirmed = false;

  protected override _change(reason: string): Promise<void> {
    const { app, site, areaId: area } = this;
    const expiresAt = endOf(this._hours, app.state);
    const isConfirmed = this._isConfirmed;
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) =>
        api.cutArea({ area, from: this._chosen(), reason, expiresAt, isConfirmed }),
      ),
    );
  }

  protected override _missing(): string | null {
    return this._servers().length > 0 && !this._isConfirmed ? msg`First confirm the servers` : null;
  }

  protected override _changeWords(): ChangeWords {
    const { name, hosts } = this._area();
    const from = this._chosen();
    const { placement, canContain } = this.site.sensor;
    const counts = { hosts: hosts.length, cut: from === "internet" ? hosts.length : 0, silent: 0 };
    const level = said(
      areaSentence({
        ...{ wish: { from }, placement: placement ?? "lan", enforcement: canContain ? "in-force" : "simulated" },
        ...counts,
      }),
    );
    const who = machinesWords(this.site, hosts);
    const byBox: ChangeWords["consequences"] = [
      ["i-unplug", msg`Ends`, msg`every connection of ${who} to the Internet.`],
      ["i-check", msg`Still works`, msg`what stays on the switch, and the remedies of cut-off machines.`],
      ["i-user", msg`Nobody is told`, msg`by Cordon: call whoever works there.`],
    ];
    const byHand: ChangeWords["consequences"] = [
      ["i-hand", msg`By hand`, msg`somebody pulls the cable between ${name} and the rest: ${who}.`],
      ["i-eye", msg`Seen from here`, msg`who has not been heard for two minutes, as the area falls silent.`],
    ];
    return {
      ...{ title: msg`Cut off ${name}?`, level, consequences: from === "internet" ? byBox : byHand },
      reason: msg`Several machines there are infected`,
      button: msg`${from === "internet" ? msg`Cut off ${name}` : msg`Watch it fall silent`} ${untilWords(this._hours, this.app.state)}`,
    };
  }

  protected override _fields(): TemplateResult {
    const asked = this._asked();
    const options = (
      [
        ["internet", msg`From the Internet`],
        ["neighbours", msg`From neighbours`],
      ] as const
    ).filter(([from]) => !asked.has(from));
    const servers = this._servers();
    return html`${choiceField<From>({
      ...{ legend: msg`Cut // from where`, name: "from", options, chosen: this._chosen() },
      onChoose: (from) => (this._from = from),
    })}
    ${servers.length === 0 ? nothing : serversField(servers, this._isConfirmed, (isOn) => (this._isConfirmed = isOn))}
    ${cutTermField(this._hours, (hours) => (this._hours = hours), this.app.state)}`;
  }

  private _area() {
    return this.site.areas.find(({ id }) => id === this.areaId) ?? { id: this.areaId, name: msg`the area`, hosts: [] };
  }

  private _asked(): ReadonlySet<From> {
    const own = this.site.areaCuts.filter(({ area, releasing }) => area === this.areaId && !releasing);
    return new Set(own.map(({ from }) => from));
  }

  private _chosen(): From {
    const { placement } = this.site.sensor;
    const canCut = placement === "lan" || placement === "gateway";
    return this._from ?? (canCut && !this._asked().has("internet") ? "internet" : "neighbours");
  }

  private _servers(): readonly HostView[] {
    const { hosts } = this._area();
    return this.site.hosts.filter(({ mac, role }) => mac !== null && hosts.includes(mac) && role.declared === true);
  }
}

/** Asks before an area is put back into service, or forgotten. */
@customElement("area-end-sheet")
class AreaEndSheet extends ChangeSheet {
  @property({ attribute: false }) areaId!: string;
  /** The cut that ends; null forgets the area. */
  @property({ attribute: false }) cutId!: string | null;

  protected override _change(reason: string): Promise<void> {
    const { app, site, areaId, cutId } = this;
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) =>
        cutId === null ? api.forgetArea(areaId, reason) : api.releaseArea(cutId, reason),
      ),
    );
  }

  protected override _changeWords(): ChangeWords {
    const area = this.site.areas.find(({ id }) => id === this.areaId);
    const name = area?.name ?? msg`the area`;
    if (this.cutId === null) {
      return {
        ...{ title: msg`Forget ${name}?`, level: msg`Nothing is asked for it; its machines stay as they are.` },
        ...{ consequences: [], reason: msg`It is no area any more`, button: msg`Forget ${name}` },
      };
    }
    const infected = this.site.hosts.filter(
      ({ mac, verdict }) => verdict === "infected" && mac !== null && area?.hosts.includes(mac) === true,
    );
    return {
      title: msg`Release ${name}?`,
      level: msg`Its machines reach the Internet again, but for those that are cut off by themselves.`,
      consequences: [
        ["i-eye", msg`Goes on`, msg`Cordon keeps judging them, from what they try next.`],
        ...(infected.length === 0
          ? []
          : ([
              ["i-hand", msg`Still infected`, msg`${infected.map(hostName).join(", ")}: cut off alone first.`],
            ] as const)),
      ],
      reason: msg`Checked and clean`,
      button: msg`Release ${name}`,
    };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "area-sheet": AreaSheet;
    "area-cut-sheet": AreaCutSheet;
    "area-end-sheet": AreaEndSheet;
  }
}

/** That whoever cuts off declared servers knows it. */
function serversField(
  servers: readonly HostView[],
  isConfirmed: boolean,
  onConfirm: (isConfirmed: boolean) => void,
): TemplateResult {
  const label = msg`Cut off ${servers.map(hostName).join(", ")} as well`;
  return tickField({
    legend: msg`Declared servers in it`,
    options: [{ value: "confirmed", label, isOn: isConfirmed }],
    onTick: (_, isOn) => onConfirm(isOn),
  });
}
