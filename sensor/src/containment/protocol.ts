/**
 * What the judge may ask of the executor. The executor is the only process that may change the
 * kernel; it takes nothing but these typed requests and checks the protected set itself.
 */
import { Type, type Static } from "typebox";
import { BarrierMode, BarrierWay, Mac, Sweep } from "@cordon/contract";
import { RemedyChange, RemedyOutcome } from "./remedy-protocol.ts";

const Port = Type.Integer({ minimum: 1, maximum: 65535 });

/** What the reflex does with a machine's new targets beyond its budget: count them, or stop them too. */
const ReflexMode = Type.Union([Type.Literal("dry"), Type.Literal("enforce")]);
const ReflexBudget = Type.Union([Type.Literal("tight"), Type.Literal("usual"), Type.Literal("wide")]);

/** The whole of the reflex's settings. `exempt` holds ports that are not looked at for a machine. */
export const ReflexSettings = Type.Object({
  mode: ReflexMode,
  budget: ReflexBudget,
  hosts: Type.Array(
    Type.Object({ mac: Mac, mode: ReflexMode, budget: Type.Union([ReflexBudget, Type.Literal("unlimited")]) }),
    // While an incident is open every known machine has a rule.
    { maxItems: 6000 },
  ),
  /** True: machines without a rule of their own are on probation, whatever `mode` and `budget` say. Absent means no. */
  probation: Type.Optional(Type.Literal(true)),
  exempt: Type.Array(Type.Object({ mac: Mac, port: Port }), { maxItems: 1000 }),
});
export type ReflexSettings = Static<typeof ReflexSettings>;

// Null throttles every new contact, whatever its port.
const ThrottledPorts = Type.Union([Type.Array(Port, { maxItems: 64 }), Type.Null()]);

const Address = Type.String({ pattern: "^[0-9a-f.:]{2,45}$" });
const Net = Type.String({ pattern: "^[0-9a-f.:]{2,45}(/[0-9]{1,3})?$" });

/** All rules that hold for more than single machines. Lists are in the order of `inOrder`. */
export const SiteRules = Type.Object({
  isLineCut: Type.Boolean(),
  /** What holds for all machines; a way that is not here is open. */
  ways: Type.Array(Type.Object({ way: BarrierWay, mode: BarrierMode }), { maxItems: 64 }),
  /** What holds for one instead. */
  hosts: Type.Array(Type.Object({ mac: Mac, way: BarrierWay, mode: Type.Union([BarrierMode, Type.Literal("open")]) }), {
    maxItems: 20_000,
  }),
  /** Networks of the site, none within another; asked only where `spoofed` is shut or counted. */
  sources: Type.Array(Net, { maxItems: 1024 }),
  /** Addresses that `dns` leaves open. */
  resolvers: Type.Array(Address, { maxItems: 1024 }),
  /**
   * Those of them that stand inside and ask further, each by its card; null where no card is known yet, and then whoever has
   * the address may. Absent means none.
   */
  forwarders: Type.Optional(
    Type.Array(Type.Object({ address: Address, mac: Type.Union([Mac, Type.Null()]) }), { maxItems: 1024 }),
  ),
});
export type SiteRules = Static<typeof SiteRules>;

/** One change of the named sets. Adding what is there and removing what is not are no errors. */
export const Step = Type.Union([
  Type.Object({ kind: Type.Literal("quarantine-add"), mac: Mac }),
  Type.Object({ kind: Type.Literal("quarantine-remove"), mac: Mac }),
  Type.Object({ kind: Type.Literal("vector-add"), mac: Mac, ports: Type.Array(Port, { maxItems: 64 }) }),
  Type.Object({ kind: Type.Literal("vector-remove"), mac: Mac, ports: Type.Array(Port, { maxItems: 64 }) }),
  Type.Object({ kind: Type.Literal("throttle-add"), mac: Mac, ports: ThrottledPorts }),
  Type.Object({ kind: Type.Literal("throttle-remove"), mac: Mac, ports: ThrottledPorts }),
  Type.Object({ kind: Type.Literal("sweep-add"), mac: Mac, sweep: Sweep }),
  Type.Object({ kind: Type.Literal("sweep-remove"), mac: Mac, sweep: Sweep }),
  /** Takes the place of all settings before. */
  Type.Object({ kind: Type.Literal("reflex-set"), settings: ReflexSettings }),
  /** Takes the place of all rules before. */
  Type.Object({ kind: Type.Literal("site-rules-set"), rules: SiteRules }),
  /** Machines that are not to be contained beside those that the executor knows of; in the place of those named before. */
  Type.Object({
    kind: Type.Literal("protect"),
    machines: Type.Array(Type.Object({ mac: Mac, reason: Type.String({ maxLength: 200 }) }), { maxItems: 64 }),
  }),
]);
export type Step = Static<typeof Step>;

/** Places in the line for which there are rulesets: behind the router, or outside it. */
const LineStanding = Type.Union([Type.Literal("lan"), Type.Literal("wan")]);
export type LineStanding = Static<typeof LineStanding>;

