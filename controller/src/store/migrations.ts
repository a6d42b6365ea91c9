/** Forward only, numbered by their place in the list; a released one is never changed. */
import { gzipSync } from "node:zlib";
import { sql, type Kysely } from "kysely";
import { firstHash, hashOfLine } from "../account/audit-chain.ts";
import { weightOf, type Finding } from "../notify/finding.ts";
import { fillTimeline } from "./fill-timeline.ts";
import { fillHostWords } from "./host-words.ts";
import { ControllerError } from "../errors.ts";
import type { Database } from "./schema.ts";

type Migration = (store: Kysely<Database>) => Promise<void>;

const first: Migration = async (store) => {
  const statements = [
    sql`create table sites (
      id text primary key, name text not null, policy text not null, local_nets text not null,
      created_at bigint not null)`,
    sql`create table sensors (
      id text primary key, site_id text not null unique references sites (id),
      certificate_fingerprint text not null, enrolled_at bigint not null, retired_at bigint,
      state text not null, state_since bigint, boot_id text, presence_at double precision, last_heard_at bigint,
      hello text, pulse text, pulse_received_at bigint, line text, line_at double precision)`,
    sql`create table signing_keys (key_id text primary key, public_key text not null, created_at bigint not null)`,
    sql`create table hosts (
      site_id text not null references sites (id), host text not null, verdict text not null,
      score double precision not null, last_seen_at double precision not null, snapshot text not null,
      boot_id text not null, sequence bigint not null, updated_at bigint not null, primary key (site_id, host))`,
    sql`create table notices (
      sensor_id text not null references sensors (id), boot_id text not null, sequence bigint not null,
      kind text not null, at double precision not null, body text not null, received_at bigint not null,
      primary key (sensor_id, boot_id, sequence))`,
    sql`create table spools (
      sensor_id text not null references sensors (id), boot_id text not null, contiguous bigint not null,
      lost bigint not null, updated_at bigint not null, primary key (sensor_id, boot_id))`,
    sql`create table containments (
      id text primary key, site_id text not null references sites (id),
      sensor_id text not null references sensors (id), kind text not null, vector text, host text not null,
      reason text not null, author text not null, asked_at bigint not null, expires_at bigint,
      released_at bigint, release_author text, release_reason text,
      dropped_epoch bigint, dropped_revision bigint, ended_at bigint)`,
    sql`create index containments_open on containments (sensor_id, ended_at)`,
    sql`create table desired_documents (
      sensor_id text primary key references sensors (id), epoch bigint not null, revision bigint not null,
      document text not null, signature text not null, key_id text not null references signing_keys (key_id),
      issued_at bigint not null, not_after bigint not null)`,
    sql`create table reported (
      sensor_id text primary key references sensors (id), body text not null, received_at bigint not null)`,
    sql`create table sessions (
      hash text primary key, author text not null, created_at bigint not null, expires_at bigint not null)`,
    sql`create table login_links (
      hash text primary key, author text not null, created_at bigint not null, expires_at bigint not null,
      used_at bigint)`,
    sql`create table audit_log (
      id text primary key, at bigint not null, author text not null, action text not null, site_id text,
      subject text, detail text not null)`,
    sql`create index audit_log_at on audit_log (at)`,
    sql`create table series_points (
      sensor_id text not null references sensors (id), at bigint not null, contacts bigint not null,
      packets_stopped bigint not null, infected bigint not null, primary key (sensor_id, at))`,
    sql`create table refusals (
      sensor_id text not null, reason text not null, count bigint not null, first_at bigint not null,
      last_at bigint not null, last_error text not null, primary key (sensor_id, reason))`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const reflexWishes: Migration = async (store) => {
  await sql`create table reflex_wishes (site_id text primary key references sites (id), body text not null)`.execute(
    store,
  );
};

const pardons: Migration = async (store) => {
  await sql`create table pardons (
    site_id text not null references sites (id), host text not null, author text not null, reason text not null,
    at bigint not null, until bigint, primary key (site_id, host))`.execute(store);
};

const natLog: Migration = async (store) => {
  const statements = [
    sql`create table nat_log (
      sensor_id text not null references sensors (id), id text not null, began_at double precision,
      ended_at double precision, protocol text not null, host text, inside_address text not null, inside_port integer,
      outside_address text not null, outside_port integer, remote_address text not null, remote_port integer,
      received_at bigint not null, primary key (sensor_id, id))`,
    sql`create index nat_log_outside on nat_log (sensor_id, outside_port, began_at)`,
    sql`create index nat_log_received on nat_log (received_at)`,
    sql`create table nat_losses (
      sensor_id text not null references sensors (id), at double precision not null, lost bigint not null)`,
    sql`create index nat_losses_at on nat_losses (sensor_id, at)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const siteWishes: Migration = async (store) => {
  const statements = [
    sql`create table areas (
      site_id text not null references sites (id), id text not null, name text not null, hosts text not null,
      primary key (site_id, id))`,
    sql`create table site_wishes (
      site_id text not null references sites (id), id text not null, kind text not null, body text not null,
      expires_at bigint, primary key (site_id, id))`,
    sql`create table site_settings (
      site_id text primary key references sites (id), remedies text, portal text, resolvers text)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const noticesByKind: Migration = async (store) => {
  await sql`create index notices_by_kind on notices (sensor_id, kind, at)`.execute(store);
};

const asks: Migration = async (store) => {
  const statements = [
    sql`create table asks (
      id text primary key, sensor_id text not null references sensors (id), kind text not null, question text not null,
      author text not null, asked_at bigint not null, deadline bigint not null, max_upload_bytes bigint,
      status text not null, code text, text text, body text, upload text, answered_at bigint)`,
    sql`create index asks_of_sensor on asks (sensor_id, asked_at)`,
    sql`create index asks_by_status on asks (status)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const identities: Migration = async (store) => {
  const statements = [
    sql`alter table sensors add column key_hash text`,
    sql`alter table sensors add column certificate_until bigint`,
    sql`alter table sensors add column revoked_at bigint`,
    sql`alter table sensors add column profile text`,
    sql`create table enrolment_tokens (
      hash text primary key, sensor_id text not null references sensors (id), author text not null,
      created_at bigint not null, expires_at bigint not null, voided_at bigint, used_at bigint, used_from text,
      key_hash text)`,
    sql`create index enrolment_tokens_sensor on enrolment_tokens (sensor_id)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const issuedDocuments: Migration = async (store) => {
  await sql`create table issued_documents (
    sensor_id text not null references sensors (id), epoch bigint not null, revision bigint not null,
    issued_at bigint not null, packed text, primary key (sensor_id, epoch, revision, issued_at))`.execute(store);
  const documents = await store
    .selectFrom("desired_documents")
    .select(["sensor_id", "epoch", "revision", "issued_at", "document"])
    .execute();
  for (const { document, ...issued } of documents) {
    const packed = gzipSync(document).toString("base64");
    await store
      .insertInto("issued_documents")
      .values({ ...issued, packed })
      .execute();
  }
};

const shares: Migration = async (store) => {
  const statements = [
    sql`create table shares (
      sensor_id text not null references sensors (id), what text not null, size bigint not null,
      dropped_by_age bigint not null, dropped_by_share bigint not null, dropped_at bigint, primary key (sensor_id, what))`,
    sql`insert into shares
      select sensor_id, case when kind = 'containment' then 'containments' else 'history' end,
        sum(length(body) + 200), 0, 0, null from notices group by 1, 2`,
    sql`insert into shares select sensor_id, 'translations', count(*), 0, 0, null from nat_log group by 1`,
    sql`create index notices_by_age on notices (sensor_id, kind, received_at)`,
    sql`create index nat_log_by_age on nat_log (sensor_id, received_at)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const people: Migration = async (store) => {
  const statements = [
    sql`create table customers (id text primary key, name text not null unique, created_at bigint not null)`,
    sql`alter table sites add column customer_id text references customers (id)`,
    sql`create table people (
      id text primary key, name text not null, name_key text not null unique, role text not null, customers text, sites text,
      password text, code_secret text, code_step bigint, created_at bigint not null, expires_at bigint, disabled_at bigint)`,
    sql`create table invitations (
      hash text primary key, person_id text not null references people (id), code_secret text not null,
      expires_at bigint not null)`,
    sql`create table api_tokens (
      id text primary key, hash text not null unique, name text not null, role text not null, customers text, sites text,
      author text not null, created_at bigint not null, expires_at bigint not null, last_used_at bigint)`,
    sql`alter table sessions add column person_id text references people (id)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const notifications: Migration = async (store) => {
  const statements = [
    sql`create table notification_channels (
      id text primary key, kind text not null, name text not null, settings text not null, secrets text not null,
      least_severity text not null, quiet_hours text, sites text, is_enabled bigint not null,
      created_at bigint not null, overflow bigint not null)`,
    sql`create table notification_findings (
      id text primary key, channel_id text not null references notification_channels (id), body text not null,
      at bigint not null)`,
    sql`create index notification_findings_of_channel on notification_findings (channel_id, at)`,
    sql`create table notification_deliveries (
      id text primary key, channel_id text not null references notification_channels (id), severity text not null,
      title text not null, body text not null, is_test bigint not null, state text not null, tries bigint not null,
      created_at bigint not null, due_at bigint not null, done_at bigint, answer text)`,
    sql`create index notification_deliveries_by_state on notification_deliveries (state, created_at)`,
    sql`create index notification_deliveries_by_time on notification_deliveries (created_at)`,
    sql`create table notification_marks (
      site_id text not null, subject text not null, told text, rank bigint not null, since bigint not null,
      calm_since bigint, primary key (site_id, subject))`,
    sql`create table notification_progress (id bigint primary key, seen_until bigint not null)`,
    // Of the many notices only those that are told: the others do not pay for it.
    sql`create index notices_of_containments on notices (received_at) where kind = 'containment'`,
    sql`create index hosts_accused on hosts (site_id) where verdict in ('suspect', 'infected')`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const auditChain: Migration = async (store) => {
  await sql`alter table audit_log add column number bigint not null default 0`.execute(store);
  await sql`alter table audit_log add column hash text not null default ''`.execute(store);
  const lines = await store.selectFrom("audit_log").selectAll().orderBy("at").orderBy("id").execute();
  let before = firstHash;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    before = hashOfLine({ ...line, number }, before);
    await store.updateTable("audit_log").set({ number, hash: before }).where("id", "=", line.id).execute();
  }
  await sql`create unique index audit_log_number on audit_log (number)`.execute(store);
};

const notificationShares: Migration = async (store) => {
  const statements = [
    sql`alter table notification_findings add column site_id text not null default ''`,
    sql`alter table notification_findings add column weight bigint not null default 0`,
    sql`create index notification_findings_of_site on notification_findings (channel_id, site_id, weight, at)`,
    sql`create table notification_overflows (
      channel_id text not null references notification_channels (id), site_id text not null, count bigint not null,
      primary key (channel_id, site_id))`,
    // Counted by site from here on.
    sql`alter table notification_channels drop column overflow`,
    sql`create index notification_marks_by_subject on notification_marks (subject)`,
    // They are read by sensor, of which there is an index.
    sql`drop index notices_of_containments`,
  ];
  for (const statement of statements) await statement.execute(store);
  const waiting = await store.selectFrom("notification_findings").select(["id", "body"]).execute();
  for (const { id, body } of waiting) {
    const finding = JSON.parse(body) as Finding;
    const fields = { site_id: finding.siteId, weight: weightOf(finding) };
    await store.updateTable("notification_findings").set(fields).where("id", "=", id).execute();
  }
};

const keptAnswers: Migration = async (store) => {
  const statements = [
    sql`create table kept_answers (
      caller text not null, key text not null, fingerprint text not null, run text not null, answer text,
      created_at bigint not null, primary key (caller, key))`,
    sql`create index kept_answers_by_time on kept_answers (created_at)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const timeline: Migration = async (store) => {
  const statements = [
    sql`create table timeline (
      site_id text not null references sites (id), id text not null, at double precision not null, kind text not null,
      what text not null, host text, person text, detail text not null, words text not null, primary key (site_id, id))`,
    sql`create index timeline_by_time on timeline (site_id, at, id)`,
    sql`create index timeline_by_kind on timeline (site_id, kind, at, id)`,
    sql`create index timeline_by_host on timeline (site_id, host, at, id)`,
    sql`create index timeline_by_person on timeline (site_id, person, at, id)`,
    sql`alter table hosts add column told text not null default ''`,
    sql`alter table sensors add column line_told text`,
  ];
  for (const statement of statements) await statement.execute(store);
  await fillTimeline(store);
};

const particulars: Migration = async (store) => {
  const statements = [
    sql`create table host_particulars (
      site_id text not null references sites (id), host text not null, owner text not null, phone text not null,
      place text not null, note text not null, author text not null, at bigint not null, photo_at bigint,
      primary key (site_id, host))`,
    sql`create table host_photos (
      site_id text not null references sites (id), host text not null, jpeg text not null,
      primary key (site_id, host))`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const passkeys: Migration = async (store) => {
  const statements = [
    sql`create table passkeys (
      id text primary key, person_id text not null references people (id), name text not null, public_key text not null,
      counter bigint not null, transports text not null, created_at bigint not null, last_used_at bigint)`,
    sql`create index passkeys_of_person on passkeys (person_id)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

const wipeOrders: Migration = async (store) => {
  await sql`create table wipe_orders (
    sensor_id text primary key references sensors (id), order_id text not null, author text not null, reason text not null,
    ordered_at bigint not null, issued_at bigint, wiped_at bigint, result text)`.execute(store);
};

/** Boxes that are their own centre for a time. */
const delegations: Migration = async (store) => {
  const statements = [
    sql`create table delegations (
      sensor_id text primary key references sensors (id), public_key text not null, delegation text not null,
      signature text not null, key_id text not null, not_after bigint not null, withheld_at bigint)`,
    sql`create table handed_back (
      sensor_id text primary key references sensors (id), epoch bigint not null, revision bigint not null,
      issued_at bigint not null)`,
    sql`create table two_words (
      id text primary key, site_id text not null references sites (id), host text, at bigint not null, body text not null,
      settled_at bigint)`,
    sql`create index two_words_of_site on two_words (site_id, settled_at, at)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

/** Releases for boxes, and which box gets which when. */
const rollouts: Migration = async (store) => {
  const statements = [
    sql`create table releases (
      id text primary key, version text not null, compatible text not null, size_bytes bigint not null, sha256 text,
      author text not null, created_at bigint not null)`,
    sql`create table rollouts (
      id text primary key, release_id text not null references releases (id), state text not null, words text not null,
      failed_sensor_id text, stage bigint not null, stage_since bigint not null, window_from text not null,
      window_to text not null, time_zone text not null, patience_ms bigint not null, author text not null,
      created_at bigint not null, ended_at bigint)`,
    sql`create table rollout_boxes (
      rollout_id text not null references rollouts (id), sensor_id text not null references sensors (id),
      stage bigint not null, phase text not null, words text not null, at bigint not null, order_id text,
      not_before bigint, not_after bigint, fetched_bytes bigint, primary key (rollout_id, sensor_id))`,
    sql`create index rollout_boxes_of_sensor on rollout_boxes (sensor_id)`,
    sql`create table running_releases (
      sensor_id text primary key references sensors (id), version text not null, slot text not null, compatible text,
      since bigint not null)`,
  ];
  for (const statement of statements) await statement.execute(store);
};

/** In which language a channel is told. */
const channelLanguages: Migration = async (store) => {
  await sql`alter table notification_channels add column language text not null default 'en'`.execute(store);
};

/** How many rows of a time line are of which kind and person, kept with each row: counting them anew takes a second. */
const timelineSums: Migration = async (store) => {
  await sql`create table timeline_sums (
    site_id text not null references sites (id), kind text not null, person text not null, count bigint not null,
    primary key (site_id, kind, person))`.execute(store);
  await sql`insert into timeline_sums (site_id, kind, person, count)
    select site_id, kind, coalesce(person, ''), count(*) from timeline group by 1, 2, 3`.execute(store);
};

/** What was wished for at a box is known again by its id, since its clock may be wrong. */
const metWishes: Migration = async (store) => {
  await sql`create table met_wishes (
    sensor_id text not null references sensors (id), wish text not null, met_at bigint not null,
    primary key (sensor_id, wish))`.execute(store);
};

/** What machines are found by. */
const hostWords: Migration = async (store) => {
  await sql`alter table hosts add column words text not null default ''`.execute(store);
  await sql`alter table host_particulars add column words text not null default ''`.execute(store);
  await fillHostWords(store);
};

const migrations: readonly Migration[] = [
  first,
  reflexWishes,
  pardons,
  natLog,
  siteWishes,
  noticesByKind,
  asks,
  identities,
  issuedDocuments,
  shares,
  people,
  notifications,
  auditChain,
  notificationShares,
  keptAnswers,
  timeline,
  particulars,
  passkeys,
  wipeOrders,
  delegations,
  rollouts,
  channelLanguages,
  timelineSums,
  metWishes,
  hostWords,
];

/** How many there are. */
export const migrationCount = migrations.length;

export interface MigrateOptions {
  /** What a database needs done to tables that are new to it. */
  readonly settle?: ((transaction: Kysely<Database>) => Promise<void>) | undefined;
  /** How many migrations it is brought to; default all. */
  readonly schema?: number | undefined;
  /** Refuses a store that has tables already: throws `store-not-empty`. */
  readonly mustBeNew?: boolean | undefined;
}

/** Brings the store to the newest schema. Safe while another process does the same. */
export async function migrate(store: Kysely<Database>, options: MigrateOptions = {}): Promise<void> {
  const { settle, schema = migrations.length, mustBeNew = false } = options;
  await store.transaction().execute(async (transaction) => {
    await sql`create table if not exists schema_versions (version bigint primary key)`.execute(transaction);
    const found = await sql<{ version: number | null }>`select max(version) as version from schema_versions`.execute(
      transaction,
    );
    const reached = Number(found.rows[0]?.version ?? 0);
    if (mustBeNew && reached > 0) throw new ControllerError("store-not-empty", "there is a controller in it already");
    for (const [index, migration] of migrations.slice(0, schema).entries()) {
      if (index < reached) continue;
      await migration(transaction);
      await sql`insert into schema_versions (version) values (${index + 1})`.execute(transaction);
    }
    if (reached < schema) await settle?.(transaction);
  });
}
