import type {
  DownloadOrder,
  DownloadReport,
  ExecReport,
  PortClass,
  Count,
  SensorOrder,
  SensorProcess,
  SensorRole,
} from "./lab.ts";
import type { Activity, Range, Scenario } from "./scenario.ts";

/** A thing of a scenario with one number drawn for each range. */
export type Drawn<T> = T extends unknown ? { readonly [K in keyof T]: T[K] extends Range ? number : T[K] } : never;

/** One activity of one kind, drawn. */
export type DrawnActivity<K extends Activity["kind"] = Activity["kind"]> = Drawn<Extract<Activity, { kind: K }>>;

/** What the caller's process may ask of the process that is the lab's init. */
export type LabCalls = {
  "start-sensor": { readonly input: SensorOrder & { readonly program: string }; readonly output: null };
  "stop-sensor": { readonly input: { readonly graceMs: number }; readonly output: null };
  "sensor-processes": { readonly input: null; readonly output: readonly SensorProcess[] };
  kill: { readonly input: { readonly role: SensorRole }; readonly output: readonly number[] };
  run: { readonly input: Scenario; readonly output: { readonly startedAt: number } };
  "stop-scenario": { readonly input: null; readonly output: null };
  witness: { readonly input: null; readonly output: readonly WitnessLine[] };
  downloads: { readonly input: DownloadOrder; readonly output: DownloadReport };
  "cut-line": { readonly input: null; readonly output: null };
  "restore-line": { readonly input: null; readonly output: null };
  bar: { readonly input: { readonly isBarred: boolean }; readonly output: null };
  record: {
    readonly input: { readonly path: string; readonly snapLength: number; readonly filter: string };
    readonly output: null;
  };
  "stop-recording": { readonly input: null; readonly output: null };
  "start-program": {
    readonly input: { readonly name: string; readonly place: string; readonly argv: readonly string[] };
    readonly output: null;
  };
  "end-program": { readonly input: { readonly name: string; readonly signal: NodeJS.Signals }; readonly output: null };
  exec: {
    readonly input: { readonly place: string; readonly argv: readonly string[]; readonly timeoutMs: number };
    readonly output: ExecReport;
  };
};

export interface WitnessLine {
  /** The host's mark (its number plus one); zero stands for router and sensor. */
  readonly mark: number;
  readonly portClass: PortClass;
  readonly count: Count;
}

/** What the lab's init may ask of a host's process. */
export type HostCalls = {
  begin: {
    readonly input: {
      readonly activity: DrawnActivity;
      /** Tells sources of chance of several activities apart. */
      readonly key: string;
      readonly delayMs: number;
      readonly forMs: number;
    };
    readonly output: null;
  };
  /** Ends all activities and settles when they have ended. */
  stop: { readonly input: null; readonly output: null };
  download: {
    readonly input: { readonly count: number; readonly bytes: number; readonly stallMs: number };
    readonly output: DownloadReport;
  };
};

/** What the lab's init may ask of the provider's process. */
export type ProviderCalls = {
  "inbound-mail": {
    readonly input: { readonly mailEveryMs: number; readonly delayMs: number; readonly forMs: number };
    readonly output: null;
  };
  stop: { readonly input: null; readonly output: null };
};

/** What the lab's init may ask of the provider's end of a line with PPPoE. */
export type PppoeCalls = {
  /** Whether frames are lost from now on, both ways. */
  cut: { readonly input: { readonly isCut: boolean }; readonly output: null };
  /** Whether the office's login is refused from now on; its session ends. */
  bar: { readonly input: { readonly isBarred: boolean }; readonly output: null };
};

/** The line by which a process of the lab says that it serves, as an event. */
export interface Ready {
  readonly kind: "ready";
}
