import type { Readable } from "node:stream";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { BoxStanding, Contact } from "@cordon/contract";
import type { AttemptLimiter } from "../account/attempt-limiter.ts";
import type { Challenges, RelyingParty } from "../account/passkeys.ts";
import type { PinFailure, PinGate } from "../account/pin.ts";
import type { Right } from "../account/rights.ts";
import type { SignIn } from "../account/sign-in.ts";
import type { Session } from "../account/session.ts";
import type { RestoreDesk } from "../backup/restore-desk.ts";
import type { BackupKey } from "../backup/sealed-file.ts";
import type { Ambient } from "../ambient.ts";
import type { BoxShelf } from "../fleet/box-shelf.ts";
import type { AskKeeper } from "../fleet/ask-keeper.ts";
import type { DelegationKeeper } from "../fleet/delegation-keeper.ts";
import type { DesiredKeeper } from "../fleet/desired-keeper.ts";
import type { WalkKeeper } from "../fleet/walk-keeper.ts";
import type { RevocationBook } from "../fleet/revocation-book.ts";
import type { RefusalBook } from "../ingest/refusal-book.ts";
import type { UploadShelf } from "../ingest/upload-shelf.ts";
import type { SnapshotBook } from "../incident/snapshot-book.ts";
import type { VendorOf } from "../lookup/vendor-book.ts";
import type { AddressGuard } from "../notify/address-guard.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { ReleaseShelf } from "../rollout/release-shelf.ts";
import type { RolloutKeeper } from "../rollout/rollout-keeper.ts";
import type { Store } from "../store/schema.ts";
import type { EventStreams } from "./event-stream.ts";

/** Of a box that is its own centre for its site. */
export interface BoxPlace {
  readonly siteId: string;
  readonly siteName: string;
  /** Whom to call, as its profile names them. */
  readonly contacts: readonly Contact[];
  readonly pin: PinGate;
  /** How the box stands to its controller now. */
  readonly standing: () => BoxStanding;
  /** A PIN was wrong. */
  readonly wrongPin: (failure: PinFailure) => void;
  /** Somebody who knows the PIN is there. */
  readonly used: () => void;
}

/** What the routes work with. */
export interface ApiParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly keeper: DesiredKeeper;
  readonly asks: AskKeeper;
  readonly walks: WalkKeeper;
  /** Boxes that were made and wait to be fetched; null on a box, which makes none. */
  readonly boxes: BoxShelf | null;
  /** Releases for boxes; null on a box, which hands out none. */
  readonly releases: { readonly shelf: ReleaseShelf; readonly rollouts: RolloutKeeper } | null;
  /** Answers that were uploaded. */
  readonly shelf: UploadShelf;
  readonly refusals: RefusalBook;
  readonly revocations: RevocationBook;
  readonly streams: EventStreams;
  readonly notifier: Notifier;
  /** Where notifications may go. */
  readonly guard: AddressGuard;
  readonly limiter: AttemptLimiter;
  readonly signIn: SignIn;
  /** Everything of this controller, sealed. */
  readonly backup: (key: BackupKey) => Promise<Readable>;
  /** Takes in a backup that is to be put back; null on a box. */
  readonly restore: RestoreDesk | null;
  readonly challenges: Challenges;
  /** For whom passkeys are made; null where there are none. */
  readonly relyingParty: () => RelyingParty | null;
  readonly changed: (siteId: string) => void;
  /** Told when a sensor's identity was taken back. */
  readonly withdrawn: () => Promise<void>;
  readonly vendorOf: VendorOf;
  /** Of machines, as they were read last. */
  readonly snapshots: SnapshotBook;
  /** IANA name: the zone that sentences tell times in. */
  readonly timeZone: string;
  /** Where people find the user interface, without a slash at its end. */
  readonly publicUrl: () => string;
  /** Version of the controller's program. */
  readonly software: string;
  /** Null where this is the centre. */
  readonly box: BoxPlace | null;
  readonly delegations: Pick<DelegationKeeper, "allow"> | null;
}

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module "fastify" {
  interface FastifyRequest {
    /** Set before any handler of a route that needs a session. */
    session: Session | null;
  }
  interface FastifyContextConfig {
    /** True for the few routes that anybody may call. */
    isOpen?: boolean;
    /** What it takes to call it; absent: `run`. A route of a site (`:siteId`) also takes that the site is seen. */
    needs?: Right;
    /** The content types of an answer that is not, or not always, JSON. */
    answers?: string | readonly string[];
    /** The content type of a body that is no JSON. It must be none that a form on another page can send. */
    takes?: "application/octet-stream";
    /** True where it changes something and may also be called at a box that is its own centre. */
    isAtBox?: boolean;
  }
}
