import type { GatewayProfile, SiteProfile } from "@cordon/contract";
import type { LineCondition } from "./line-conditions.ts";
import type { LineForm } from "./line-forms.ts";
import type { Scenario } from "./scenario.ts";

/** What a machine of the lab's office is there for. The last two are the infected ones. */
export type HostJob = "workstation" | "printer" | "mail-server" | "mass-mailer" | "worm";

/** One machine behind the switch. */
export interface HostFacts {
  /** As it calls itself by DHCP. */
  readonly name: string;
  readonly mac: string;
  /** IPv4; DHCP hands out the same one for as long as the lab lives. */
  readonly address: string;
  readonly job: HostJob;
}

/** What a test may know of the drawn site. The sensor is told none of it but through its profile. */
export interface SiteFacts {
  readonly seed: number;
  readonly hosts: readonly HostFacts[];
  /** The office's network in CIDR notation. */
  readonly localNets: readonly string[];
  /** The router on the office's side; also its resolver and DHCP server. */
  readonly gateway: { readonly mac: string; readonly address: string };
  /** The router's address on the provider's side, behind which all hosts hide. */
  readonly publicAddress: string;
  /** The sensor's bridge. */
  readonly sensor: { readonly mac: string; readonly address: string };
  readonly ports: SiteProfile["ports"];
  /** Where the sensor finds the controller: a relay on the provider's side. */
  readonly controllerAddress: string;
  readonly controllerPort: number;
  /** The office's own mail domain and the name its mail server greets with. */
  readonly mail: { readonly domain: string; readonly serverName: string };
}

/**
 * What stands between router and switch: a namespace with a bridge in which the sensor's processes
 * run, or a whole machine, whose three ports are taps in that namespace.
 */
export type InLine = "namespace" | "machine";

export interface LabOptions {
  /** Everything drawn is drawn from this. */
  readonly seed: number;
  /** Default: the namespace. */
  readonly inLine?: InLine;
  /** Where the sensor stands; default: between router and switch. */
  readonly form?: LineForm;
  /** Port on this machine's loopback that the relay leads to; absent: connections are closed until `relayTo`. */
  readonly controllerPort?: number;
  /** Ends the start, and closes what stands already. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Classes of destination port that the witness tells apart; the mail and smb ports are those of the contract's vectors. */
export type PortClass = "mail" | "smb" | "web" | "dns" | "other";

export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/**
 * What arrived on the provider's side, by host and class of port, counted by the provider's kernel
 * since the lab stood.
 */
export interface Witness {
  readonly byHost: ReadonlyMap<string, Readonly<Record<PortClass, Count>>>;
  /** What the router and the sensor sent themselves (questions of the forwarder, the link to the controller). */
  readonly others: Readonly<Record<PortClass, Count>>;
}

export interface DownloadOrder {
  /** Names of hosts. */
  readonly hosts: readonly string[];
  /** Downloads of each host, one after the other. */
  readonly count: number;
  /** Size of each. */
  readonly bytes: number;
  /** A download without progress for so long has failed; default 5000. */
  readonly stallMs?: number;
}

export interface DownloadReport {
  readonly ok: number;
  readonly failed: number;
  /** Why, for those that failed, as `host: reason`. */
  readonly reasons: readonly string[];
  /** The longest time any download stood still. */
  readonly longestStallMs: number;
}

export interface RecordOptions {
  /** Bytes of each frame that are kept; default all. */
  readonly snapLength?: number;
  /** In pcap-filter(7); default everything. */
  readonly filter?: string;
}

export interface ExecReport {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SensorOrder {
  readonly profilePath: string;
  readonly stateDir: string;
  /** For sockets; default: a folder of the lab's own. */
  readonly runDir?: string;
  /** Added to the sensor's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `main` is the process that was started; where it judges itself there is no other `judge`. */
export type SensorRole = "main" | "reader" | "judge" | "executor" | "names" | "tracker";

export interface SensorProcess {
  readonly role: SensorRole;
  /** In the lab's own process namespace. */
  readonly pid: number;
  readonly commandLine: readonly string[];
}

/** What goes on in the lab, for people and tests. `at` is epoch milliseconds. */
export type LabEvent =
  | {
      readonly kind: "page";
      readonly at: number;
      readonly host: string;
      readonly site: string;
      readonly names: number;
      readonly failed: number;
    }
  | {
      readonly kind: "mail-sent";
      readonly at: number;
      readonly host: string;
      readonly domain: string;
      readonly server: string;
      readonly helo: string;
      readonly outcome: MailOutcome;
    }
  | {
      readonly kind: "mail-received";
      readonly at: number;
      readonly server: string;
      readonly address: string;
      readonly helo: string;
      readonly from: string;
      readonly recipients: number;
    }
  | {
      readonly kind: "office-mail-received";
      readonly at: number;
      readonly host: string;
      readonly helo: string;
      readonly from: string;
    }
  | {
      readonly kind: "mail-servers-resolved";
      readonly at: number;
      readonly host: string;
      readonly domains: number;
      readonly servers: number;
    }
  | {
      readonly kind: "scan";
      readonly at: number;
      readonly host: string;
      /** The first of several. */
      readonly port: number;
      /** Targets tried outside the own subnet so far, and how those ended that have ended. */
      readonly started: number;
      readonly answered: number;
      readonly refused: number;
      readonly unreachable: number;
      readonly silent: number;
      /** Targets tried in the own subnet. */
      readonly local: number;
    }
  | { readonly kind: "announced"; readonly at: number; readonly host: string; readonly acknowledged: boolean }
  | { readonly kind: "begins"; readonly at: number; readonly host: string; readonly activity: string }
  | { readonly kind: "line"; readonly at: number; readonly state: LineCondition | "restored" }
  /** By PPPoE: whether IP passes, as one end sees it. */
  | {
      readonly kind: "session";
      readonly at: number;
      readonly place: "router" | "provider";
      readonly state: "up" | "down";
    }
  | { readonly kind: "scenario"; readonly at: number; readonly name: string; readonly state: "begins" | "ends" }
  | { readonly kind: "sensor-ended"; readonly at: number; readonly code: number | null; readonly signal: string | null }
  | {
      readonly kind: "program-ended";
      readonly at: number;
      readonly name: string;
      readonly code: number | null;
      readonly signal: string | null;
    }
  | { readonly kind: "log"; readonly at: number; readonly from: string; readonly text: string };

/** How one attempt to hand over a mail ended. */
export type MailOutcome = "accepted" | "rejected" | "deferred" | "refused" | "silent" | "unresolved" | "broken";

/** A scenario under way. */
export interface ScenarioRun {
  /** When its clock began (epoch milliseconds). */
  readonly startedAt: number;
  /** Settles at its end, or after `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A whole client site that stands. Every call fails with `SensorError` `lab-closed` once it is gone. */
export interface Lab {
  readonly facts: SiteFacts;
  /** For the site profile. */
  readonly profilePorts: SiteProfile["ports"];
  /** For the site profile of a repair network; null in all other forms. */
  readonly profileGateway: GatewayProfile | null;
  /** Folder for sockets between programs inside and the caller; gone with the lab. */
  readonly workDir: string;
  /** Returns what ends the listening. */
  onEvent(listener: (event: LabEvent) => void): () => void;
  /** What the parts of the lab and the sensor wrote, the last few thousand lines, oldest first. */
  logs(): readonly string[];
  /** Where the relay leads: a port on this machine's loopback; null closes each connection, those that stand too. */
  relayTo(controllerPort: number | null): void;

