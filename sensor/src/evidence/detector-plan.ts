import { contactKind } from "../connection/contact.ts";
import { portClasses } from "../connection/port-class.ts";
import type { Detector, Knock } from "./detector.ts";

type ContactEvent = "opened" | "repeated" | "settled" | "confirmed";
type PlainEvent = Exclude<keyof Detector, ContactEvent | "knocked" | "findings" | "classes" | "manners" | "ignores">;

/** By kind of contact, the places of those detectors that are told. */
type ByKind = readonly (readonly number[])[];

/** Kinds of contacts are small numbers. */
const kinds = 16;
const knockManners: readonly Knock["manner"][] = ["syn", "odd", "stray", "datagram", "bare"];

/**
 * Whom a panel tells of what, worked out once for all hosts: most detectors care for a few classes of ports, and asking
 * each of each contact is what judging would spend its time on.
 */
export class DetectorPlan {
  readonly opened: ByKind;
  /** Those of them that do not ignore one that was let through. */
  readonly openedSeen: ByKind;
  readonly repeated: ByKind;
  readonly settled: ByKind;
  /** Those of them that do not ignore the answer to one that waited for it. */
  readonly answered: ByKind;
  readonly confirmed: ByKind;
  readonly knocked: Readonly<Record<Knock["manner"], readonly number[]>>;
  readonly sought: readonly number[];
  readonly opens: readonly number[];
  readonly named: readonly number[];
  readonly flooded: readonly number[];
  readonly serves: readonly number[];
  readonly posed: readonly number[];
  readonly question: readonly number[];
  readonly command: readonly number[];

  constructor(detectors: readonly Detector[]) {
    const byKind = (event: ContactEvent, unless?: "openings" | "answers"): ByKind =>
      Array.from({ length: kinds }, (_, kind) =>
        placesOf(
          detectors,
          (detector) =>
            detector[event] !== undefined &&
            caresFor(detector, kind) &&
            !(unless !== undefined && detector.ignores?.includes(unless) === true),
        ),
      );
    const plain = (event: PlainEvent): readonly number[] =>
      placesOf(detectors, (detector) => detector[event] !== undefined);
    this.opened = byKind("opened");
    this.openedSeen = byKind("opened", "openings");
    this.repeated = byKind("repeated");
    this.settled = byKind("settled");
    this.answered = byKind("settled", "answers");
    this.confirmed = byKind("confirmed");
    const byManner = knockManners.map((manner) => [
      manner,
      placesOf(detectors, (detector) => detector.knocked !== undefined && (detector.manners?.includes(manner) ?? true)),
    ]);
    this.knocked = Object.fromEntries(byManner) as Record<Knock["manner"], readonly number[]>;
    this.sought = plain("sought");
    this.opens = plain("opens");
    this.named = plain("named");
    this.flooded = plain("flooded");
    this.serves = plain("serves");
    this.posed = plain("posed");
    this.question = plain("question");
    this.command = plain("command");
  }
}

/** The plans of a site: hosts of a declared duty have one detector more. */
export class DetectorPlans {
  #plain: DetectorPlan | null = null;
  #withDuty: DetectorPlan | null = null;

  of(detectors: readonly Detector[], hasDuty: boolean): DetectorPlan {
    if (hasDuty) return (this.#withDuty ??= new DetectorPlan(detectors));
    return (this.#plain ??= new DetectorPlan(detectors));
  }
}

function placesOf(detectors: readonly Detector[], isTold: (detector: Detector) => boolean): readonly number[] {
  return detectors.flatMap((detector, place) => (isTold(detector) ? [place] : []));
}

function caresFor({ classes = portClasses }: Detector, kind: number): boolean {
  return classes.some((portClass) => contactKind(portClass) === kind);
}
