/**
 * `npm run provision -- …`, in the order of use: `authority create` and `update-key create`, once; `site new` and `site check`; `box create` and `box
 * label`; `box list`, `show`, `revoke` and `wipe`.
 */
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { ImageError } from "../../image/src/boot-partition.ts";
import { createAuthority, type AuthorityCreateWish } from "./commands/authority-create.ts";
import { createBox } from "./commands/box-create.ts";
import type { BoxCreateWish } from "./commands/box-create-wish.ts";
import { listBoxes, revokeBox, showBox, wipeBox, type BoxEndWish, type BoxWish } from "./commands/box-fleet.ts";
import type { BoxLabelWish } from "./commands/box-label.ts";
import { checkSite, newSite, type SiteNewWish } from "./commands/site-new.ts";
import type { UpdateKeyWish } from "./commands/update-key-create.ts";
import type { UpdateKeyRenewWish } from "./commands/update-key-renew.ts";
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

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function withController(command: Command): Command {
  return command.option("--controller-data <folder>", "the controller's data", join(root, ".cordon/controller"));
}

function program(leftovers: Leftovers): Command {
  const command = new Command("provision").description("Makes boxes for client sites");
  const authority = command.command("authority").description("who signs for the controller and its boxes");
  withController(authority.command("create"))
    .description("make the operator's own certificate authority")
    .option("--file <file>", "where certificate and key are kept; in the controller's data by default")
    .action((wish: AuthorityCreateWish) => createAuthority(wish, say));
  const updateKey = command.command("update-key").description("who signs the releases that boxes install");
  updateKey
    .command("create")
    .description("make the operator's authority for releases and a key to sign them with")
    .requiredOption("--out <folder>", "where certificates and keys go")
    .action(async (wish: UpdateKeyWish) => {
      const { createUpdateKey } = await import("./commands/update-key-create.ts");
      return createUpdateKey(wish, Date.now(), say);
    });
  updateKey
    .command("renew")
    .description("make another key to sign releases with, which the same boxes believe")
    .requiredOption("--authority <folder>", "where update-authority.pem and its key are")
    .requiredOption("--out <folder>", "where the new certificate and key go; it holds none yet")
    .action(async (wish: UpdateKeyRenewWish) => {
      const { renewUpdateKey } = await import("./commands/update-key-renew.ts");
      return renewUpdateKey(wish, Date.now(), say);
    });
  addSite(command.command("site").description("what there is to know of one client's site"));
  addBox(command.command("box").description("the box of one site"), leftovers);
  return command;
}

function addSite(site: Command): void {
  site
    .command("new")
    .description("ask what there is to know of a site, and write the site file")
    .option("--from <file>", "answers in the format of a site file; nothing is asked")
    .option("--out <file>", "where the site file goes; named after the site by default")
    .option("--force", "write over a file that is there")
    .action((wish: SiteNewWish) => newSite(wish, { input: process.stdin, output: process.stdout }, Date.now(), say));
  site
    .command("check")
    .description("say what is wrong with a site file")
    .requiredOption("--site <file>", "the site file")
    .action((wish: { readonly site: string }) => checkSite(wish, Date.now(), say));
}

function addBox(box: Command, leftovers: Leftovers): void {
  withController(box.command("create"))
    .description("write a site profile with a one-time token to a copy of an image")
    .requiredOption("--image <file>", "the image to copy, as `npm run image -- build` makes it")
    .requiredOption("--out <file>", "where the box's image goes: a file, a whole disk or card; - for stdout")
    .option("--site <file>", "a site file, as `site new` writes it")
    .option("--label <file>", "where its label goes: .pdf or .svg")
    .option("--language <tag>", "what language the label is in, such as de (default: en)")
    .option("--profile <file>", "a site profile that a controller wrote; without it one is made from:")
    .option("--site-name <name>", "what people call the site")
    .option("--controller-host <host>", "where the box finds the controller")
    .option("--controller-port <port>", "the port of its broker (default: 8883)", portNumber)
    .option("--fallback-port <port>", "sought where that one cannot be reached (default: 443)", portNumber)
    .option("--sensor-id <id>", "in their place: a box that the controller knows, which gets a new token")
    .option("--with-key", "write a key in place of the token, for an image that cannot enrol by itself")
    .option("--placement <placement>", "where the box stands: lan (default), wan, gateway, mirror or auto")
    .option("--gateway-address <address/prefix>", "of a gateway: its address in the repair network")
    .option("--local-net <cidr...>", "the site's networks; private ranges by default")
    .option("--port <name=mac...>", "which port is inside0, outside0, mgmt0; by their place in the box by default")
    .option("--force", "put the image in the place of --out, or on a disk that is built in")
    .option("--yes", "all that is on the disk or card may be lost; else it is asked")
    .option("--replace", "take an image that is provisioned already, and forget that")
    .action((wish: BoxCreateWish) => {
      // With the image on stdout, words go elsewhere.
      const stream = wish.out === "-" ? process.stderr : process.stdout;
      return createBox(wish, leftovers, (line) => stream.write(`${line}\n`));
    });
  withController(box.command("label"))
    .description("print the sheet of a box once more")
    .requiredOption("--box <image>", "the box's image, or the card it is on")
    .requiredOption("--out <file>", "where the label goes: .pdf or .svg")
    .option("--site <file>", "its site file: what the line carries, where the controller's pages are")
    .option("--pin <pin>", "as box create said it; room is left without it")
    .option("--language <tag>", "what language it is in, such as de (default: en)")
    .option("--force", "write over a file that is there")
    .action(async (wish: BoxLabelWish) => {
      const { printLabel } = await import("./commands/box-label.ts");
      return printLabel(wish, leftovers, say);
    });
  const known = (name: string, description: string): Command =>
    withController(box.command(name)).description(description);
  known("list", "every box that the controller knows: its state, when it was heard, its token")
    .option("--json", "as JSON")
    .action((wish: Parameters<typeof listBoxes>[0]) => listBoxes(wish, say));
  known("show", "what the controller knows of one box")
    .requiredOption("--sensor-id <id>", "which")
    .option("--json", "as JSON")
    .action((wish: BoxWish) => showBox(wish, say));
  for (const { name, description, act } of [
    { name: "revoke", description: "take a box's identity back; a new token gives it another", act: revokeBox },
    { name: "wipe", description: "have a box destroy its keys and all that it knows, for good", act: wipeBox },
  ]) {
    known(name, description)
      .requiredOption("--sensor-id <id>", "which")
      .requiredOption("--reason <text>", "for the audit log")
      .action((wish: BoxEndWish) => act(wish, say));
  }
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
