/**
 * What a sensor and the controller's program in a process of its own on the same box tell each other, over that process's
 * channel: the same messages as over a broker, and what a broker's certificate and enrolment say elsewhere. Both come with one
 * release, so nothing here has a version.
 */
import type { Delegation } from "./delegation.ts";
import type { SignedDesired } from "./desired.ts";
import type { PinHash, SiteProfile } from "./site-profile.ts";
import type { DownChannel, UpChannel } from "./topics.ts";

/** From the sensor. */
export type ToCentre =
  | {
      readonly kind: "begin";
      readonly profile: Pick<SiteProfile, "sensor" | "site" | "policy"> & { readonly pin: PinHash };
      /** PEM (PKCS #8) of the box's own key. */
      readonly privateKey: string;
      readonly standing: BoxStanding;
      /** How far the deeds of the centre before were told. */
      readonly deedsUntil: number;
    }
  /** Something of that has changed, or another document is in effect than this centre's own. */
  | { readonly kind: "standing"; readonly standing: BoxStanding }
  | { readonly kind: "message"; readonly channel: UpChannel; readonly payload: string };

/** How the box stands to its controller. */
export interface BoxStanding {
  /** Null where nothing was ever delegated. */
  readonly delegation: Pick<Delegation, "may" | "notAfter"> | null;
  /** The document in effect; null where there never was one. */
  readonly held: SignedDesired | null;
  /** Of the controller's document that it goes on from; null likewise. */
  readonly base: SignedDesired | null;
  /** Since when there has been no controller (epoch ms); null while there is one. */
  readonly awaySince: number | null;
}

/** To the sensor. */
export type FromCentre =
  /** It serves, at this address. */
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "message"; readonly channel: DownChannel; readonly payload: string }
  /** Somebody did something. `number` counts from 1 in the centre's data; what is told again has the same. */
  | {
      readonly kind: "deed";
      readonly number: number;
      readonly at: number;
      readonly author: string;
      readonly action: string;
      readonly subject: string | null;
      /** The machine, where it is about one. */
      readonly host: string | null;
      readonly detail: string;
    }
  /** A person is there. */
  | { readonly kind: "used" };
