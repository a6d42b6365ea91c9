/** A real ACME authority of a test's own: Pebble with its name server, where Debian's `pebble` is installed. */
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { loopbackCredentials } from "./credentials.ts";

/** Where it is; null where it is not installed. */
export function findPebble(): string | null {
  const folders = [process.env["CORDON_PEBBLE"] ?? "", ...(process.env["PATH"] ?? "").split(delimiter)];
  const isIn = (folder: string) =>
    ["pebble", "pebble-challtestsrv"].every((name) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return folders.filter((folder) => folder !== "").find(isIn) ?? null;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Pebble {
  readonly directory: string;
  /** PEM, of its own address. */
  readonly authority: string;
  /** Where it looks for the answers to its challenges. */
  readonly challengePort: number;
  /** PEM, of what it signs. */
  readonly root: () => Promise<string>;
  /** What it said. */
  readonly output: () => string;
  readonly close: () => Promise<void>;
}

/** @param programs the folder of its programs */
export async function startPebble(programs: string, folder: string): Promise<Pebble> {
  const [api, management, names, control, challengePort] = await Promise.all(Array.from({ length: 5 }, freePort));
  const { cert, key } = await loopbackCredentials();
  const at = (port: number | undefined) => `127.0.0.1:${port}`;
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const config = file(
    "pebble.json",
    JSON.stringify({
      pebble: {
        ...{ listenAddress: at(api), managementListenAddress: at(management), httpPort: challengePort, tlsPort: 1 },
        ...{ certificate: file("pebble.pem", cert), privateKey: file("pebble.key", key), ocspResponderURL: "" },
      },
    }),
  );
  let output = "";
  const start = (name: string, ...args: string[]): ChildProcess => {
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "20" };
    const child = spawn(join(programs, name), args, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    return child;
  };
  const children = [
    start(
      "pebble-challtestsrv",
      "-dns01",
      at(names),
      "-management",
      at(control),
      "-http01",
      "",
      "-https01",
      "",
      "-tlsalpn01",
      "",
      "-defaultIPv6",
      "",
    ),
    start("pebble", "-config", config, "-dnsserver", at(names)),
  ];
  const close = async (): Promise<void> => {
    for (const child of children) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill()) await ended;
    }
  };
  const read = (port: number | undefined, path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, ca: cert }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(text));
      }).on("error", reject);
    });
  for (let tries = 0; ; tries += 1) {
    try {
      await read(api, "/dir");
      break;
    } catch (error) {
      if (tries === 100) {
        await close();
        throw new Error(`pebble does not start: ${output}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    ...{ directory: `https://${at(api)}/dir`, authority: cert, challengePort: challengePort ?? 0, close },
    root: () => read(management, "/roots/0"),
    output: () => output,
  };
}
