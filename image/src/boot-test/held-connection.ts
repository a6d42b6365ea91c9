import type { Lab } from "../../../sensor/lab/index.ts";

/** A TCP connection that a machine of the lab holds open, idle but for keep-alives each second; another one where it is closed. */
export interface HeldConnection {
  /** How it ended: an error's code and after how many ms without a word from the other side. */
  readonly ended: Promise<string>;
}

const name = "held-connection";

function program(host: string, port: number): string {
  return `const dial = () => require("node:net").connect({ host: "${host}", port: ${port}, keepAlive: true, keepAliveInitialDelay: 1000 })
  .on("connect", () => console.log("connected"))
  .on("error", (error) => console.log("ended", error.code))
  // Whoever listens there hangs up, in order, on somebody who says nothing for long.
  .on("end", dial);
dial();`;
}

/** Settles once it is established. */
export async function holdConnection(lab: Lab, from: string): Promise<HeldConnection> {
  const connected = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  const forget = lab.onEvent((event) => {
    if (event.kind === "log" && event.from === name) {
      if (event.text === "connected") connected.resolve();
      if (event.text.startsWith("ended ")) ended.resolve(event.text.slice("ended ".length));
    }
    if (event.kind === "program-ended" && event.name === name) {
      forget();
      connected.resolve();
      ended.resolve("without a word");
    }
  });
  const { controllerAddress, controllerPort } = lab.facts;
  await lab.startProgram(name, from, [process.execPath, "-e", program(controllerAddress, controllerPort)]);
  await connected.promise;
  return { ended: ended.promise };
}
