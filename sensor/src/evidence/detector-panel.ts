import type { Contact, Outcome } from "../connection/contact.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { DeclaredDuty } from "./declared-duty.ts";
import type { Detector, Finding, Flooding, Knock, MailCommand, NameAnswer, NameQuestion } from "./detector.ts";

type Event = Exclude<keyof Detector, "findings">;

/** One detector that wants to be told of an event, and where its findings lie. */
interface Listener<Name extends Event> {
  readonly detector: Required<Pick<Detector, Name>>;
  readonly index: number;
}

/**
 * All detectors of one host: tells each of what it wants to know, and asks for findings where something may have changed.
 */
export class DetectorPanel {
  readonly #detectors: readonly Detector[];
  readonly #changed: () => void;
  readonly #duty: DeclaredDuty | null;
  readonly #dutyIndex: number;
  /** What each found when it was asked last, in their order. */
  readonly #found: (readonly Finding[])[];
  readonly #isStale: Uint8Array;
  #hasStale = false;
  readonly #opened: readonly Listener<"opened">[];
  readonly #repeated: readonly Listener<"repeated">[];
  readonly #settled: readonly Listener<"settled">[];
  readonly #confirmed: readonly Listener<"confirmed">[];
  readonly #sought: readonly Listener<"sought">[];
  readonly #knocked: readonly Listener<"knocked">[];
  readonly #opens: readonly Listener<"opens">[];
  readonly #named: readonly Listener<"named">[];
  readonly #flooded: readonly Listener<"flooded">[];
  readonly #serves: readonly Listener<"serves">[];
  readonly #posed: readonly Listener<"posed">[];
  readonly #question: readonly Listener<"question">[];
  readonly #command: readonly Listener<"command">[];

  /**
   * @param changed is called when findings have to be asked for anew, once until they are
   * @param duty one of the detectors: nobody else is told of what belongs to it
   */
  constructor(detectors: readonly Detector[], changed: () => void, duty: DeclaredDuty | null = null) {
    this.#detectors = detectors;
    this.#changed = changed;
    this.#duty = duty;
    this.#dutyIndex = duty === null ? -1 : detectors.indexOf(duty);
    this.#found = detectors.map(() => []);
    this.#isStale = new Uint8Array(detectors.length);
    this.#opened = listenersOf(detectors, "opened");
    this.#repeated = listenersOf(detectors, "repeated");
    this.#settled = listenersOf(detectors, "settled");
    this.#confirmed = listenersOf(detectors, "confirmed");
    this.#sought = listenersOf(detectors, "sought");
    this.#knocked = listenersOf(detectors, "knocked");
    this.#opens = listenersOf(detectors, "opens");
    this.#named = listenersOf(detectors, "named");
    this.#flooded = listenersOf(detectors, "flooded");
    this.#serves = listenersOf(detectors, "serves");
    this.#posed = listenersOf(detectors, "posed");
    this.#question = listenersOf(detectors, "question");
    this.#command = listenersOf(detectors, "command");
  }

  opened(contact: Contact): void {
    if (this.#duty?.covers(contact) === true) return this.#work(contact.openedAt);
    for (const { detector, index } of this.#opened) if (detector.opened(contact)) this.#note(index);
  }

  repeated(contact: Contact): void {
    if (this.#duty?.coversRepeats(contact) === true) return this.#work(contact.attemptAt);
    for (const { detector, index } of this.#repeated) if (detector.repeated(contact)) this.#note(index);
  }

  settled(contact: Contact, before: Outcome): void {
    if (this.#duty?.covers(contact) === true) return;
    for (const { detector, index } of this.#settled) if (detector.settled(contact, before)) this.#note(index);
  }

  confirmed(contact: Contact): void {
    if (this.#duty?.coversRepeats(contact) === true) return;
    for (const { detector, index } of this.#confirmed) if (detector.confirmed(contact)) this.#note(index);
  }

  sought(target: AddressKey, at: number): void {
    if (this.#duty !== null) return this.#work(at);
    for (const { detector, index } of this.#sought) if (detector.sought(target, at)) this.#note(index);
  }

  knocked(knock: Knock): void {
    if (this.#duty?.coversPorts(knock) === true) return;
    for (const { detector, index } of this.#knocked) if (detector.knocked(knock)) this.#note(index);
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): void {
    for (const { detector, index } of this.#opens) if (detector.opens(remote, transport, port)) this.#note(index);
  }

  named(answer: NameAnswer): void {
    for (const { detector, index } of this.#named) if (detector.named(answer)) this.#note(index);
  }

  /** That a port of its own is served is found by nobody for itself. */
  serves(port: number): void {
    for (const { detector } of this.#serves) detector.serves(port);
  }

  flooded(flooding: Flooding): void {
    if (this.#duty?.coversPorts(flooding) === true) return;
    for (const { detector, index } of this.#flooded) {
      detector.flooded(flooding);
      this.#note(index);
    }
  }

  posed(address: AddressKey, at: number): void {
    for (const { detector, index } of this.#posed) {
      detector.posed(address, at);
      this.#note(index);
    }
  }

  question(question: NameQuestion): void {
    for (const { detector, index } of this.#question) {
      detector.question(question);
      this.#note(index);
    }
  }

  command(command: MailCommand): void {
    for (const { detector, index } of this.#command) {
      detector.command(command);
      this.#note(index);
    }
  }

  /** Everything that stands, in the order of the detectors. */
  findings(at: number): Finding[] {
    if (this.#hasStale) {
      for (const [index, detector] of this.#detectors.entries()) {
        if (this.#isStale[index] === 1) this.#found[index] = detector.findings(at);
      }
      this.#isStale.fill(0);
      this.#hasStale = false;
    }
    return this.#found.flat();
  }

  /** The same with what time alone has changed. */
  findingsAnew(at: number): Finding[] {
    this.#isStale.fill(1);
    this.#hasStale = true;
    return this.findings(at);
  }

  #work(at: number): void {
    this.#duty?.note(at);
    this.#note(this.#dutyIndex);
  }

  #note(index: number): void {
    this.#isStale[index] = 1;
    if (this.#hasStale) return;
    this.#hasStale = true;
    this.#changed();
  }
}

function listenersOf<Name extends Event>(detectors: readonly Detector[], event: Name): Listener<Name>[] {
  return detectors.flatMap((detector, index) => (hears(detector, event) ? [{ detector, index }] : []));
}

function hears<Name extends Event>(
  detector: Detector,
  event: Name,
): detector is Detector & Required<Pick<Detector, Name>> {
  return detector[event] !== undefined;
}
