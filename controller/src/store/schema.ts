/**
 * The tables of the store. Times are epoch milliseconds, JSON travels as text: both mean the same
 * in SQLite and in PostgreSQL.
 */
import type { AnswerStatus } from "@cordon/contract";
import type { Kysely } from "kysely";
import type { Role } from "../account/rights.ts";

export interface SiteRow {
  id: string;
  name: string;
  policy: string;
  /** JSON: CIDRs. */
  local_nets: string;
  created_at: number;
  /** Whose site it is; null is nobody's in particular, and seen only by who sees all. */
  customer_id: string | null;
}

export interface CustomerRow {
  id: string;
  name: string;
  created_at: number;
}

export interface PersonRow {
  id: string;
  name: string;
  /** The name as it is compared. */
  name_key: string;
  role: Role;
  /** JSON: ids; null is all. */
  customers: string | null;
  sites: string | null;
  /** Null until the account is taken. */
  password: string | null;
  /** Base32. */
  code_secret: string | null;
  /** The last step of time whose code was used. */
  code_step: number | null;
  created_at: number;
  /** Null holds until disabled. */
  expires_at: number | null;
  disabled_at: number | null;
}

/** By which somebody takes an account, once; of a guest: the account itself, until it ends. */
export interface InvitationRow {
  /** SHA-256 of what the link carries. */
  hash: string;
  person_id: string;
  code_secret: string;
  expires_at: number;
}

/** By which a person signs in without password and code. */
export interface PasskeyRow {
  /** The credential's, base64url. */
  id: string;
  person_id: string;
  name: string;
  /** COSE, base64url. */
  public_key: string;
  /** How often it signed, where it counts. */
  counter: number;
  /** JSON: how browsers reach it. */
  transports: string;
  created_at: number;
  last_used_at: number | null;
}

export interface ApiTokenRow {
  id: string;
  hash: string;
  name: string;
  role: Role;
  /** JSON: ids; null is all. */
  customers: string | null;
  sites: string | null;
  author: string;
  created_at: number;
  expires_at: number;
  /** To the day. */
  last_used_at: number | null;
}

export interface ReflexWishRow {
  site_id: string;
  /** JSON: a wish as the document carries it. */
  body: string;
}

/** A host that the site's policy leaves alone. */
export interface PardonRow {
  site_id: string;
  host: string;
  author: string;
  reason: string;
  at: number;
  /** Null holds until withdrawn. */
  until: number | null;
}

/** What people wrote of a machine. */
export interface ParticularsRow {
  site_id: string;
  host: string;
  owner: string;
  phone: string;
  place: string;
  note: string;
  author: string;
  at: number;
  /** When its photo was taken in; null where there is none. */
  photo_at: number | null;
  /** What the machine is found by of that: see `host-words.ts`. */
  words: string;
}

export interface HostPhotoRow {
  site_id: string;
  host: string;
  /** Base64. */
  jpeg: string;
}

/** One connection that a gateway translated. */
export interface NatRow {
  sensor_id: string;
  /** Given by the sensor, for both ends of it. */
  id: string;
  /** By the sensor's clock; null where nothing was told of it. */
  began_at: number | null;
  ended_at: number | null;
  protocol: string;
  /** The machine's MAC; null where the sensor knew none. */
  host: string | null;
  inside_address: string;
  inside_port: number | null;
  outside_address: string;
  outside_port: number | null;
  remote_address: string;
  remote_port: number | null;
  received_at: number;
}

/** Translated connections of which a sensor knows no more than that they were. */
export interface NatLossRow {
  sensor_id: string;
  /** When it was told, by the sensor's clock. */
  at: number;
  lost: number;
}

/** A part of a site, as a person named it. Its id is the site's own: a sensor that names another site's means no such area. */
export interface AreaRow {
  id: string;
  site_id: string;
  name: string;
  /** JSON: MACs. */
  hosts: string;
}

/** Something wished for more than one machine; gone from here once it is released. */
export interface SiteWishRow {
  id: string;
  site_id: string;
  kind: "barrier" | "area-cut" | "line-cut" | "duty" | "recording";
  /** JSON: a wish as the document carries it. */
  body: string;
  /** Null holds until released. */
  expires_at: number | null;
}

/** What a person set for a site; null where nobody has said. */
export interface SiteSettingsRow {
  site_id: string;
  /** JSON: wishes as the document carries them. */
  remedies: string | null;
  portal: string | null;
  /** JSON: addresses. */
  resolvers: string | null;
}

