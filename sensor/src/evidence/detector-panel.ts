import type { Contact, Outcome } from "../connection/contact.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { DeclaredDuty } from "./declared-duty.ts";
import type { DetectorPlan } from "./detector-plan.ts";
import type { Detector, Finding, Flooding, Knock, MailCommand, NameAnswer, NameQuestion } from "./detector.ts";

const nobody: readonly number[] = [];
const nothing: readonly Finding[] = [];

/**
 * All detectors of one host: tells each of what it wants to know, and asks for findings where something may have changed.
 * Where packets come by the million it counts places, for an iterator is an object each time.
 */
export class DetectorPanel {
  /** INVARIANT: the plan names for an event only those that have it. */
  readonly #detectors: readonly Required<Detector>[];
  readonly #plan: DetectorPlan;
  readonly #changed: () => void;
  readonly #duty: DeclaredDuty | null;
  readonly #dutyIndex: number;
  /** What each found when it was asked last, in their order. */
  readonly #found: (readonly Finding[])[];
  readonly #isStale: Uint8Array;
  #hasStale = false;

  /**
   * @param plan of these detectors
   * @param changed is called when findings have to be asked for anew, once until they are
   * @param duty one of the detectors: nobody else is told of what belongs to it
   */
  constructor(
    detectors: readonly Detector[],
    plan: DetectorPlan,
    changed: () => void,
    duty: DeclaredDuty | null = null,
  ) {
    this.#detectors = detectors as readonly Required<Detector>[];
    this.#plan = plan;
    this.#changed = changed;
    this.#duty = duty;
    this.#dutyIndex = duty === null ? -1 : detectors.indexOf(duty);
    this.#found = detectors.map(() => nothing);
    this.#isStale = new Uint8Array(detectors.length);
  }

  opened(contact: Contact): void {
    if (this.#duty?.covers(contact) === true) return this.#work(contact.openedAt);
    const { opened, openedSeen } = this.#plan;
    const told = (contact.outcome === "pending" ? openedSeen : opened)[contact.kind] ?? nobody;
    for (let place = 0; place < told.length; place += 1) {
      const index = told[place] ?? 0;
      if (this.#detectors[index]?.opened(contact) === true) this.#note(index);
    }
  }

  repeated(contact: Contact, port: number): void {
    if (this.#duty?.coversRepeats(contact) === true) return this.#work(contact.attemptAt);
    const told = this.#plan.repeated[contact.kind] ?? nobody;
    for (let place = 0; place < told.length; place += 1) {
      const index = told[place] ?? 0;
      if (this.#detectors[index]?.repeated(contact, port) === true) this.#note(index);
    }
  }

  settled(contact: Contact, before: Outcome): void {
    if (this.#duty?.covers(contact) === true) return;
    const { settled, answered } = this.#plan;
    const isAnswer = before === "pending" && contact.outcome === "established";
    const told = (isAnswer ? answered : settled)[contact.kind] ?? nobody;
    for (let place = 0; place < told.length; place += 1) {
      const index = told[place] ?? 0;
      if (this.#detectors[index]?.settled(contact, before) === true) this.#note(index);
    }
  }

  confirmed(contact: Contact): void {
    if (this.#duty?.coversRepeats(contact) === true) return;
    const told = this.#plan.confirmed[contact.kind] ?? nobody;
    for (let place = 0; place < told.length; place += 1) {
      const index = told[place] ?? 0;
      if (this.#detectors[index]?.confirmed(contact) === true) this.#note(index);
    }
  }

  sought(target: AddressKey, at: number): void {
    if (this.#duty !== null) return this.#work(at);
    for (const index of this.#plan.sought) {
      if (this.#detectors[index]?.sought(target, at) === true) this.#note(index);
    }
  }

  knocked(knock: Knock): void {
    if (this.#duty?.coversPorts(knock) === true) return;
    const told = this.#plan.knocked[knock.manner];
    for (let place = 0; place < told.length; place += 1) {
      const index = told[place] ?? 0;
      if (this.#detectors[index]?.knocked(knock) === true) this.#note(index);
    }
  }

  opens(remote: AddressKey, transport: Knock["transport"], port: number): void {
    const told = this.#plan.opens;
    for (let place = 0; place < told.length; place += 1) {
      const index = told[place] ?? 0;
      if (this.#detectors[index]?.opens(remote, transport, port) === true) this.#note(index);
    }
  }

  named(answer: NameAnswer): void {
    for (const index of this.#plan.named) {
      if (this.#detectors[index]?.named(answer) === true) this.#note(index);
    }
  }

  /** That a port of its own is served is found by nobody for itself. */
  serves(port: number): void {
    const told = this.#plan.serves;
    for (let place = 0; place < told.length; place += 1) this.#detectors[told[place] ?? 0]?.serves(port);
  }

  flooded(flooding: Flooding): void {
    if (this.#duty?.coversPorts(flooding) === true) return;
    for (const index of this.#plan.flooded) {
      this.#detectors[index]?.flooded(flooding);
      this.#note(index);
    }
  }

  posed(address: AddressKey, at: number): void {
    for (const index of this.#plan.posed) {
      this.#detectors[index]?.posed(address, at);
      this.#note(index);
    }
  }

  question(question: NameQuestion): void {
    for (const index of this.#plan.question) {
      if (this.#detectors[index]?.question(question) === true) this.#note(index);
    }
  }

  command(command: MailCommand): void {
    for (const index of this.#plan.command) {
      this.#detectors[index]?.command(command);
      this.#note(index);
    }
  }

  /** Everything that stands, in the order of the detectors. */
  findings(at: number): Finding[] {
    if (this.#hasStale) {
      for (let index = 0; index < this.#detectors.length; index += 1) {
        if (this.#isStale[index] === 1) this.#found[index] = this.#ask(index, at);
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

  /** Most find nothing: of that one list is kept, and not one of each detector of each host. */
  #ask(index: number, at: number): readonly Finding[] {
    const found = this.#detectors[index]?.findings(at) ?? nothing;
    return found.length === 0 ? nothing : found;
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
