import { relative } from "node:path";
import { SensorError } from "../src/errors.ts";
import { startController } from "./controller-process.ts";
import { aborted, endMs, type StartParts } from "./parts.ts";
import { tellLink } from "./tell-link.ts";

/** The controller for real sensors: its data stay, and its broker listens to the network. */
export async function runControllerAlone({ options, folder, telling, asked }: StartParts): Promise<void> {
  telling.say("Starting the controller …");
  const controller = await startController({
    dataDir: folder,
    httpPort: options.httpPort,
    brokerHost: options.brokerHost,
    brokerPort: options.brokerPort,
    ...(options.fallbackPort === undefined ? {} : { fallbackPort: options.fallbackPort }),
    ...(options.boxImage === undefined ? {} : { boxImages: options.boxImage }),
  });
  try {
    const { brokerPort, fallbackPort } = controller;
    const ports = fallbackPort === null ? `port ${brokerPort}` : `port ${brokerPort} or ${fallbackPort}`;
    if (options.fallbackPort !== undefined && fallbackPort === null) {
      telling.say(
        `Port ${options.fallbackPort} cannot be had: networks that let out no other keep their sensors away.`,
      );
    }
    const data = relative(process.cwd(), folder);
    tellLink(controller, telling, [
      `Sensors connect to ${options.brokerHost}, ${ports}. Once, make the keys that sign your boxes' releases, and an image:`,
      "",
      "  npm run -s provision -- update-key create --out FOLDER",
      "  npm run image -- build --board pc --update-authority FOLDER/update-authority.pem",
      "",
      `Then for each site (its controller is this machine, by a name or an address that the site reaches, port ${brokerPort}):`,
      "",
      "  npm run -s provision -- site new",
      "  npm run -s provision -- box create --image .cordon/image/out/cordon-amd64-pc.img --site NAME.site.yaml \\",
      `    --controller-data ${data} --out box.img --label label.pdf`,
      "",
      "For a sensor on a machine of your own, whose bridge you have made, enrol it alone (with --token it makes its own key):",
      "",
      `  ${relative(process.cwd(), process.execPath)} controller/src/main.ts sensor create \\`,
      `    --data ${data} --site-name NAME --placement lan \\`,
      `    --bridge br0 --inside PORT --outside PORT --local-net CIDR \\`,
      `    --controller-host THIS-MACHINE --controller-port ${brokerPort} --output profile.json`,
      "",
      "and start the sensor there with that profile (see sensor/README.md).",
    ]);
    const ended = controller.ended.then((how) => `the controller ${how}`);
    const what = await Promise.race([aborted(asked), ended]);
    if (what !== undefined && !asked.aborted) throw new SensorError("part-ended", what);
  } finally {
    await controller.close(endMs);
  }
}
