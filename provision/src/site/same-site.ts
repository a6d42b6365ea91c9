import { ProvisionError } from "../errors.ts";

/** Throws `other-site` where a box is another site's than the file: its label would show wrong wires, and lead somewhere else. */
export function checkSameSite(
  box: { readonly sensorId: string; readonly siteName: string },
  file: string,
  nameInFile: string,
): void {
  if (box.siteName === nameInFile) return;
  throw new ProvisionError(
    "other-site",
    `${box.sensorId} is the box of ${JSON.stringify(box.siteName)}, and ${file} is the file of ${JSON.stringify(nameInFile)}; take the file of its own site`,
  );
}
