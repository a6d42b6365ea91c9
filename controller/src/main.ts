#!/usr/bin/env node
/** The composition root of the controller and its command line. */
import { Command, InvalidArgumentError, Option } from "commander";
import { verifyAudit, type AuditVerifyWish } from "./commands/audit-verify.ts";
import { makeAuthority, type AuthorityCreateWish } from "./commands/authority-create.ts";
import {
  makeBackup,
  putBack,
  verifyBackup,
  type BackupCheckWish,
  type BackupCreateWish,
  type BackupRestoreWish,
} from "./commands/backup.ts";
import { createLink, type LoginLinkWish } from "./commands/login-link-create.ts";
import { createSensor, type SensorCreateWish } from "./commands/sensor-create.ts";
import { listSensors, showSensor, type SensorListWish, type SensorShowWish } from "./commands/sensor-list.ts";
import { forgetSite, writeSiteExport } from "./commands/site-data.ts";
import { createSite, type SiteCreateWish } from "./commands/site-create.ts";
import { wipeSensor } from "./commands/sensor-wipe.ts";
import { withdrawSensor, type SensorWithdrawWish } from "./commands/sensor-withdraw.ts";
import { rotate, type SignerRotateWish } from "./commands/signer-rotate.ts";
import { serve, type ServeWish } from "./commands/serve.ts";
import { makeToken, type TokenCreateWish } from "./commands/token-create.ts";
import { ControllerError } from "./errors.ts";
import { logTo } from "./log-to.ts";
import { software } from "./software.ts";
import { findUiDir } from "./ui-dir.ts";

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535");
  return port;
}

function webAddress(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ""))
    throw new InvalidArgumentError("an address begins with https://");
  return text;
}

