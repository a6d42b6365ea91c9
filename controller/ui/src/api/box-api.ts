import type { BoxProgress, BoxTerms, BoxView, MadeBox } from "../../../src/api/box-view.ts";

/** The calls that make a box for a new site. */
export interface BoxApi {
  /** The plan is the controller's to judge: it says all that is wrong with it. */
  readonly make: (plan: object) => Promise<MadeBox>;
  /** What boxes are made of, and by which ports they find this controller. */
  readonly terms: () => Promise<BoxTerms>;
  readonly progress: (boxId: string) => Promise<BoxProgress>;
  readonly all: () => Promise<readonly BoxView[]>;
  /** Makes a card with a new token for the box of a site. */
  readonly remake: (siteId: string, wish: object) => Promise<MadeBox>;
  /** Takes the identity of a site's box back, until it enrols by a new card. */
  readonly revoke: (siteId: string, reason: string) => Promise<void>;
  /** Has the box of a site forget it for good. */
  readonly wipe: (siteId: string, reason: string) => Promise<void>;
}

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

export function createBoxApi(call: Call): BoxApi {
  return {
    make: async (plan) => (await call("POST", "/boxes", plan)) as MadeBox,
    terms: async () => (await call("GET", "/boxes/terms")) as BoxTerms,
    all: async () => (await call("GET", "/boxes")) as readonly BoxView[],
    remake: async (siteId, wish) => (await call("POST", `/sites/${encodeURIComponent(siteId)}/cards`, wish)) as MadeBox,
    revoke: async (siteId, reason) =>
      void (await call("POST", `/sites/${encodeURIComponent(siteId)}/withdrawals`, { kind: "revoke", reason })),
    wipe: async (siteId, reason) => void (await call("POST", `/sites/${encodeURIComponent(siteId)}/wipe`, { reason })),
    progress: async (boxId) => (await call("GET", `/boxes/${encodeURIComponent(boxId)}/progress`)) as BoxProgress,
  };
}

/** Where the browser fetches a file of a box that was made. @param image name of the one that it is made of */
export function boxFile(boxId: string, what: "image" | "profile", image?: string): string {
  const chosen = image === undefined ? "" : `?image=${encodeURIComponent(image)}`;
  return `/api/v1/boxes/${encodeURIComponent(boxId)}/${what}${chosen}`;
}

/** Where it fetches the label. @param language BCP 47 tag */
export function labelFile(boxId: string, language: string): string {
  return `/api/v1/boxes/${encodeURIComponent(boxId)}/label?language=${encodeURIComponent(language)}`;
}
