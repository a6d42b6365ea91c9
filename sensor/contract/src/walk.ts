import { Type, type Static } from "typebox";
import { askIdPattern } from "./ask.ts";
import { BootId, Time } from "./words.ts";

/**
 * A walk: somebody goes through the house and pulls cables, and the box says whose each was. It is an ask of its own kind
 * whose life is the walk's: until its deadline, until it is cancelled, until the box has lost its controller for a while, and
 * never longer than {@link maxWalkMs}. Meanwhile the box says on the channel `walk` what it finds. Nothing of it is kept on the box.
 */

/** The kind of ask that begins a walk: a {@link WalkQuestion}; its answer, a {@link WalkEnd}, comes when the walk is over. */
export const walkKind = "walk";

/** How `hello` says that a sensor can walk, for its placement: in `lan` and `gateway`. */
export const takesWalks = "walks";

/** The longest a walk may last, milliseconds: ten minutes. */
export const maxWalkMs = 600_000;

/** The most machines that are asked at once; of more those that were heard last. */
export const maxWalkMachines = 256;

/** What the newest findings are told again with, so that a word that is lost loses none. */
export const maxWalkFindings = 32;

/** The question of an ask that begins a walk. */
export const WalkQuestion = Type.Object({
  /** How long at most, milliseconds. */
  forMs: Type.Integer({ minimum: 1_000, maximum: maxWalkMs }),
});
export type WalkQuestion = Static<typeof WalkQuestion>;

/** The body of the answer to an ask that began a walk: why it is over. */
export const WalkEnd = Type.Object({
  /** `time`: as long as was asked for; `controller-lost`: nobody was there to be told; `replaced`: another one began. */
  why: Type.Union([Type.Literal("time"), Type.Literal("controller-lost"), Type.Literal("replaced")]),
});
export type WalkEnd = Static<typeof WalkEnd>;

/**
 * How one machine stands in a walk. Only of one that is `answering` may be said that its cable was pulled.
 *
 * - `asked`: it has not answered often enough yet, nor been silent long enough.
 * - `answering`: it answers whenever it is asked.
 * - `silent-before`: it has not answered since the walk began; off, asleep, or behind what lets no question through.
 * - `unsteady`: it answers with gaps, as by radio.
 * - `wireless`: by all that it says of itself it has no cable; it is not asked.
 * - `no-address`: it has no IPv4 address in the networks of the site, and cannot be asked.
 * - `gone`: it answered, and does so no more; which findings name it says whether anybody else went with it.
 */
export const WalkState = Type.Union([
  Type.Literal("asked"),
  Type.Literal("answering"),
  Type.Literal("silent-before"),
  Type.Literal("unsteady"),
  Type.Literal("wireless"),
  Type.Literal("no-address"),
  Type.Literal("gone"),
]);
export type WalkState = Static<typeof WalkState>;

const HostKey = Type.String({ maxLength: 64 });

/** One machine of a walk. */
export const WalkMachine = Type.Object({
  /** Its key, as in the snapshots of hosts. */
  host: HostKey,
  state: WalkState,
  /** Since when it is in that state, by the box's clock. */
  since: Time,
});
export type WalkMachine = Static<typeof WalkMachine>;

/** What happened. One that comes again under its id replaces what was told under it before. */
export const WalkFinding = Type.Object({
  /** Counts from 1 within the walk. */
  id: Type.Integer({ minimum: 1 }),
  /**
   * - `gone`: this one machine fell silent while others answer: its cable was pulled, or it was switched off.
   * - `together`: several fell silent in the same moment while others answer: one cable or switch feeds them all.
   * - `everything`: nobody answers any more. The box's own cable is in, so it is the switch, or the cable to it.
   * - `own-link`: the box's own cable to the machines leads to nothing; nothing can be said of anybody.
   * - `own-link-back`: it leads to something again.
   * - `back`: those that had gone silent answer again.
   */
  kind: Type.Union([
    Type.Literal("gone"),
    Type.Literal("together"),
    Type.Literal("everything"),
    Type.Literal("own-link"),
    Type.Literal("own-link-back"),
    Type.Literal("back"),
  ]),
  /** Whom it is about: one where `gone`, none where it is the box's own cable. */
  hosts: Type.Array(HostKey, { maxItems: maxWalkMachines }),
  /** When the box was sure, by its clock. */
  at: Time,
  /** When the last of them was last heard; null where they are heard, and where it is the box's own cable. */
  heardAt: Type.Union([Time, Type.Null()]),
});
export type WalkFinding = Static<typeof WalkFinding>;

/** A message on the channel `walk`: the whole of a walk as it stands. Sent with each finding at once, else every second. */
export const Walk = Type.Object({
  version: Type.Integer(),
  bootId: BootId,
  at: Time,
  /** The ask that began it. */
  id: Type.String({ pattern: askIdPattern }),
  /** Grows with each message of the walk: one that is overtaken is old. */
  sequence: Type.Integer({ minimum: 1 }),
  /** False while the box finds out who answers at all: nobody can be named yet. */
  isArmed: Type.Boolean(),
  endsAt: Time,
  machines: Type.Array(WalkMachine, { maxItems: maxWalkMachines }),
  /** Machines known beyond these, that are not asked. */
  others: Type.Integer({ minimum: 0 }),
  /** The newest last. */
  findings: Type.Array(WalkFinding, { maxItems: maxWalkFindings }),
});
export type Walk = Static<typeof Walk>;