export interface SensorRow {
  id: string;
  site_id: string;
  /** SHA-256 of its newest certificate, as Node prints it; empty while it has none. */
  certificate_fingerprint: string;
  /** SHA-256 of its public key, hex: who holds that key is the sensor. Null while it has none, and of old rows, where the certificate counts. */
  key_hash: string | null;
  /** When its newest certificate ends; null where it has none, and of old rows. */
  certificate_until: number | null;
  /** When it was made known here. */
  enrolled_at: number;
  /** When its identity was taken back; a new token gives it another one. Null where it was not. */
  revoked_at: number | null;
  /** When it was taken out of service for good; null where it was not. */
  retired_at: number | null;
  /** JSON: its site profile without secrets; null of old rows. */
  profile: string | null;
  state: "never-seen" | "online" | "offline";
  /** By the controller's clock; null where it was never seen. */
  state_since: number | null;
  boot_id: string | null;
  /** When its connection was made, by its own clock. */
  presence_at: number | null;
  last_heard_at: number | null;
  /** JSON: its last hello. */
  hello: string | null;
  /** JSON: its last pulse. */
  pulse: string | null;
  /** When that pulse arrived, by the controller's clock. */
  pulse_received_at: number | null;
  /** JSON: the line as last told. */
  line: string | null;
  /** When it was told, by the sensor's clock. */
  line_at: number | null;
  /** JSON: the line as the time line told it last. */
  line_told: string | null;
}

/** With what one sensor may enrol, once. */
export interface EnrolmentTokenRow {
  /** SHA-256 of the token. */
  hash: string;
  sensor_id: string;
  author: string;
  created_at: number;
  expires_at: number;
  /** When a newer one took its place, or its sensor was revoked; null while it counts. */
  voided_at: number | null;
  used_at: number | null;
  /** From what address. */
  used_from: string | null;
  /** Of the key that it was used for: the same may ask again, for its answer may have been lost. */
  key_hash: string | null;
}

/** That a box is to forget its site. */
export interface WipeOrderRow {
  sensor_id: string;
  order_id: string;
  author: string;
  reason: string;
  ordered_at: number;
  /** When the document that carries it was made; null where nobody has made one yet. */
  issued_at: number | null;
  /** When the box said that it has; null while it has not. */
  wiped_at: number | null;
  /** JSON: what it said. */
  result: string | null;
}

/** A bundle that was uploaded, or is being. */
export interface ReleaseRow {
  id: string;
  /** Both as its manifest says them, or who uploaded it; empty while it is not whole. */
  version: string;
  compatible: string;
  size_bytes: number;
  /** Null while it is not whole. */
  sha256: string | null;
  author: string;
  created_at: number;
}

/** A release on its way to the fleet, in stages. */
export interface RolloutRow {
  id: string;
  release_id: string;
  /** `running`, `paused`, `halted`, `aborted`, `done` */
  state: string;
  /** Why it halted; empty where it did not. */
  words: string;
  /** At which box. */
  failed_sensor_id: string | null;
  stage: number;
  stage_since: number;
  /** `HH:MM` in `time_zone`. */
  window_from: string;
  window_to: string;
  time_zone: string;
  patience_ms: number;
  author: string;
  created_at: number;
  ended_at: number | null;
}

export interface RolloutBoxRow {
  rollout_id: string;
  sensor_id: string;
  stage: number;
  /** `BoxPhase` */
  phase: string;
  words: string;
  at: number;
  /** Null while it was not ordered. */
  order_id: string | null;
  not_before: number | null;
  not_after: number | null;
  fetched_bytes: number | null;
}

/** What a box has said that it runs. */
export interface RunningReleaseRow {
  sensor_id: string;
  version: string;
  slot: string;
  compatible: string | null;
  since: number;
}

export interface SigningKeyRow {
  key_id: string;
  /** PEM. */
  public_key: string;
  created_at: number;
}

export interface HostRow {
  site_id: string;
  host: string;
  verdict: string;
  score: number;
  last_seen_at: number;
  /** JSON: its newest snapshot. */
  snapshot: string;
  /** Where the snapshot came from, so that a late repeat does not undo a newer one. */
  boot_id: string;
  sequence: number;
  updated_at: number;
  /** JSON: what the time line has told of it. */
  told: string;
  /** What it is found by: see `host-words.ts`. */
  words: string;
}

/** One thing that happened at a site, for people to read in order. */
export interface TimelineRow {
  site_id: string;
  /** Within the site. */
  id: string;
  at: number;
  kind: string;
  what: string;
  host: string | null;
  person: string | null;
  /** JSON. */
  detail: string;
  /** What it is found by, in small letters. */
  words: string;
}

/** How many rows a site's time line holds. */
export interface TimelineSumRow {
  site_id: string;
  kind: string;
  /** Empty: nobody. */
  person: string;
  count: number;
}

