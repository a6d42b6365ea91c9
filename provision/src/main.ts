/** `npm run provision -- box create`: makes the image of one site's box; `authority create`: who signs for it. */
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { ImageError } from "../../image/src/boot-partition.ts";
import { createAuthority, type AuthorityCreateWish } from "./commands/authority-create.ts";
import { createBox, type BoxCreateWish } from "./commands/box-create.ts";
import { ProvisionError } from "./errors.ts";
import { Leftovers } from "./leftovers.ts";

const root = resolve(import.meta.dirname, "..", "..");

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("a port is a number from 1 to 65535");
  }
  return port;
}

function program(leftovers: Leftovers): Command {
  const command = new Command("provision").description("Makes boxes for client sites");
  command
    .command("authority")
    .description("who signs for the controller and its boxes")
    .command("create")
    .description("make the operator's own certificate authority")
    .option("--controller-data <folder>", "the controller's data", join(root, ".cordon/controller"))
    .option("--file <file>", "where certificate and key are kept; in the controller's data by default")
    .action((wish: AuthorityCreateWish) =>
      createAuthority(wish, (line) => {
        process.stdout.write(`${line}\n`);
      }),
    );
  command
    .command("box")
    .description("the box of one site")
    .command("create")
    .description("write a site profile with a one-time token to a copy of an image")
    .requiredOption("--image <file>", "the image to copy, as `npm run image -- build` makes it")
    .requiredOption("--out <file>", "where the box's image goes; - for stdout")
    .option("--profile <file>", "a site profile of `controller sensor create`; without it one is made from:")
    .option("--site-name <name>", "what people call the site")
    .option("--controller-host <host>", "where the box finds the controller")
    .option("--controller-port <port>", "the port of its broker (default: 8883)", portNumber)
    .option("--fallback-port <port>", "sought where that one cannot be reached (default: 443)", portNumber)
    .option("--controller-data <folder>", "the controller's data", join(root, ".cordon/controller"))
    .option("--sensor-id <id>", "in their place: a box that the controller knows, which gets a new token")
    .option("--with-key", "write a key in place of the token, for an image that cannot enrol by itself")
    .option("--placement <placement>", "where the box stands: lan (default), wan, gateway or mirror")
    .option("--gateway-address <address/prefix>", "of a gateway: its address in the repair network")
    .option("--local-net <cidr...>", "the site's networks; private ranges by default")
    .option("--port <name=mac...>", "which port is inside0, outside0, mgmt0; by their place in the box by default")
    .option("--force", "put the image in the place of --out")
    .option("--replace", "take an image that is provisioned already, and forget that")
    .action((wish: BoxCreateWish) => {
      // With the image on stdout, words go elsewhere.
      const stream = wish.out === "-" ? process.stderr : process.stdout;
      return createBox(wish, leftovers, (line) => stream.write(`${line}\n`));
    });
  return command;
}

const leftovers = new Leftovers();
process.on("exit", () => leftovers.remove());
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  await program(leftovers).parseAsync();
} catch (error) {
  const isExpected = error instanceof ProvisionError || error instanceof ImageError;
  const text = isExpected ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`provision: ${text}\n`);
  process.exitCode = 1;
}
