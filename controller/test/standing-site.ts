import type { TestContext } from "node:test";
import { FakeSensor, type FakeSensorOptions } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

/** A controller with one site, whose box has adopted the first document; both end with the test. Nobody is signed in. */
export async function standingSite(t: TestContext, options: Omit<FakeSensorOptions, "profile"> = {}) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const sensor = await FakeSensor.start({ profile, ...options });
  t.after(async () => {
    await sensor.close();
    await controller.close();
    remove();
  });
  await sensor.until(() => sensor.adopted.length > 0);
  const api = new ApiClient(controller.url);
  const siteId = profile.site.id;
  return { dataDir, controller, profile, siteId, path: `/api/v1/sites/${siteId}`, sensor, api };
}
