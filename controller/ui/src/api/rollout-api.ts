import type { BoxView } from "../../../src/api/box-view.ts";
import type { ReleaseView, RolloutState, RolloutView, RolloutWish } from "../../../src/api/rollout-view.ts";

/** The calls about releases for boxes, and which box gets which when. */
export interface RolloutApi {
  readonly releases: () => Promise<readonly ReleaseView[]>;
  readonly announce: (sizeBytes: number) => Promise<ReleaseView>;
  /** Gives how much of it is there then. */
  readonly part: (releaseId: string, offset: number, part: Blob) => Promise<number>;
  readonly whole: (releaseId: string, naming: { version?: string; compatible?: string }) => Promise<ReleaseView>;
  readonly remove: (releaseId: string) => Promise<void>;
  readonly rollouts: () => Promise<readonly RolloutView[]>;
  readonly begin: (wish: RolloutWish) => Promise<void>;
  readonly set: (rolloutId: string, state: RolloutState) => Promise<void>;
  readonly boxes: () => Promise<readonly BoxView[]>;
}

export type Call = (method: string, path: string, body?: unknown, patienceMs?: number) => Promise<unknown>;

// A part at 280 kbit/s; the controller itself waits for half of that.
const partPatienceMs = 60_000;

export function createRolloutApi(call: Call): RolloutApi {
  const release = (id: string): string => `/releases/${encodeURIComponent(id)}`;
  return {
    releases: async () => (await call("GET", "/releases")) as readonly ReleaseView[],
    announce: async (sizeBytes) => (await call("POST", "/releases", { sizeBytes })) as ReleaseView,
    part: async (id, offset, part) => {
      const answer = await call("PUT", `${release(id)}/parts/${offset}`, part, partPatienceMs);
      return (answer as { readonly receivedBytes: number }).receivedBytes;
    },
    whole: async (id, naming) => (await call("POST", `${release(id)}/whole`, naming, partPatienceMs)) as ReleaseView,
    remove: async (id) => void (await call("DELETE", release(id))),
    rollouts: async () => (await call("GET", "/rollouts")) as readonly RolloutView[],
    begin: async (wish) => void (await call("POST", "/rollouts", wish)),
    set: async (id, state) => void (await call("PUT", `/rollouts/${encodeURIComponent(id)}/state`, state)),
    boxes: async () => (await call("GET", "/boxes")) as readonly BoxView[],
  };
}
