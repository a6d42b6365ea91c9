import type { AddressKey } from "../packet/packet.ts";
import { isPropagationClass, portClasses, portClassIndex, type PortClass } from "./port-class.ts";

/**
 * What became of a contact. `pending` is a miss until an answer credits it. What our own rules, the
 * gateway or a dead line did says nothing of the host: those outcomes are neutral.
 */
export type Outcome =
  | "pending"
  | "established"
  | "refused"
  | "unreachable"
  | "silent"
  | "refused-by-us"
  | "refused-by-gateway"
  | "line-down";

/** Whether anybody on the site had looked the target up; `unknown` where it could not have been seen. */
export type Resolution = "resolved" | "unresolved" | "unknown";

/** Where the target is: in the host's own /24 (IPv6: /64), elsewhere in the site's ranges, or outside. */
export type Place = "neighbour" | "inside" | "outside";

/** What is known of a target when it is contacted first. */
export interface TargetFacts {
  readonly place: Place;
  readonly resolution: Resolution;
  /** The name it was resolved by; null where none is known. */
  readonly name: string | null;
}

/**
 * All attempts of one host at one address on one class of ports; the propagation ports together are one class.
 *
 * INVARIANT: the table uses the object again for another contact once it has forgotten this one, unless `isKept`. Whoever
 * holds on to it beyond the call that it was given in sets that.
 */
export interface Contact extends TargetFacts {
  readonly remote: AddressKey;
  /** Class and port of the first attempt. */
  readonly portClass: PortClass;
  /** Which of an address's contacts it is (see {@link contactKind}). */
  readonly kind: number;
  readonly port: number;
  readonly openedAt: number;
  /** Of the last packet of any attempt. */
  lastAt: number;
  outcome: Outcome;
  /** When the last attempt began: a new source port begins one, a repeated SYN does not. */
  attemptAt: number;
  attempts: number;
  sourcePort: number;
  /** How often the next attempt came from a higher source port. */
  sourcePortRises: number;
  /** Attempts that had no answer when the next one began. */
  unanswered: number;
  /** Epoch milliseconds of the last answer; 0 where there was none. */
  answeredAt: number;
  /** Whether it was added to its host's walk over failed contacts, and what it added. */
  isCounted: boolean;
  counted: number;
  /** Of the rhythm of its attempts: when the last visit began, how long after the one before, and how many such intervals in a row were the same. */
  visitedAt: number;
  intervalMs: number;
  evenRounds: number;
  /** Somebody beside the table holds on to it. */
  isKept: boolean;
}

/** A miss that stands: it was not answered, and nobody but the target is known to be the reason. */
export function isMiss(outcome: Outcome): boolean {
  return outcome === "silent" || outcome === "refused" || outcome === "unreachable";
}

/**
 * Which of an address's contacts one of this class belongs to. The propagation ports count as one: Windows tries 445 and
 * 139 of the same target at once, and worms mix a dozen of them.
 */
export function contactKind(portClass: PortClass): number {
  return isPropagationClass(portClass) ? propagationKind : portClassIndex(portClass);
}

/** Of whatever class of the propagation ports; no index of a class is as high. */
export const propagationKind = 15;

export const contactKinds: readonly number[] = [...new Set(portClasses.map(contactKind))];