export interface NoticeRow {
  sensor_id: string;
  boot_id: string;
  sequence: number;
  kind: string;
  at: number;
  /** JSON, as it came. */
  body: string;
  received_at: number;
}

/** How far the notices of one boot are in. */
export interface SpoolRow {
  sensor_id: string;
  boot_id: string;
  /** Everything up to here is committed, or known as lost. */
  contiguous: number;
  lost: number;
  updated_at: number;
}

/** How much of the store one sensor takes by what it tells, and what was dropped of that. */
export interface ShareRow {
  sensor_id: string;
  /** Notices of containments; all other notices; the NAT log; starts of the box; what boxes told on the time line. */
  what: "history" | "containments" | "translations" | "spools" | "timeline";
  /** Bytes of notices, rows of the NAT log and of the time line; of starts nothing. */
  size: number;
  /** Rows that were kept long enough. */
  dropped_by_age: number;
  /** Rows that were dropped sooner, since the sensor told more than its share. */
  dropped_by_share: number;
  /** When that last happened; null where it never did. */
  dropped_at: number | null;
}

export interface ContainmentRow {
  id: string;
  site_id: string;
  sensor_id: string;
  kind: "throttle" | "vector" | "quarantine";
  vector: string | null;
  host: string;
  reason: string;
  author: string;
  asked_at: number;
  expires_at: number | null;
  released_at: number | null;
  release_author: string | null;
  release_reason: string | null;
  /** The first document without it; null while it is asked for. */
  dropped_epoch: number | null;
  dropped_revision: number | null;
  /** When the sensor first reported that it is gone. */
  ended_at: number | null;
}

export interface DesiredRow {
  sensor_id: string;
  epoch: number;
  revision: number;
  /** The exact text that was signed. */
  document: string;
  signature: string;
  key_id: string;
  issued_at: number;
  not_after: number;
}

/** A document that was issued, or that a sensor was found to hold. */
export interface IssuedRow {
  sensor_id: string;
  epoch: number;
  revision: number;
  issued_at: number;
  /** Its text, gzip, base64; null of old ones, and of those that only a sensor knew. */
  packed: string | null;
}

/** What was last delegated to a sensor. */
export interface DelegationRow {
  sensor_id: string;
  /** PEM: the key that the box has made. */
  public_key: string;
  /** The exact text that was signed. */
  delegation: string;
  signature: string;
  key_id: string;
  not_after: number;
  /** When a person took it back; null while it is renewed. */
  withheld_at: number | null;
}

/** The last document of a box's own key that was taken up. */
export interface HandedBackRow {
  sensor_id: string;
  epoch: number;
  revision: number;
  issued_at: number;
}

/** A wish of a box's own key that these records have met before, whatever became of it since. */
export interface MetWishRow {
  sensor_id: string;
  /** Its id; of a pardon, which has none, the machine and when it was given. */
  wish: string;
  met_at: number;
}

/** Where people have said two things of one matter, one at the box and one here, without knowing of each other. */
export interface TwoWordsRow {
  id: string;
  site_id: string;
  /** The machine; null where it is about more than one. */
  host: string | null;
  /** When it was found. */
  at: number;
  /** JSON: `TwoWords` of `fleet/meeting.ts`. */
  body: string;
  /** When a person decided; null until then. */
  settled_at: number | null;
}

export interface ReportedRow {
  sensor_id: string;
  /** JSON, as it came. */
  body: string;
  received_at: number;
}

export interface SessionRow {
  /** SHA-256 of the cookie's value. */
  hash: string;
  author: string;
  /** Null of who came by a link of the terminal. */
  person_id: string | null;
  created_at: number;
  expires_at: number;
}

