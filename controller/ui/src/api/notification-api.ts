import type { ChannelView, ChannelWish, DeliveryView, TestOutcome } from "../../../src/api/notification-view.ts";

/** Where people are told, and what became of it. */
export interface NotificationApi {
  readonly channels: () => Promise<readonly ChannelView[]>;
  readonly addChannel: (wish: ChannelWish) => Promise<ChannelView>;
  readonly changeChannel: (channelId: string, wish: ChannelWish) => Promise<ChannelView>;
  readonly deleteChannel: (channelId: string) => Promise<void>;
  /** Waits for the receiver, who may take his time. */
  readonly testChannel: (channelId: string) => Promise<TestOutcome>;
  readonly deliveries: () => Promise<readonly DeliveryView[]>;
}

// Longer than the controller waits for a receiver.
const testTimeoutMs = 35_000;

/** @param call makes one request of the API */
export function createNotificationApi(
  call: (method: string, path: string, body?: unknown, timeoutMs?: number) => Promise<unknown>,
): NotificationApi {
  const base = "/notification-channels";
  const path = (channelId: string): string => `${base}/${encodeURIComponent(channelId)}`;
  return {
    channels: async () => (await call("GET", base)) as readonly ChannelView[],
    addChannel: async (wish) => (await call("POST", base, wish)) as ChannelView,
    changeChannel: async (channelId, wish) => (await call("PUT", path(channelId), wish)) as ChannelView,
    deleteChannel: async (channelId) => void (await call("DELETE", path(channelId))),
    testChannel: async (channelId) =>
      (await call("POST", `${path(channelId)}/test`, undefined, testTimeoutMs)) as TestOutcome,
    deliveries: async () => (await call("GET", "/notification-deliveries")) as readonly DeliveryView[],
  };
}
