import type { Lab, LabEvent } from "./lab.ts";
import { namespacesAllowed } from "./namespaces.ts";
import { SensorError } from "../src/errors.ts";

/** For `skip` of tests that need a lab: false, or the reason why none can stand here. */
export function labForbidden(): false | string {
  const allowed = namespacesAllowed();
  return allowed.ok ? false : allowed.reason;
}

/** Gathers the events of a lab, and waits for what they add up to. */
export class EventLog {
  readonly events: LabEvent[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(lab: Lab) {
    lab.onEvent((event) => {
      this.events.push(event);
      for (const look of this.#waiting) look();
    });
  }

  of<K extends LabEvent["kind"]>(kind: K): readonly Extract<LabEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<LabEvent, { kind: K }> => event.kind === kind);
  }

  /** Settles as soon as `claim` holds for the events so far; fails with `lab-timeout` after `timeoutMs`. */
  async until(what: string, claim: (log: EventLog) => boolean, timeoutMs = 30_000): Promise<void> {
    const holds = Promise.withResolvers<void>();
    const look = (): void => {
      if (claim(this)) holds.resolve();
    };
    const timer = setTimeout(
      () => holds.reject(new SensorError("lab-timeout", `not in ${timeoutMs} ms: ${what}`)),
      timeoutMs,
    );
    this.#waiting.add(look);
    look();
    try {
      await holds.promise;
    } finally {
      this.#waiting.delete(look);
      clearTimeout(timer);
    }
  }
}
