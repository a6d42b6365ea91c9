import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { LineForm } from "../../lab/index.ts";
import { bringUpOffice, type Office, type OfficeOrder } from "../../start/office.ts";
import { Operator } from "./operator.ts";

export interface StandingOffice extends Office {
  readonly operator: Operator;
  /** The folder of this test, gone with it. */
  readonly folder: string;
}

/**
 * Brings up an office for one test and takes it down after it.
 *
 * @param line puts the sensor into it; default as `npm start` does
 */
export async function standingOffice(
  t: TestContext,
  seed: number,
  form: LineForm = "lan",
  line?: (folder: string) => NonNullable<OfficeOrder["line"]>,
): Promise<StandingOffice> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-line-"));
  // What writes there ends first: hooks run in the order in which they were made.
  let close = async (): Promise<void> => {};
  t.after(async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  });
  const order = { seed, folder, form, siteName: "Test office", httpPort: 0, brokerPort: 0 };
  const office = await bringUpOffice({ ...order, ...(line === undefined ? {} : { line: line(folder) }) });
  close = () => office.close();
  const operator = await Operator.signIn(office.controller.url, office.controller.loginLink);
  await operator.until("the sensor is online", 20_000, (site) => site.sensor.state === "online");
  return { ...office, operator, folder };
}

/** The MACs that the kernel's set holds in the sensor's namespace, read by nft itself. */
export async function quarantinedInKernel(office: Office): Promise<readonly string[]> {
  const argv = ["nft", "-j", "list", "set", "bridge", "cordon", "quarantine_from"];
  const report = await office.lab.exec("sensor", argv);
  if (report.code !== 0) throw new TypeError(`nft: ${report.stderr}`);
  return report.stdout.match(/[0-9a-f]{2}(?::[0-9a-f]{2}){5}/g) ?? [];
}

/** The first machine with that job. */
export function machine(office: Office, job: Office["lab"]["facts"]["hosts"][number]["job"]) {
  const host = office.lab.facts.hosts.find((candidate) => candidate.job === job);
  if (host === undefined) throw new TypeError(`the lab has no ${job}`);
  return host;
}