/** What the kernel holds, measured now. */
export const Observed = Type.Object({
  at: Type.Number(),
  /** Version tag of the loaded skeleton; null where our table is missing. */
  skeleton: Type.Union([Type.String(), Type.Null()]),
  /** For which place in the line the ruleset is; absent where there is but one place that it can be for. */
  standing: Type.Optional(LineStanding),
  /** `packets` were stopped on their way out, `packetsToHost` on their way in. */
  quarantined: Type.Array(Type.Object({ mac: Mac, packets: Type.Integer(), packetsToHost: Type.Integer() })),
  vectors: Type.Array(Type.Object({ mac: Mac, port: Port, packets: Type.Integer() })),
  /** Machines whose sweeps are shut, with what was stopped of each. Absent means none, and from an executor that knows none. */
  sweeps: Type.Optional(Type.Array(Type.Object({ mac: Mac, sweep: Sweep, packets: Type.Integer() }))),
  /** Throttled machines; `packets` were stopped, those to new targets beyond the limit. Absent means none. */
  throttled: Type.Optional(Type.Array(Type.Object({ mac: Mac, packets: Type.Integer() }))),
  throttledVectors: Type.Optional(Type.Array(Type.Object({ mac: Mac, port: Port, packets: Type.Integer() }))),
  /**
   * Frames of machines under a vector block, or with a throttle of single ports, that were stopped because they hide their
   * port, of the last day. Absent means unknown.
   */
  hidden: Type.Optional(Type.Array(Type.Object({ mac: Mac, packets: Type.Integer() }))),
  /** The reflex; absent where there is none. */
  reflex: Type.Optional(
    Type.Object({
      settings: ReflexSettings,
      /** Packets beyond the budget since the table was made: passed in dry run, and stopped. */
      passed: Type.Integer(),
      stopped: Type.Integer(),
      /** The same by machine, of the last day. */
      hosts: Type.Array(Type.Object({ mac: Mac, passed: Type.Integer(), stopped: Type.Integer() })),
    }),
  ),
  /** Packets of machines on probation stopped off the ways of spreading since the table was made. Absent means unknown. */
  probationStopped: Type.Optional(Type.Integer()),
  /** The rules of the site; absent where the executor knows none. */
  site: Type.Optional(
    Type.Object({
      rules: SiteRules,
      /** Packets that the line's cut stopped since the table was made. */
      stoppedAtLine: Type.Integer(),
      /** Packets on a way that is shut or counted, by machine, of the last day; `hidden` are those that hid their port. */
      counts: Type.Array(
        Type.Object({
          mac: Mac,
          way: Type.Union([BarrierWay, Type.Literal("hidden")]),
          passed: Type.Integer(),
          stopped: Type.Integer(),
        }),
      ),
    }),
  ),
  /** Copies handed up, and copies held back by a limit, per selection rule. */
  handedUp: Type.Record(Type.String(), Type.Integer()),
  heldBack: Type.Record(Type.String(), Type.Integer()),
  /** Packets that our rules stopped since the table was made, over all hosts; absent means unknown. */
  packetsStopped: Type.Optional(Type.Integer()),
  /** Packets that are to be stopped and had come past every rule to the last door since the table was made; absent means unknown. */
  pastRules: Type.Optional(Type.Integer()),
  /** Frames to groups stopped since the table was made, as of a loop and as of a storm. Absent means unknown. */
  groups: Type.Optional(Type.Object({ loopStopped: Type.Integer(), stormStopped: Type.Integer() })),
  /** What a person should know and the executor could mend or go on with; absent means none. */
  troubles: Type.Optional(Type.Array(Type.Object({ code: Type.String(), text: Type.String() }))),
});
export type Observed = Static<typeof Observed>;

export const ExecutorRequest = Type.Union([
  Type.Object({ id: Type.Integer(), kind: Type.Literal("observe") }),
  /** All steps in one transaction: either all are in force or none. */
  Type.Object({ id: Type.Integer(), kind: Type.Literal("apply"), steps: Type.Array(Step, { maxItems: 10_000 }) }),
  Type.Object({ id: Type.Integer(), kind: Type.Literal("open-remedies"), change: RemedyChange }),
  /** The ruleset for another place in the line, with all that is held. */
  Type.Object({ id: Type.Integer(), kind: Type.Literal("stand"), standing: LineStanding }),
]);
export type ExecutorRequest = Static<typeof ExecutorRequest>;

export const ExecutorResponse = Type.Union([
  Type.Object({
    id: Type.Integer(),
    ok: Type.Literal(true),
    observed: Observed,
    /** MACs whose steps were left out, with the reason in words. */
    refused: Type.Array(Type.Object({ mac: Mac, reason: Type.String() })),
  }),
  Type.Object({ id: Type.Integer(), ok: Type.Literal(true), remedies: RemedyOutcome }),
  Type.Object({ id: Type.Integer(), ok: Type.Literal(false), code: Type.String(), text: Type.String() }),
]);
export type ExecutorResponse = Static<typeof ExecutorResponse>;

/** The executor as the judge sees it. Rejects with a SensorError when it is not there. */
export interface Executor {
  observe(signal: AbortSignal): Promise<Observed>;
  apply(
    steps: readonly Step[],
    signal: AbortSignal,
  ): Promise<{
    readonly observed: Observed;
    readonly refused: readonly { readonly mac: string; readonly reason: string }[];
  }>;
  /** Loads the ruleset for another place in the line. Absent: there is one place only. */
  stand?(standing: LineStanding, signal: AbortSignal): Promise<Observed>;
}