export interface LoginLinkRow {
  /** SHA-256 of the token. */
  hash: string;
  author: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface AuditRow {
  id: string;
  /** Counts from 1 without gaps. */
  number: number;
  /** Of this line and the hash of the one before: see `account/audit-chain.ts`. */
  hash: string;
  at: number;
  author: string;
  action: string;
  site_id: string | null;
  subject: string | null;
  detail: string;
}

export interface SeriesPointRow {
  sensor_id: string;
  /** Start of the step. */
  at: number;
  contacts: number;
  packets_stopped: number;
  infected: number;
}

export interface RefusalRow {
  sensor_id: string;
  reason: string;
  count: number;
  first_at: number;
  last_at: number;
  last_error: string;
}

export interface AskRow {
  id: string;
  sensor_id: string;
  kind: string;
  /** JSON. */
  question: string;
  author: string;
  asked_at: number;
  deadline: number;
  max_upload_bytes: number | null;
  status: "open" | AnswerStatus;
  code: string | null;
  text: string | null;
  /** JSON: the answer, where it came through the broker. */
  body: string | null;
  /** JSON: the receipt, where it was uploaded. */
  upload: string | null;
  answered_at: number | null;
}

/** Where findings are told. */
export interface NotificationChannelRow {
  id: string;
  kind: "email" | "webhook" | "ntfy";
  name: string;
  /** JSON, without anything secret. */
  settings: string;
  /** JSON: what can be set and never read again. */
  secrets: string;
  least_severity: "info" | "warning" | "critical";
  /** JSON; null where it never rests. */
  quiet_hours: string | null;
  /** JSON: ids; null means all. */
  sites: string | null;
  is_enabled: 0 | 1;
  created_at: number;
  /** BCP 47 tag. */
  language: string;
}

/** A finding that waits to be put into a channel's next message. */
export interface NotificationFindingRow {
  id: string;
  channel_id: string;
  site_id: string;
  /** How bad it is: one that is worse takes the place of one that is less so. */
  weight: number;
  /** JSON. */
  body: string;
  at: number;
}

/** How many findings of a site a channel had no room for since its last message. */
export interface NotificationOverflowRow {
  channel_id: string;
  site_id: string;
  count: number;
}

/** A message to one channel. */
export interface NotificationDeliveryRow {
  /** The same at every try. */
  id: string;
  channel_id: string;
  severity: "info" | "warning" | "critical";
  title: string;
  /** JSON: the message, the same at every try. */
  body: string;
  is_test: 0 | 1;
  state: "waiting" | "delivered" | "given-up";
  tries: number;
  created_at: number;
  /** When it is tried next, or was tried last. */
  due_at: number;
  /** When it was delivered or given up; null while it waits. */
  done_at: number | null;
  /** What the receiver said last, without any secret; null before the first try. */
  answer: string | null;
}

/** What was told of something, so that it is told once. */
export interface NotificationMarkRow {
  site_id: string;
  /** `host:…`, `box:…`, `line:…`, `health:…`, `containment:…` */
  subject: string;
  told: string | null;
  rank: number;
  since: number;
  calm_since: number | null;
}

/** One row: how far the notices were looked at. None while there is nobody to tell. */
export interface NotificationProgressRow {
  id: number;
  seen_until: number;
}

/** What a request with an idempotency key was answered. */
export interface KeptAnswerRow {
  /** The session's or the token's hash. */
  caller: string;
  key: string;
  /** SHA-256 of the request. */
  fingerprint: string;
  /** Names the run of the controller that answers it. */
  run: string;
  /** Sealed; null while it is being answered, or where it was too large to keep. */
  answer: string | null;
  created_at: number;
}

export interface Database {
  kept_answers: KeptAnswerRow;
  sites: SiteRow;
  reflex_wishes: ReflexWishRow;
  pardons: PardonRow;
  host_particulars: ParticularsRow;
  host_photos: HostPhotoRow;
  nat_log: NatRow;
  nat_losses: NatLossRow;
  areas: AreaRow;
  site_wishes: SiteWishRow;
  site_settings: SiteSettingsRow;
  sensors: SensorRow;
  enrolment_tokens: EnrolmentTokenRow;
  wipe_orders: WipeOrderRow;
  releases: ReleaseRow;
  rollouts: RolloutRow;
  rollout_boxes: RolloutBoxRow;
  running_releases: RunningReleaseRow;
  signing_keys: SigningKeyRow;
  hosts: HostRow;
  timeline: TimelineRow;
  timeline_sums: TimelineSumRow;
  notices: NoticeRow;
  spools: SpoolRow;
  shares: ShareRow;
  containments: ContainmentRow;
  desired_documents: DesiredRow;
  issued_documents: IssuedRow;
  delegations: DelegationRow;
  handed_back: HandedBackRow;
  met_wishes: MetWishRow;
  two_words: TwoWordsRow;
  reported: ReportedRow;
  sessions: SessionRow;
  login_links: LoginLinkRow;
  customers: CustomerRow;
  people: PersonRow;
  invitations: InvitationRow;
  passkeys: PasskeyRow;
  api_tokens: ApiTokenRow;
  audit_log: AuditRow;
  series_points: SeriesPointRow;
  refusals: RefusalRow;
  asks: AskRow;
  notification_channels: NotificationChannelRow;
  notification_findings: NotificationFindingRow;
  notification_overflows: NotificationOverflowRow;
  notification_deliveries: NotificationDeliveryRow;
  notification_marks: NotificationMarkRow;
  notification_progress: NotificationProgressRow;
}

export type Store = Kysely<Database>;
/** What reads and writes rows: the store itself or a transaction on it. */
export type Rows = Kysely<Database>;
