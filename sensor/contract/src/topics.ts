import { askIdPattern } from "./ask.ts";

/** The last part of a sensor's topics. Up: sensor to controller. Down: controller to sensor. */
export const upChannels = ["presence", "hello", "reported", "notices", "pulse", "walk"] as const;
export const downChannels = ["desired", "stored", "delegation"] as const;

export type UpChannel = (typeof upChannels)[number];
export type DownChannel = (typeof downChannels)[number];
export type Channel = UpChannel | DownChannel;

const prefix = "v1/sensors/";

/** A sensor's identifier: what its certificate's common name says. */
export const sensorIdPattern = "^[a-z0-9][a-z0-9-]{0,62}$";

/** The topic prefix, with its slash, under which all of one sensor's messages travel. */
export function sensorPrefix(sensorId: string): string {
  return `${prefix}${sensorId}/`;
}

/** The topic of one channel of one sensor. */
export function topicOf(sensorId: string, channel: Channel): string {
  return sensorPrefix(sensorId) + channel;
}

/** The parts of a sensor's topic, or null where it is none. */
export function parseTopic(topic: string): { readonly sensorId: string; readonly channel: Channel } | null {
  if (!topic.startsWith(prefix)) return null;
  const [sensorId, channel, ...rest] = topic.slice(prefix.length).split("/");
  if (sensorId === undefined || channel === undefined || rest.length > 0) return null;
  if (!new RegExp(sensorIdPattern).test(sensorId)) return null;
  const known = [...upChannels, ...downChannels].find((name) => name === channel);
  return known === undefined ? null : { sensorId, channel: known };
}

/** Below these stands a topic for every ask: {@link askTopic} down, {@link answerTopic} up. */
const asks = "asks/";
const answers = "answers/";

/** The topic of one ask. */
export function askTopic(sensorId: string, askId: string): string {
  return sensorPrefix(sensorId) + asks + askId;
}

/** The topic of the answer to one ask. */
export function answerTopic(sensorId: string, askId: string): string {
  return sensorPrefix(sensorId) + answers + askId;
}

/** The filter by which a sensor subscribes to all its asks; the only one with a wildcard that it may. */
export function asksFilter(sensorId: string): string {
  return `${sensorPrefix(sensorId)}${asks}+`;
}

/** The ask's identifier in a topic of that sensor's asks; null where it is none. */
export function askIdIn(sensorId: string, topic: string): string | null {
  return idBelow(sensorPrefix(sensorId) + asks, topic);
}

/** The ask's identifier in a topic of that sensor's answers; null where it is none. */
export function answeredIdIn(sensorId: string, topic: string): string | null {
  return idBelow(sensorPrefix(sensorId) + answers, topic);
}

function idBelow(prefix: string, topic: string): string | null {
  if (!topic.startsWith(prefix)) return null;
  const id = topic.slice(prefix.length);
  return new RegExp(askIdPattern).test(id) ? id : null;
}
