import { createContext } from "@lit/context";
import type { BarrierWay, Evidence, Policy, ReflexMode, ReflexWish } from "@cordon/contract";
import type {
  ContainmentView,
  ContainmentWish,
  FoundMachine,
  HostView,
  LoginWish,
  ReleaseWish,
  SiteChanged,
  SiteSummary,
  SiteView,
} from "../../../src/api/view.ts";
import type { PlaceView } from "../../../src/api/at-box-view.ts";
import type { PersonView, Role } from "../../../src/api/people-view.ts";
import type { AccountView } from "../../../src/api/account-view.ts";
import type { RestoreStanding } from "../../../src/api/restore-view.ts";
import type { PresetPlan } from "../../../src/api/preset-view.ts";
import type { AccountApi, TakingWish } from "../api/account-api.ts";
import type { ChannelView } from "../../../src/api/notification-view.ts";
import type { NotificationApi } from "../api/notification-api.ts";
import type { SiteApi } from "../api/site-api.ts";
import type { Route } from "../app/route.ts";
import type { Trouble } from "../app/trouble.ts";
import type { LanguageState } from "../language/languages.ts";
import type { TimeWords } from "../words/time.ts";
import type { WiredPlace } from "../words/wiring.ts";

type SessionState =
  | { readonly kind: "unknown" }
  | { readonly kind: "none" }
  | { readonly kind: "signed-in"; readonly name: string; readonly role: Role; readonly rights: readonly string[] };

/** What may be changed of a site's reflex. */
export type ReflexChange =
  | { readonly kind: "mode"; readonly mode: ReflexMode }
  /** Whether one machine is left out. */
  | { readonly kind: "exemption"; readonly host: string; readonly isExempt: boolean };

/** What may be changed of what a site's box does by itself. */
export type PolicyChange =
  | { readonly kind: "policy"; readonly policy: Policy }
  /** That the policy leaves a machine alone is taken back. */
  | { readonly kind: "withdrawal"; readonly host: string };

/** A sheet that lies over the page. */
export type Sheet =
  | {
      readonly kind: "cut";
      readonly host: string;
      readonly wish: Pick<ContainmentWish, "kind"> & Pick<ContainmentView, "vector">;
    }
  | { readonly kind: "release"; readonly host: string; readonly containmentId: string }
  | { readonly kind: "reflex"; readonly change: ReflexChange }
  | { readonly kind: "policy"; readonly change: PolicyChange }
  | { readonly kind: "barrier"; readonly way: BarrierWay; readonly area: string | null }
  /** Null names a new one. */
  | { readonly kind: "area"; readonly areaId: string | null }
  | { readonly kind: "area-end"; readonly areaId: string; readonly cutId: string | null }
  | { readonly kind: "area-cut"; readonly areaId: string }
  | { readonly kind: "line" }
  | { readonly kind: "remedies" }
  | { readonly kind: "pardon"; readonly host: string }
  /** Whose a machine is, and where. */
  | { readonly kind: "particulars"; readonly host: string }
  /** The connections behind a line of its ledger. */
  | { readonly kind: "flows"; readonly host: string; readonly behind: Evidence }
  /** What a machine is for, or that what was said of it is taken back. */
  | { readonly kind: "duty"; readonly host: string; readonly isEnd: boolean }
  /** Invites somebody; with a person, changes what that one may. */
  | { readonly kind: "person"; readonly person: PersonView | null; readonly role?: Role }
  | { readonly kind: "token" }
  | { readonly kind: "backup" }
  | { readonly kind: "restore"; readonly standing: RestoreStanding }
  /** Has a box forget its site. */
  | { readonly kind: "wipe" }
  | { readonly kind: "card"; readonly isRevoking: boolean }
  /** Puts a named setting on sites. */
  | { readonly kind: "preset"; readonly preset: PresetPlan["preset"] }
  /** What one signs in by oneself. */
  | { readonly kind: "passkey" }
  | { readonly kind: "code" }
  | { readonly kind: "password"; readonly own: Pick<AccountView, "minPasswordLength" | "maxPasswordLength"> }
  /** Puts on record who allows that packets are recorded; of this MAC at first, null is the whole site. */
  | { readonly kind: "recording"; readonly host: string | null }
  | { readonly kind: "packets"; readonly host: string }
  /** Null adds one. */
  | { readonly kind: "channel"; readonly channel: ChannelView | null }
  /** Whether the box may do anything by itself. */
  | { readonly kind: "delegation"; readonly isAllowed: boolean }
  /** What to read to the provider of a dead line. */
  | { readonly kind: "provider" }
  /** Which plug goes where; null asks where the box will stand. */
  | { readonly kind: "wiring"; readonly place: WiredPlace | null }
  /** Looks for a machine or a site. */
  | { readonly kind: "find" }
  /** Makes a box for a new site. */
  | { readonly kind: "box" }
  | { readonly kind: "keys" };

