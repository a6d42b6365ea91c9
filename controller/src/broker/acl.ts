import {
  answeredIdIn,
  asksFilter,
  downChannels,
  parseTopic,
  sensorPrefix,
  topicOf,
  upChannels,
  type UpChannel,
} from "@cordon/contract";

/** What becomes of a publish. */
export type PublishRuling =
  | { readonly kind: "accept"; readonly channel: UpChannel }
  | { readonly kind: "answer"; readonly askId: string }
  /** A channel of a newer contract: dropped and counted. Closing would make a newer sensor reconnect for ever. */
  | { readonly kind: "ignore" }
  /** Somebody else's topic, or one of the controller's own. */
  | { readonly kind: "refuse" };

/** Rules on a topic that a sensor publishes to. */
export function rulePublish(sensorId: string, topic: string): PublishRuling {
  if (!topic.startsWith(sensorPrefix(sensorId))) return { kind: "refuse" };
  const askId = answeredIdIn(sensorId, topic);
  if (askId !== null) return { kind: "answer", askId };
  // It is ours to ask.
  if (topic.startsWith(`${sensorPrefix(sensorId)}asks/`)) return { kind: "refuse" };
  const channel = parseTopic(topic)?.channel;
  if (channel === undefined) return { kind: "ignore" };
  const up = upChannels.find((name) => name === channel);
  return up === undefined ? { kind: "refuse" } : { kind: "accept", channel: up };
}

/**
 * Whether a sensor may subscribe to a filter: only to its own down channels, each by its name, and to all its asks at
 * once, by the one filter for that. That leaves no room for other wildcards, nor for `$share`, which this broker would
 * grant and then deliver nothing to.
 */
export function maySubscribe(sensorId: string, filter: string): boolean {
  return filter === asksFilter(sensorId) || downChannels.some((channel) => topicOf(sensorId, channel) === filter);
}
