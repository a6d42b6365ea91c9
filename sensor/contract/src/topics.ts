/** The last part of a sensor's topics. Up: sensor to controller. Down: controller to sensor. */
export const upChannels = ["presence", "hello", "reported", "notices", "pulse"] as const;
export const downChannels = ["desired", "stored"] as const;

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