function storeAddress(text: string): string | undefined {
  if (text === "") return undefined;
  if (!/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ""))
    throw new InvalidArgumentError("an address begins with postgres://");
  return text;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function program(): Command {
  const command = new Command("cordon-controller")
    .description("The centre of Cordon for one site or many")
    .version(software)
    .addOption(
      new Option("--log-level <level>", "how much goes to stderr").choices(["info", "warn", "error"]).default("warn"),
    );
  const log = () => logTo(command.opts<{ logLevel: string }>().logLevel);
  const dataOption = () => new Option("--data <dir>", "the data directory").makeOptionMandatory();
  // The environment keeps a password out of the list of processes.
  const storeOption = () =>
    new Option("--store <url>", "a database in PostgreSQL, postgres://…; default SQLite in the data directory")
      .env("CORDON_STORE")
      .argParser(storeAddress);

  command
    .command("serve")
    .description("serve sensors, the API and the user interface")
    .addOption(dataOption())
    .addOption(storeOption())
    .option("--http-host <host>", "where the user interface listens", "127.0.0.1")
    .option("--http-port <port>", "its port; the next free one if it is taken, 0 for any", portNumber, 8420)
    .option("--broker-host <host>", "where sensors connect", "0.0.0.0")
    .option("--broker-port <port>", "its port, 0 for any", portNumber, 8883)
    .option("--fallback-port <port>", "a second one, for networks that let out nothing but 443", portNumber)
    .option("--public-url <url>", "where people find the user interface, for links in notifications", webAddress)
    .option("--tls-cert <file>", "certificate chain in PEM that the user interface is served by; read again on SIGHUP")
    .option("--tls-key <file>", "its key in PEM")
    .option("--acme-domain <name>", "get the certificate for this name by ACME; agrees to the authority's terms")
    .option("--acme-email <address>", "where the authority may write to")
    .option("--acme-directory <url>", "of the authority; default Let's Encrypt", webAddress)
    .option("--acme-port <port>", "where port 80 of that name leads, on the host of the user interface", portNumber, 80)
    .option(
      "--trusted-proxy <address...>",
      "addresses or networks of the TLS proxy in front, whose X-Forwarded-For and -Proto count",
    )
    .option(
      "--notify-allow <host...>",
      "host names, addresses or networks (10.1.2.0/24) that notifications may go to though they are not on the public Internet",
    )
    .option(
      "--box-image <file...>",
      "the images that boxes for new sites are made of, as `npm run image -- build` makes them; one for each board",
    )
    .option("--ui <dir>", "the built user interface", findUiDir())
    .action((wish: ServeWish) => serve(wish, log(), print));

  command
    .command("authority")
    .description("who signs certificates")
    .command("create")
    .description("make the authority of a data directory; without this it is made on first use")
    .addOption(dataOption())
    .option("--file <file>", "where certificate and key are kept; in the data directory by default")
    .action((wish: AuthorityCreateWish) => makeAuthority(wish, log(), print));

  const site = command.command("site").description("sites of clients");
  site
    .command("create")
    .description("make a site as it was planned, with its sensor, and write the site profile with a one-time token")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--plan <file>", "what a site file says, in JSON")
    .option("--with-key", "write a key and its certificate in place of the token")
    .requiredOption("--output <file>", "where the site profile goes")
    .action((wish: SiteCreateWish) => createSite(wish, log(), print));
  site
    .command("export")
    .description(
      "write all that is known of a site into one file, for the client; its box's keys and tokens are not in it",
    )
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--site-id <id>", "which")
    .requiredOption("--output <file>", "where it goes: gzip, one object of JSON a line")
    .action((wish: Parameters<typeof writeSiteExport>[0]) => writeSiteExport(wish, log(), print));
  site
    .command("remove")
    .description(
      "delete all that is known of a site whose boxes are wiped, revoked or retired; the controller must not run",
    )
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--site-id <id>", "which")
    .requiredOption("--reason <text>", "why, for the audit log")
    .action((wish: Parameters<typeof forgetSite>[0]) => forgetSite(wish, log(), print));

  const sensor = command.command("sensor").description("enrolment of sensors");
  sensor
    .command("create")
    .description("make a sensor known and write its site profile")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--site-name <name>", "what people call the site")
    .option("--sensor-id <id>", "the sensor's identifier; drawn from the site's name by default")
    .addOption(
      new Option(
        "--placement <placement>",
        "where the box stands; auto: on either side of the router, it finds out which",
      )
        .choices(["lan", "wan", "gateway", "mirror", "auto"])
        .makeOptionMandatory(),
    )
    .requiredOption("--bridge <name>", "the bridge that joins the two line ports")
    .requiredOption("--inside <name>", "the port towards the machines")
    .requiredOption("--outside <name>", "the port towards the provider")
    .option("--gateway-address <address/prefix>", "of a gateway: its address in the repair network")
    .option("--gateway-outside <address/prefix>", "of a gateway: its address outside; by DHCP by default")
    .option("--gateway-router <address>", "of a gateway: the router outside, where the address is given")
    .option("--gateway-resolver <address...>", "of a gateway: name servers; those of the outside's DHCP by default")
    .option("--gateway-port <name...>", "of a gateway: more ports of the repair network")
    .option("--local-net <cidr...>", "the site's networks; private ranges by default", [])
    .requiredOption("--controller-host <host>", "where the sensor finds the controller")
    .requiredOption("--controller-port <port>", "the broker's port", portNumber)
    .option("--fallback-port <port>", "sought where that one cannot be reached; 443 by default", portNumber)
    .option("--token", "write a one-time token, with which the box gets a certificate for a key of its own")
    .requiredOption("--output <file>", "where the site profile goes")
    .action((wish: SensorCreateWish) => createSensor(wish, log(), print));

  sensor
    .command("list")
    .description("list every sensor: its state, when it was heard, its token")
    .addOption(dataOption())
    .addOption(storeOption())
    .option("--json", "as JSON")
    .action((wish: SensorListWish) => listSensors(wish, print));
  sensor
    .command("show")
    .description("show what is known of one sensor")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--sensor-id <id>", "which")
    .option("--json", "as JSON")
    .action((wish: SensorShowWish) => showSensor(wish, print));
  for (const [kind, description] of [
    ["revoke", "take a sensor's identity back: it is refused until it has enrolled with a new token"],
    ["retire", "take a sensor out of service for good"],
  ] as const) {
    sensor
      .command(kind)
      .description(description)
      .addOption(dataOption())
      .addOption(storeOption())
      .requiredOption("--sensor-id <id>", "which")
      .requiredOption("--reason <text>", "for the audit log")
      .action((wish: SensorWithdrawWish) => withdrawSensor(kind, wish, log(), print));
  }

  sensor
    .command("wipe")
    .description("have a sensor destroy its keys and all that it knows of its site, for good")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--sensor-id <id>", "which")
    .requiredOption("--reason <text>", "for the audit log")
    .action((wish: SensorWithdrawWish) => wipeSensor(wish, log(), print));

  command
    .command("token")
    .description("enrolment of boxes by themselves")
    .command("create")
    .description("give a sensor that is known a new token; the one before counts no longer")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--sensor-id <id>", "which")
    .requiredOption("--output <file>", "where the site profile goes")
    .action((wish: TokenCreateWish) => makeToken(wish, log(), print));

  command
    .command("signer")
    .description("the key that signs what boxes are to hold")
    .command("rotate")
    .description("have the next key sign; refused where a box would not obey it")
    .addOption(dataOption())
    .addOption(storeOption())
    .action((wish: SignerRotateWish) => rotate(wish, log(), print));

  command
    .command("audit")
    .description("who did what")
    .command("verify")
    .description("look whether the audit log stands as it was written")
    .addOption(dataOption())
    .addOption(storeOption())
    .option("--expect <hash>", "the end of the chain as it was noted earlier, which has to be in it still")
    .action((wish: AuditVerifyWish) => verifyAudit(wish, print));

  const backup = command.command("backup").description("everything of a controller, in one sealed file");
  const passphraseOption = () =>
    new Option("--passphrase-file <file>", "holds the passphrase; default CORDON_PASSPHRASE of the environment");
  backup
    .command("create")
    .description("write one; also while the controller is served")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--output <file>", "where it goes; nothing is overwritten")
    .addOption(passphraseOption())
    .action((wish: BackupCreateWish) => makeBackup(wish, log(), print));
  backup
    .command("verify")
    .description("read one to its end, and say whether it can be restored")
    .requiredOption("--input <file>", "the backup")
    .addOption(passphraseOption())
    .action((wish: BackupCheckWish) => verifyBackup(wish, print));
  backup
    .command("restore")
    .description("put a controller back that is not served; what was there is moved aside")
    .addOption(dataOption())
    .addOption(storeOption())
    .requiredOption("--input <file>", "the backup")
    .addOption(passphraseOption())
    .action((wish: BackupRestoreWish) => putBack(wish, log(), print));

  command
    .command("login-link")
    .description("signing in")
    .command("create")
    .description("make a login link that works once")
    .addOption(dataOption())
    .addOption(storeOption())
    .option("--url <url>", "where the user interface is served", "http://127.0.0.1:8420")
    .action((wish: LoginLinkWish) => createLink(wish, log(), print));

  return command;
}

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof ControllerError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
