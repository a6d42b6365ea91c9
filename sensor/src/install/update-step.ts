import { isUpdateOver, type UpdateRequest, type UpdateStatus } from "@cordon/contract";

/** What is to be done next for an update. Pure: everything is looked at anew each time, so that it goes on wherever the power went. */

export type Slot = "a" | "b";

/** A slot that the box starts for so long as its tries last, and the one before it. */
export interface Trial {
  readonly slot: Slot;
  readonly previous: Slot;
}

export interface UpdateFacts {
  /** What the judge asks for; null for nothing, or nothing that could be read. */
  readonly request: UpdateRequest | null;
  /** What was last said. */
  readonly status: UpdateStatus | null;
  readonly running: Slot;
  readonly trial: Trial | null;
  /** Why the initramfs gave a trial up; null where it has not. */
  readonly fallen: string | null;
  /** What is wanting of the health of this start; empty for nothing, null while it was not looked at. */
  readonly wanting: string | null;
  /** Seconds since the kernel began, and for how many the health of a trial may be wanting. */
  readonly uptimeSeconds: number;
  readonly trialSeconds: number;
  /** Epoch milliseconds, by the box's clock. */
  readonly now: number;
}

export type UpdateStep =
  /** Nothing is left to do. */
  | { readonly kind: "rest" }
  | { readonly kind: "wait"; readonly words: string }
  | { readonly kind: "receive" | "verify" | "install" | "try"; readonly request: UpdateRequest }
  /** The trial was good: its slot is started from now on. */
  | { readonly kind: "keep"; readonly slot: Slot }
  /** It was not: the slot before is put back and started. */
  | { readonly kind: "fall-back"; readonly previous: Slot; readonly words: string }
  /** The release before runs again. */
  | { readonly kind: "close"; readonly phase: "fell-back" | "refused"; readonly words: string };

export function updateStep(facts: UpdateFacts): UpdateStep {
  const { request, status, running, trial, fallen, now } = facts;
  if (trial?.slot === running) return stepOnTrial(trial, facts);
  if (trial !== null || fallen !== null) {
    const words = fallen ?? "The box did not come as far as its own first program.";
    return { kind: "close", phase: "fell-back", words: `The release before runs again: ${words}` };
  }
  const isOpen = status !== null && !isUpdateOver(status);
  if (request === null) {
    return isOpen ? { kind: "close", phase: "refused", words: "It was called off." } : { kind: "rest" };
  }
  if (status?.id !== request.id) return { kind: "receive", request };
  switch (status.phase) {
    case "received":
      return { kind: "verify", request };
    case "verified":
      return { kind: "install", request };
    case "installed":
      if (now < request.notBefore) return { kind: "wait", words: "It waits for its window." };
      if (now > request.notAfter) return { kind: "wait", words: "Its window is over; it waits for another." };
      return { kind: "try", request };
    case "trying":
      // Said before anything of it was done: the power went just then.
      return { kind: "close", phase: "fell-back", words: "The box was switched off before it was tried." };
    case "good":
    case "fell-back":
    case "refused":
      return { kind: "rest" };
  }
}

function stepOnTrial({ slot, previous }: Trial, { wanting, uptimeSeconds, trialSeconds }: UpdateFacts): UpdateStep {
  if (wanting === "") return { kind: "keep", slot };
  const words = wanting ?? "its health could not be looked at";
  if (uptimeSeconds >= trialSeconds) return { kind: "fall-back", previous, words };
  return { kind: "wait", words: `Not good yet: ${words}` };
}

/** Below 0 where `one` is the older release. A release candidate (`0.2.0-rc.1`) is older than its release. */
export function compareVersions(one: string, other: string): number {
  const parts = (version: string) => /^(\d+)\.(\d+)\.(\d+)(-?)/.exec(version) ?? [];
  const [a, b] = [parts(one), parts(other)];
  for (const index of [1, 2, 3]) {
    const difference = Number(a[index] ?? 0) - Number(b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(b[4] === "-") - Number(a[4] === "-");
}
