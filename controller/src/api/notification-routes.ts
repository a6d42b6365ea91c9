import { Type } from "typebox";
import { writeAudit } from "../account/audit.ts";
import { ControllerError } from "../errors.ts";
import { targetText, type Channel } from "../notify/channel.ts";
import { channelOf } from "../notify/channel-change.ts";
import { isQuiet } from "../notify/quiet-hours.ts";
import {
  deleteChannel,
  giveUp,
  hasten,
  readChannel,
  readChannels,
  readDeliveries,
  writeChannel,
} from "../store/notification-rows.ts";
import type { Rows } from "../store/schema.ts";
import { countFindings } from "../store/waiting-findings.ts";
import { ChannelView, ChannelWish, DeliveryView, TestOutcome } from "./notification-view.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";
import { Problem } from "./view.ts";

const params = Type.Object({ channelId: Type.String() });

// A person has a mailbox, a phone and a chat; more than this is a mistake.
const channelsAtMost = 50;

const deliveriesShown = 100;

function viewOf(channel: Channel, waiting: number, now: number): ChannelView {
  const { secrets, ...shown } = channel;
  return {
    ...shown,
    ...{ sites: channel.sites === null ? null : [...channel.sites] },
    target: targetText(channel),
    secretsSet: Object.keys(secrets).sort(),
    waiting,
    isQuiet: isQuiet(channel.quietHours, now),
  } as ChannelView;
}

/** What the audit log may know of a channel: everything but its secrets. */
function auditText(channel: Channel): string {
  const { secrets, createdAt: _, id: __, ...rest } = channel;
  return JSON.stringify({ ...rest, target: targetText(channel), secretsSet: Object.keys(secrets).sort() });
}

/** Channels by which people are told what was found, what went out by them, and whether they work. */
export function notificationRoutes(app: Api, parts: ApiParts): void {
  const { store, ambient, notifier, guard } = parts;

  const viewNow = async (rows: Rows, channel: Channel): Promise<ChannelView> =>
    viewOf(channel, (await countFindings(rows)).get(channel.id) ?? 0, ambient.clock.now());

  const wanted = async (rows: Rows, channelId: string): Promise<Channel> => {
    const channel = await readChannel(rows, channelId);
    if (channel === null) throw new ProblemError("unknown-channel", `there is no channel ${channelId}`);
    return channel;
  };

  const made = (wish: ChannelWish, id: string, before: Channel | null): Channel => {
    try {
      return channelOf(wish, { id, now: ambient.clock.now(), before, guard });
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      const { code } = error;
      if (code === "channel-refused" || code === "secret-needed" || code === "address-refused") {
        throw new ProblemError(code, error.message);
      }
      throw error;
    }
  };

  const checkSites = async (rows: Rows, wish: ChannelWish): Promise<void> => {
    if (wish.sites === null) return;
    const known = new Set((await rows.selectFrom("sites").select("id").execute()).map(({ id }) => id));
    const missing = wish.sites.find((id) => !known.has(id));
    if (missing !== undefined) throw new ProblemError("unknown-site", `there is no site ${missing}`);
  };

  app.get(
    "/api/v1/notification-channels",
    {
      config: { needs: "run" },
      schema: { summary: "Where findings are told", response: { 200: Type.Array(ChannelView), 401: Problem } },
    },
    async () => {
      const waiting = await countFindings(store);
      const now = ambient.clock.now();
      return (await readChannels(store)).map((channel) => viewOf(channel, waiting.get(channel.id) ?? 0, now));
    },
  );

  app.post(
    "/api/v1/notification-channels",
    {
      config: { needs: "run" },
      schema: {
        summary: "Has findings told somewhere from now on",
        body: ChannelWish,
        response: { 201: ChannelView, 401: Problem, 404: Problem, 409: Problem, 422: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const channel = made(request.body, ambient.random(8).toString("hex"), null);
      const view = await store.transaction().execute(async (rows) => {
        await checkSites(rows, request.body);
        if ((await readChannels(rows)).length >= channelsAtMost) {
          throw new ProblemError("too-many-channels", `there are ${channelsAtMost} channels`);
        }
        await writeChannel(rows, channel);
        const subject = channel.id;
        await writeAudit(rows, ambient, {
          ...{ author, action: "notification-channel-created", subject, detail: auditText(channel) },
        });
        return viewNow(rows, channel);
      });
      await notifier.begin();
      return reply.status(201).send(view);
    },
  );

  app.put(
    "/api/v1/notification-channels/:channelId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Changes a channel; secrets that are left out stay, unless it leads elsewhere",
        params,
        body: ChannelWish,
        response: { 200: ChannelView, 401: Problem, 404: Problem, 422: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { channelId } = request.params;
      const view = await store.transaction().execute(async (rows) => {
        const before = await wanted(rows, channelId);
        await checkSites(rows, request.body);
        const channel = made(request.body, channelId, before);
        await writeChannel(rows, channel);
        const now = ambient.clock.now();
        if (channel.isEnabled) await hasten(rows, channelId, now);
        else await giveUp(rows, channelId, now, "The channel was switched off.");
        await writeAudit(rows, ambient, {
          ...{ author, action: "notification-channel-changed", subject: channelId, detail: auditText(channel) },
        });
        return viewNow(rows, channel);
      });
      await notifier.begin();
      return view;
    },
  );

  app.delete(
    "/api/v1/notification-channels/:channelId",
    {
      config: { needs: "run" },
      schema: {
        summary: "Takes a channel away with all that waits for it",
        params,
        response: { 204: Type.Null(), 401: Problem, 404: Problem },
      },
    },
    async (request, reply) => {
      const { author } = requireSession(request);
      const { channelId } = request.params;
      await store.transaction().execute(async (rows) => {
        const channel = await wanted(rows, channelId);
        await deleteChannel(rows, channelId);
        await writeAudit(rows, ambient, {
          ...{ author, action: "notification-channel-deleted", subject: channelId, detail: auditText(channel) },
        });
      });
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/v1/notification-channels/:channelId/test",
    {
      config: { needs: "run" },
      schema: {
        summary: "Sends a message that says that it is a test, and tells what the receiver answered",
        params,
        response: { 200: TestOutcome, 401: Problem, 404: Problem, 409: Problem },
      },
    },
    async (request) => {
      const { author } = requireSession(request);
      const { channelId } = request.params;
      await wanted(store, channelId);
      try {
        const { isDelivered, answer } = await notifier.test(channelId);
        const outcome = { isDelivered, answer };
        const action = "notification-channel-tested";
        await writeAudit(store, ambient, { author, action, subject: channelId, detail: JSON.stringify(outcome) });
        return outcome;
      } catch (error) {
        if (!(error instanceof ControllerError)) throw error;
        if (error.code === "already-testing" || error.code === "unknown-channel") {
          throw new ProblemError(error.code, error.message);
        }
        throw error;
      }
    },
  );

  app.get(
    "/api/v1/notification-deliveries",
    {
      config: { needs: "run" },
      schema: {
        summary: "The last messages and tests with what became of them, the newest first",
        response: { 200: Type.Array(DeliveryView), 401: Problem },
      },
    },
    async () =>
      (await readDeliveries(store, deliveriesShown)).map((row): DeliveryView => ({
        ...{ id: row.id, channelId: row.channel_id, severity: row.severity, title: row.title },
        ...{ isTest: row.is_test === 1, state: row.state, tries: row.tries, createdAt: row.created_at },
        ...{ dueAt: row.due_at, doneAt: row.done_at, answer: row.answer },
      })),
  );
}
