/** What becomes of a connection to the broker. */
import type { TestContext } from "node:test";
import type { MqttClient } from "mqtt";

/** Resolves when it happens; unlike the one of `node:events` an error before does not matter. */
export function happens(source: { once(event: string, listener: () => void): unknown }, event: string): Promise<void> {
  return new Promise((resolve) => void source.once(event, () => resolve()));
}

/** Resolves with `connect` or `close`, whichever comes first. The client ends with the test. */
export async function fateOf(t: TestContext, client: MqttClient): Promise<"connect" | "close"> {
  t.after(() => client.end(true));
  client.on("error", () => undefined);
  return Promise.race([
    happens(client, "connect").then(() => "connect" as const),
    happens(client, "close").then(() => "close" as const),
  ]);
}