  /** Settles when the sensor's first process runs. */
  startSensor(order: SensorOrder, options?: CallOptions): Promise<void>;
  /** Ends it by SIGTERM, after `graceMs` (default 5000) by SIGKILL. */
  stopSensor(options?: CallOptions & { readonly graceMs?: number }): Promise<void>;
  sensorProcesses(options?: CallOptions): Promise<readonly SensorProcess[]>;
  /** SIGKILL of all processes of one role; the pids that were hit. */
  kill(role: SensorRole, options?: CallOptions): Promise<readonly number[]>;

  /** Starts a scenario; one at a time. */
  run(scenario: Scenario, options?: CallOptions): Promise<ScenarioRun>;
  witness(options?: CallOptions): Promise<Witness>;
  /** Real downloads by hosts through the line; every byte is compared. */
  downloads(order: DownloadOrder, options?: CallOptions): Promise<DownloadReport>;
  /** The provider drops everything both ways; links stay up. */
  cutLine(options?: CallOptions): Promise<void>;
  restoreLine(options?: CallOptions): Promise<void>;
  /** Whether the provider refuses the office's login by PPPoE, as one does that cuts a customer's line. */
  bar(isBarred: boolean, options?: CallOptions): Promise<void>;
  /** Records the sensor's inside port to a capture file; one recording at a time. */
  record(path: string, options?: CallOptions & RecordOptions): Promise<void>;
  /** Settles when the file is complete. */
  stopRecording(options?: CallOptions): Promise<void>;
  /** Starts a program that lives in the namespace of a place; its lines are events `log` from `name`. */
  startProgram(name: string, place: string, argv: readonly string[], options?: CallOptions): Promise<void>;
  /** Ends it by a signal, after five seconds by SIGKILL; settles when it is gone. */
  endProgram(name: string, signal: NodeJS.Signals, options?: CallOptions): Promise<void>;
  /** Runs a command in the namespace of a host (by name) or of `provider`, `router`, `sensor`, `switch`. */
  exec(
    place: string,
    argv: readonly string[],
    options?: CallOptions & { readonly timeoutMs?: number },
  ): Promise<ExecReport>;
  /** Ends everything; safe to repeat. */
  close(): Promise<void>;
}
