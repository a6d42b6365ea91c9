import type { AddressKey } from "../packet/packet.ts";
import type { Contact, Outcome, Place, Resolution } from "./contact.ts";
import { bytes, byteShift, flags, pastTimes, pastWords, shorts, shortShift } from "./contact-pool.ts";
import { times, timeShift, words, wordShift, type ContactPool } from "./contact-pool.ts";
import { portClasses, type PortClass } from "./port-class.ts";

/** Each is stored as its place in these. */
export const outcomes: readonly Outcome[] = [
  ...(["pending", "established", "refused", "unreachable", "silent"] as const),
  ...(["refused-by-us", "refused-by-gateway", "line-down"] as const),
];
export const places: readonly Place[] = ["neighbour", "inside", "outside"];
export const resolutions: readonly Resolution[] = ["resolved", "unresolved", "unknown"];

/** Of an identity: the kind of contact, and whether the address is of IPv6. */
const kindMask = 0xff;
export const ipv6Identity = 0x100;

/**
 * A contact as others see it: a window on its place in the pool, which its store moves on to the next contact unless
 * somebody keeps it.
 */
export class StoredContact implements Contact {
  #pool: ContactPool;
  #place: number;
  readonly #keep: (contact: StoredContact) => void;

  /** @param keep is called when somebody holds on to this window: it is not to be moved any more */
  constructor(pool: ContactPool, place: number, keep: (contact: StoredContact) => void) {
    this.#pool = pool;
    this.#place = place;
    this.#keep = keep;
  }

  /** Shows another contact from now on. */
  moveTo(place: number): this {
    this.#place = place;
    return this;
  }

  get slot(): number {
    return this.#place;
  }

  /** Its place is somebody else's from now on. */
  leave(): void {
    this.#pool = this.#pool.copyOf(this.#place);
    this.#place = 0;
  }

  get remote(): AddressKey {
    const pool = this.#pool;
    const word = this.#place << wordShift;
    if (((pool.words[word + words.identity] ?? 0) & ipv6Identity) !== 0) return pool.texts[this.#place] ?? "";
    return pool.words[word + words.address] ?? 0;
  }

  get kind(): number {
    return (this.#pool.words[(this.#place << wordShift) + words.identity] ?? 0) & kindMask;
  }

  get portClass(): PortClass {
    return portClasses[this.#pool.bytes[(this.#place << byteShift) + bytes.portClass] ?? 0] ?? "other";
  }

  get place(): Place {
    return places[this.#pool.bytes[(this.#place << byteShift) + bytes.place] ?? 0] ?? "outside";
  }

  get resolution(): Resolution {
    return resolutions[this.#pool.bytes[(this.#place << byteShift) + bytes.resolution] ?? 0] ?? "unknown";
  }

  get outcome(): Outcome {
    return outcomes[this.#pool.bytes[(this.#place << byteShift) + bytes.outcome] ?? 0] ?? "pending";
  }

  get name(): string | null {
    if (((this.#pool.words[(this.#place << wordShift) + words.flags] ?? 0) & flags.named) === 0) return null;
    return this.#pool.names[this.#place] ?? null;
  }

  get port(): number {
    return this.#pool.shorts[(this.#place << shortShift) + shorts.port] ?? 0;
  }

  get sourcePort(): number {
    return this.#pool.shorts[(this.#place << shortShift) + shorts.sourcePort] ?? 0;
  }

  get attempts(): number {
    return this.#pool.words[(this.#place << wordShift) + words.attempts] ?? 0;
  }

  get unanswered(): number {
    return this.#pastCount(pastWords.unanswered);
  }

  get sourcePortRises(): number {
    return this.#pastCount(pastWords.sourcePortRises);
  }

  get evenRounds(): number {
    return this.#pastCount(pastWords.evenRounds);
  }

  set evenRounds(rounds: number) {
    this.#pool.beginPast(this.#place);
    this.#pool.pastWords[(this.#place << wordShift) + pastWords.evenRounds] = rounds;
  }

  get openedAt(): number {
    return this.#pool.times[(this.#place << timeShift) + times.openedAt] ?? 0;
  }

  get lastAt(): number {
    return this.#pool.lastAt(this.#place);
  }

  get attemptAt(): number {
    return this.#pastTime(pastTimes.attemptAt) ?? this.openedAt;
  }

  get answeredAt(): number {
    return this.#pool.times[(this.#place << timeShift) + times.answeredAt] ?? 0;
  }

  get visitedAt(): number {
    return this.#pastTime(pastTimes.visitedAt) ?? this.openedAt;
  }

  set visitedAt(at: number) {
    this.#pool.beginPast(this.#place);
    this.#pool.pastTimes[(this.#place << timeShift) + pastTimes.visitedAt] = at;
  }

  get intervalMs(): number {
    return this.#pastTime(pastTimes.intervalMs) ?? 0;
  }

  set intervalMs(length: number) {
    this.#pool.beginPast(this.#place);
    this.#pool.pastTimes[(this.#place << timeShift) + pastTimes.intervalMs] = length;
  }

  get counted(): number {
    return this.#pool.times[(this.#place << timeShift) + times.counted] ?? 0;
  }

  set counted(sum: number) {
    this.#pool.times[(this.#place << timeShift) + times.counted] = sum;
  }

  get isCounted(): boolean {
    return this.#has(flags.counted);
  }

  set isCounted(isCounted: boolean) {
    this.#set(flags.counted, isCounted);
  }

  get isKept(): boolean {
    return this.#has(flags.kept);
  }

  set isKept(isKept: boolean) {
    if (!isKept || this.isKept) return;
    this.#set(flags.kept, true);
    this.#keep(this);
  }

  /** Of one without a past: none. */
  #pastCount(field: number): number {
    return this.#has(flags.past) ? (this.#pool.pastWords[(this.#place << wordShift) + field] ?? 0) : 0;
  }

  /** The same of a time: undefined. */
  #pastTime(field: number): number | undefined {
    return this.#has(flags.past) ? this.#pool.pastTimes[(this.#place << timeShift) + field] : undefined;
  }

  #has(flag: number): boolean {
    return ((this.#pool.words[(this.#place << wordShift) + words.flags] ?? 0) & flag) !== 0;
  }

  #set(flag: number, isSet: boolean): void {
    const word = (this.#place << wordShift) + words.flags;
    const before = this.#pool.words[word] ?? 0;
    this.#pool.words[word] = isSet ? before | flag : before & ~flag;
  }
}