/** Everything the pages show; replaced as a whole, never changed in place. */
export interface AppState {
  readonly route: Route;
  /** Where this page comes from: the centre, or a box that is its own; null until that is known. */
  readonly place: PlaceView | null;
  readonly session: SessionState;
  /** Null until first fetched. */
  readonly sites: readonly SiteSummary[] | null;
  /** The site of the route; null until first fetched. */
  readonly site: SiteView | null;
  /** When what is shown was fetched, by the controller's clock; null before. */
  readonly asOf: number | null;
  /** Why the last fetch failed; null where it did not. */
  readonly trouble: Trouble | null;
  /** `lost`: changes do not arrive, and what is shown may be old. */
  readonly live: "connecting" | "live" | "lost";
  /** The last word that there is something new of a site's walk; null before the first. */
  readonly walkNews: SiteChanged | null;
  readonly sheet: Sheet | null;
  readonly keysAreOn: boolean;
  /** The controller's time, to the second; moves each second. */
  readonly now: number;
  readonly time: TimeWords;
  readonly languages: LanguageState;
}

/** What pages and sheets may ask for. Failures throw and are shown where they were caused. */
export interface Actions {
  readonly go: (path: string) => void;
  readonly open: (sheet: Sheet) => void;
  readonly closeSheet: () => void;
  readonly signIn: (credentials: LoginWish) => Promise<void>;
  /** Asks the browser for a passkey. */
  readonly signInByPasskey: () => Promise<void>;
  readonly takeAccount: (taking: TakingWish) => Promise<void>;
  /** Asks for, or changes, what belongs to no site. */
  readonly account: <T>(question: (api: AccountApi) => Promise<T>) => Promise<T>;
  readonly signOut: () => Promise<void>;
  readonly contain: (site: SiteView, host: HostView, wish: ContainmentWish) => Promise<void>;
  readonly release: (siteId: string, host: string, containmentId: string, wish: ReleaseWish) => Promise<void>;
  readonly setPolicy: (siteId: string, policy: Policy, reason: string) => Promise<void>;
  readonly withdrawPardon: (siteId: string, host: string, reason: string) => Promise<void>;
  /** Asks for something for more than one machine of a site. */
  readonly changeSite: (siteId: string, change: (api: SiteApi) => Promise<SiteView>) => Promise<void>;
  /** Asks what is not on the page by itself; changes nothing of what is wished for the site. */
  readonly ask: <T>(siteId: string, question: (api: SiteApi) => Promise<T>) => Promise<T>;
  /** Machines of all sites by what they are called. */
  readonly find: (text: string) => Promise<readonly FoundMachine[]>;
  /** Asks for something of who is told. */
  readonly notifications: <T>(request: (api: NotificationApi) => Promise<T>) => Promise<T>;
  readonly setReflex: (siteId: string, wish: ReflexWish, reason: string) => Promise<void>;
  readonly setKeys: (areOn: boolean) => void;
  /** Shows a language from now on, and remembers it on this browser. */
  readonly chooseLanguage: (language: string) => Promise<void>;
  /** Finds out anew which languages are offered. */
  readonly lookForLanguages: () => Promise<void>;
}

export interface App {
  readonly state: AppState;
  readonly actions: Actions;
}

/** The application as its shell offers it to pages and sheets. */
export const appContext = createContext<App>("cordon-app");
