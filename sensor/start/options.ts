import { Command, InvalidArgumentError } from "commander";

export interface StartOptions {
  /** False: the controller alone. */
  readonly lab: boolean;
  /** Feed the sensor the shipped capture even where a lab could stand. */
  readonly simulate: boolean;
  /** What the lab's site is drawn from; absent: drawn by chance. */
  readonly seed?: number;
  /** The lab's line dies after a minute, and the box is its own centre. */
  readonly deadLine: boolean;
  /** Name of a file in sensor/lab/scenarios. */
  readonly scenario: string;
  readonly httpPort: number;
  readonly brokerHost: string;
  readonly brokerPort: number;
  /** Absent: none. */
  readonly fallbackPort?: number;
  /** That the controller makes boxes of; absent: none. */
  readonly boxImage?: readonly string[];
  /** Where the state lies. */
  readonly data: string;
}

/** The command line of `npm start --`. `dataDir`: where the state lies unless told. */
export function parseStartOptions(argv: readonly string[], dataDir: string): StartOptions {
  const command = new Command("npm start --")
    .description("Brings up the lab with a sensor in its line, and the controller; or the controller alone.")
    .option("--no-lab", "the controller alone, for real sensors")
    .option("--simulate", "judge the capture that comes with the project instead of bringing up the lab", false)
    .option("--dead-line", "let the lab's line die after a minute, and the box be its own centre", false)
    .option("--seed <number>", "draw the lab's site from this number (default: by chance)", wholeNumber)
    .option("--scenario <name>", "what happens in the lab: a file of sensor/lab/scenarios", "office-outbreak")
    .option("--http-port <port>", "where the UI is served; the next free port if it is taken", wholeNumber, 8420)
    .option("--broker-host <address>", "with --no-lab: where sensors connect to", "0.0.0.0")
    .option("--broker-port <port>", "with --no-lab: the port that sensors connect to", wholeNumber, 8883)
    .option(
      "--fallback-port <port>",
      "with --no-lab: a second one, such as 443 for networks that let out no other",
      wholeNumber,
    )
    .option("--box-image <file...>", "with --no-lab: the images that boxes for new sites are made of")
    .option("--data <folder>", "where the state lies", dataDir)
    .allowExcessArguments(false);
  return command.parse([...argv], { from: "user" }).opts<StartOptions>();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("a whole number is needed");
  return Number(text);
}
